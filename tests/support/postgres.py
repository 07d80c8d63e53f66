"""A PostgreSQL of the test's own."""

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))


class PostgresServer:
    """Can be stopped and started again on the same port and data; runs as nobody, never as root."""

    def __init__(self, port: int, home: Path) -> None:
        self.url = f"postgresql://hotline@127.0.0.1:{port}/postgres"
        self._home = home
        self._options = f"-p {port} -k {home} -c listen_addresses=127.0.0.1"
        if os.geteuid() == 0:
            import pwd

            os.chown(home, pwd.getpwnam("nobody").pw_uid, -1)
        self._run("initdb", "-U", "hotline", "--auth=trust", "-N")

    def start(self) -> None:
        self._run("pg_ctl", "-w", "-t", "30", "-o", self._options, "start")

    def stop(self) -> None:
        """As a machine that loses its power: nobody is said goodbye to."""
        self._run("pg_ctl", "-w", "-t", "30", "-m", "immediate", "stop", check=False)

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        user = "nobody" if os.geteuid() == 0 else None
        command = [PROGRAMS[-1].parent / program, "-D", self._home / "data", *arguments]
        subprocess.run(command, check=check, cwd=self._home, timeout=60, user=user, **quiet)


@contextlib.contextmanager
def postgres_server(port: int) -> Iterator[PostgresServer]:
    """A fresh, empty database that runs."""
    if not PROGRAMS:
        raise FileNotFoundError("no PostgreSQL programs: run deploy/setup.sh test")
    with tempfile.TemporaryDirectory(prefix="pg", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(port, Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextlib.contextmanager
def postgres(port: int) -> Iterator[str]:
    """The URL of a fresh, empty database."""
    with postgres_server(port) as server:
        yield server.url
