"""Random bytes of the operating system, fetched many at a time.

Each fetch lets go of the interpreter's lock, and on a busy process another thread takes it: waiting to have
it back costs fifty times what the bytes do.
"""

import os
from io import BytesIO

POOL_BYTES = 4096

_pool = BytesIO()


def random_bytes(count: int) -> bytes:
    """`count` bytes, at most POOL_BYTES, that nobody else gets.

    Any thread may ask: one read of the pool can't be interrupted, and what is left of a pool that had too few
    is thrown away.
    """
    assert count <= POOL_BYTES
    found = _pool.read(count)
    while len(found) < count:
        _refill()
        found = _pool.read(count)
    return found


def _refill() -> None:
    global _pool
    _pool = BytesIO(os.urandom(POOL_BYTES))


os.register_at_fork(after_in_child=_refill)  # or parent and child would give out the same bytes
