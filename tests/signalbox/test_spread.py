"""The suite in several processes: what must share one does, and named tests stay in the first."""

from types import SimpleNamespace

import pytest
from spread import LEAST, MOST, asks_the_database, group_of, processes


@pytest.fixture(scope="module", params=["one", "two"])
def shared(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_tests_that_share_what_a_module_started_are_of_one_group(
    shared: str, request: pytest.FixtureRequest
) -> None:
    assert group_of(request.node) == f"test_spread-{shared}"


def test_a_test_that_shares_nothing_is_of_no_group(request: pytest.FixtureRequest) -> None:
    assert group_of(request.node) is None


def test_what_asks_no_database_need_not_run_on_each(request: pytest.FixtureRequest) -> None:
    assert not asks_the_database(request.node)
    assert request.node.get_closest_marker("database") is None


@pytest.mark.usefixtures("db")
def test_what_asks_one_is_marked(request: pytest.FixtureRequest) -> None:
    assert request.node.get_closest_marker("database") is not None


@pytest.mark.xdist_group("together")
def test_a_group_reaches_the_scheduler(request: pytest.FixtureRequest) -> None:
    """Which no version of pytest says when it does not: every process would start its own of everything."""
    if not hasattr(request.config, "workerinput"):
        pytest.skip("the suite runs in one process")
    assert request.node.nodeid.endswith("@together")


ONE_SERVER = "redis://127.0.0.1:6379/0"


@pytest.mark.parametrize(
    ("source", "given", "least", "most"),
    [("TESTPATHS", "", LEAST, MOST), ("ARGS", "", 0, 0), ("TESTPATHS", ONE_SERVER, 0, 0)],
)
def test_named_tests_and_those_on_one_given_server_run_in_one_process(
    source: str, given: str, least: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SIGNALBOX_TEST_REDIS_URL", given)
    config = SimpleNamespace(args_source=pytest.Config.ArgsSource[source])
    assert least <= processes(config) <= most
