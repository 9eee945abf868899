"""Starting a demo: what is refused in words before anything is started."""

import fcntl
import socket
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from signalbox import supervisor
from signalbox.demo import ports
from signalbox.demo.children import Children, Role
from signalbox.errors import PortTaken, StepFailed


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    directory = tmp_path / "data"
    monkeypatch.setenv("SIGNALBOX_DATA_DIR", str(directory))
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(supervisor.signal, "signal", lambda *given: None)
    return directory


@pytest.fixture
def taken() -> Iterator[int]:
    with socket.socket() as listener:
        listener.bind((ports.HOST, 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_busy_port_is_told_before_anything_starts(
    taken: int, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert supervisor.main(["--port", str(taken)]) == 1
    told = capsys.readouterr().err
    assert f"Port {taken} is in use" in told
    assert f"--port {taken + 1}" in told
    assert not (data / "demo.json").exists()


def test_a_second_demo_on_the_same_directory_is_told_of_the_first(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data.mkdir()
    with (data / supervisor.PID_FILE).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write("4711\n")
        file.flush()
        assert supervisor.main([]) == 1
    assert "(process 4711)" in capsys.readouterr().err


@pytest.mark.parametrize("port", ["0", "65536", "http"])
def test_a_port_that_is_none_is_refused(port: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        supervisor.main(["--port", port])
    assert "between 1 and 65535" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["DATABASE_URL", "REDIS_URL"])
def test_reset_leaves_a_database_alone_that_the_demo_did_not_make(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv(name, "postgres://db/production")
    assert supervisor.main(["--reset"]) == 1
    assert f"unset {name}" in capsys.readouterr().err


def test_a_remembered_port_is_kept_while_it_is_free_and_left_when_it_is_taken(taken: int) -> None:
    free = ports.choose(0)
    assert ports.choose(free) == free
    assert ports.choose(free, avoid=(free,)) != free
    assert ports.choose(taken) != taken


def test_a_privileged_port_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(port: int) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(ports, "_bind", refuse)
    with pytest.raises(PortTaken, match="privileges"):
        ports.require_free(80)


@pytest.fixture
def children(tmp_path: Path) -> Iterator[Children]:
    found = Children(tmp_path, {"PATH": "/usr/bin:/bin", "OPENAI_API_KEY": "hidden"})
    yield found
    found.stop()


def test_a_step_that_fails_shows_the_end_of_its_log(children: Children) -> None:
    with pytest.raises(StepFailed, match=r"(?s)exit code 3.*it went wrong"):
        children.run("step", ["sh", "-c", "echo it went wrong; exit 3"], lambda: None)


def test_a_child_that_ends_by_itself_is_noticed(children: Children) -> None:
    child = children.start("short", ["true"])
    child.process.wait(5)
    assert children.first_dead() is child


def test_a_step_that_ended_is_no_dead_child(children: Children) -> None:
    children.run("step", ["true"], lambda: None)
    assert children.first_dead() is None


def test_a_child_sees_no_variable_that_is_not_for_it(children: Children) -> None:
    child = children.start("env", ["env"], without=["OPENAI_API_KEY"])
    child.process.wait(5)
    assert "hidden" not in child.log.read_text()


def test_whoever_does_not_stop_is_killed_with_what_it_started(
    children: Children, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signalbox.demo.children.STOP_GRACE_S", 0.2)
    deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    child = children.start("deaf", [sys.executable, "-c", deaf], Role.SUPPORT)
    ports.wait_until("it", lambda: "deaf" in child.log.read_text(), timeout_s=10, check=lambda: None)
    children.stop()
    assert child.process.returncode == -9


def test_a_log_that_has_grown_is_moved_aside(
    children: Children, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("signalbox.demo.children.MAX_LOG_BYTES", 10)
    (tmp_path / "web.log").write_text("x" * 11)
    assert not children.log_path("web").exists()
    assert (tmp_path / "web.log.1").exists()
