"""The collector of a process that serves: it looks at what requests leave behind, not at what was loaded."""

import gc

AFTER_ALLOCATIONS = 20_000  # a few hundred requests; by default it would come every few


def settle() -> None:
    """Called once, when everything is loaded: that stays for good, so no collection looks at it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(AFTER_ALLOCATIONS, *gc.get_threshold()[1:])
