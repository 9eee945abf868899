import os
from concurrent.futures import ThreadPoolExecutor

from audit.core import entropy
from audit.core.entropy import random_bytes


def test_threads_get_bytes_that_nobody_else_gets() -> None:
    def many(_: int) -> list[bytes]:
        return [random_bytes(16) for _ in range(2_000)]

    with ThreadPoolExecutor(4) as pool:
        found = [each for part in pool.map(many, range(4)) for each in part]
    assert len(set(found)) == len(found) == 8_000
    assert {len(each) for each in found} == {16}


def test_a_process_that_forks_shares_none_with_its_child() -> None:
    random_bytes(1)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writing, random_bytes(32))
        os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        assert pipe.read() != random_bytes(32)


def test_a_request_may_be_as_long_as_the_pool() -> None:
    assert len(random_bytes(entropy.POOL_BYTES)) == entropy.POOL_BYTES
