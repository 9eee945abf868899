"""The demo's state: private, whole, and removable without touching anything else."""

import os
import stat
from pathlib import Path

import pytest
from signalbox.demo import state
from signalbox.errors import DataDirectoryUnusable


def test_the_directory_is_private_even_where_it_was_not(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    directory.mkdir(mode=0o755)
    state.prepare(directory)
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    state.save(tmp_path, state.State())
    assert stat.S_IMODE((tmp_path / state.FILE_NAME).stat().st_mode) == 0o600


def test_a_second_start_prints_the_same_logins(tmp_path: Path) -> None:
    saved = state.State(api_key="sb-x")
    state.save(tmp_path, saved)
    assert state.load(tmp_path) == saved


def test_before_the_first_start_there_is_none(tmp_path: Path) -> None:
    assert state.load(tmp_path) is None


def test_two_demos_share_no_secret() -> None:
    first, second = state.State(), state.State()
    assert first.secret_key != second.secret_key
    assert first.passwords != second.passwords


@pytest.mark.parametrize("content", ["{", "[]", '{"unknown": 1}'])
def test_a_broken_file_says_how_to_start_over(tmp_path: Path, content: str) -> None:
    (tmp_path / state.FILE_NAME).write_text(content)
    with pytest.raises(DataDirectoryUnusable, match="--reset"):
        state.load(tmp_path)


def test_a_directory_that_is_a_file_gets_a_clear_message(tmp_path: Path) -> None:
    path = tmp_path / "data"
    path.write_text("")
    with pytest.raises(DataDirectoryUnusable, match="can't be used"):
        state.prepare(path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_directory_without_permission_gets_a_clear_message(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(DataDirectoryUnusable, match="chown"):
        state.prepare(tmp_path / "data")


def test_reset_removes_what_a_demo_made_and_nothing_else(tmp_path: Path) -> None:
    state.prepare(tmp_path)
    state.save(tmp_path, state.State())
    for name in ("signalbox.sqlite3", "signalbox.sqlite3-wal", "beat-schedule.db", "mine.txt"):
        (tmp_path / name).write_text("")
    (tmp_path / "valkey" / "appendonlydir").mkdir(parents=True)
    state.reset(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_given_server_and_secret_go_before_those_that_were_made(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
    monkeypatch.setenv("SIGNALBOX_SECRET_KEY", "given")
    found = state.State().environment()
    assert (found["REDIS_URL"], found["SIGNALBOX_SECRET_KEY"]) == ("redis://elsewhere/0", "given")
