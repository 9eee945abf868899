"""How the suite is spread: over how many processes, which tests must share one, and which need a database.

Named tests run in this one process, where a debugger and `-s` work. The whole suite waits more than it
computes, so it gets more processes than there are cores; `-n 0` or `-n 8` says otherwise.
"""

import os

import pytest

LEAST, MOST = 4, 12


def processes(config: pytest.Config) -> int:
    """What `-n auto` means; none is this process alone."""
    one_server_was_given = os.environ.get("SIGNALBOX_TEST_REDIS_URL")
    if one_server_was_given or config.args_source is pytest.Config.ArgsSource.ARGS:
        return 0
    return min(max(LEAST, os.cpu_count() or 1), MOST)


def asks_the_database(item: pytest.Item) -> bool:
    """Whether another database may give another result; such tests are marked `database`."""
    names = set(getattr(item, "fixturenames", ()))
    return (
        bool(names & {"db", "transactional_db", "stack"}) or item.get_closest_marker("django_db") is not None
    )


def group_of(item: pytest.Item) -> str | None:
    """The name of what the test shares with others; those of one name run in one process.

    That is the stack of the session, or whatever a module starts for its own tests.
    """
    if not isinstance(item, pytest.Function):
        return None
    if "stack" in item.fixturenames:
        return "stack"
    known = item._fixtureinfo.name2fixturedefs
    shared = [name for name in item.fixturenames if name in known and known[name][-1].scope == "module"]
    if not shared:
        return None
    chosen = item.callspec.params if hasattr(item, "callspec") else {}
    return "-".join([item.path.stem, *(str(chosen[name]) for name in shared if name in chosen)])
