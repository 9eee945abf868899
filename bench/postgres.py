"""A PostgreSQL cluster of one's own, for benchmarks, and for tests that kill it and start it again."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from bench.processes import free_port

HOMES = ("/usr/lib/postgresql", "/usr/local/pgsql", "/opt/homebrew/opt")
START_TIMEOUT_S = 30.0


class PostgresMissing(Exception):
    """No PostgreSQL server on this machine."""


class Cluster:
    """`kill` is `kill -9` of every process of it, as when the host's power fails."""

    def __init__(self, home: Path, data: Path) -> None:
        self._home, self._data, self._port = home, data, free_port()
        self._server: subprocess.Popen[bytes] | None = None
        self._as_user = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        self.url = f"postgres://signalbox@127.0.0.1:{self._port}/postgres"

    def create(self) -> None:
        self._data.mkdir(mode=0o700)
        if self._as_user:
            shutil.chown(self._data, "postgres")
            self._data.parent.chmod(0o711)
        options = ["-D", self._data, "-U", "signalbox", "--auth=trust", "-E", "UTF8"]
        self._run("initdb", *options)

    def start(self) -> None:
        """Returns when it answers; a start that finds the dead one's memory still held is tried again."""
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._answers():
            assert time.monotonic() < deadline, "PostgreSQL did not start"
            if self._server is None or self._server.poll() is not None:
                self._server = self._launch()
            time.sleep(0.1)

    def _launch(self) -> "subprocess.Popen[bytes]":
        options = ["-p", str(self._port), "-c", "listen_addresses=127.0.0.1", "-k", str(self._data)]
        return subprocess.Popen(
            [*self._as_user, self._home / "postgres", "-D", self._data, *options],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )

    def create_database(self, name: str) -> str:
        """The URL of a new, empty database."""
        with psycopg.connect(self.url, autocommit=True) as admin:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url.rpartition("/")[0] + f"/{name}"

    def kill(self) -> None:
        postmaster = self.pid
        children = Path(f"/proc/{postmaster}/task/{postmaster}/children").read_text().split()
        for pid in (postmaster, *map(int, children)):
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        if self._server is not None:
            self._server.wait(START_TIMEOUT_S)

    def stop(self) -> None:
        self._run("pg_ctl", "-D", self._data, "-m", "immediate", "stop")
        if self._server is not None:
            self._server.wait(START_TIMEOUT_S)

    @property
    def pid(self) -> int:
        return int((self._data / "postmaster.pid").read_text().split()[0])

    def _answers(self) -> bool:
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def _run(self, program: str, *arguments: object) -> None:
        command = [*self._as_user, str(self._home / program), *map(str, arguments)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd="/")


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A running cluster with default durability, removed at the end. Raises PostgresMissing."""
    home = next((path.parent for root in HOMES for path in sorted(Path(root).glob("*/bin/initdb"))), None)
    if home is None:
        raise PostgresMissing
    with tempfile.TemporaryDirectory(prefix="signalbox-cluster-") as directory:
        made = Cluster(home, Path(directory) / "data")
        made.create()
        made.start()
        try:
            yield made
        finally:
            made.stop()
