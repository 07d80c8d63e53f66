"""A Redis of the test's own, on a port of its own, with nothing kept on disk unless asked."""

import contextlib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from hotline.preflight import redis_program
from tests.support.until import until


class RedisServer:
    """Can be killed and started again on the same port and folder."""

    def __init__(self, port: int, folder: Path) -> None:
        self.port = port
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        program = redis_program()  # where set-up put it, which need not be on PATH
        assert program is not None, "no redis-server: run deploy/setup.sh test"
        command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--appendonly", "yes", "--dir", str(self._folder)]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        until(self._listening, why="redis-server listens")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(10)

    def _listening(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            return True
        return False


@contextlib.contextmanager
def redis_server(port: int, folder: Path) -> Iterator[RedisServer]:
    server = RedisServer(port, folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()
