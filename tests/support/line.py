"""A whole 12345 line for tests: a real Asterisk on free ports, and the loop beside it."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from agi_scripts.rescue_table import rescue_table
from asterisk_conf.control_socket import ControlSocket
from asterisk_conf.instance import Instance, Secrets
from asterisk_conf.render import render
from asterisk_conf.writing import write_files
from routing.catalogue import Catalogue
from routing.loader import load_catalogue

from .ports import free_port
from .until import until

REPOSITORY: Final = Path(__file__).resolve().parents[2]
NANJING: Final = REPOSITORY / "routing/nanjing"
ASTERISK_ROOT: Final = Path(os.environ.get("HOTLINE_ASTERISK_ROOT", REPOSITORY / "var/asterisk"))


@dataclass(frozen=True)
class Logged:
    """One line of queue_log, as Asterisk wrote it."""

    call_id: str
    queue: str
    agent: str
    event: str
    details: tuple[str, ...]


@dataclass
class Line:
    """One running line; what happened is read from Asterisk's own files."""

    instance: Instance
    catalogue: Catalogue
    secrets: Secrets
    asterisk: subprocess.Popen[bytes]

    @property
    def target(self) -> str:
        """Where a carrier sends its calls."""
        return f"{self.instance.sip_host}:{self.instance.sip_port}"

    def cli(self, command: str) -> str:
        """Run a console command of Asterisk."""
        return ControlSocket(self.instance).run(command)

    def queue_log(self) -> list[Logged]:
        """Return Asterisk's queue_log so far."""
        rows = [line.split("|") for line in self.queue_log_text().splitlines()]
        return [Logged(r[1], r[2], r[3], r[4], tuple(r[5:])) for r in rows if len(r) > 4]

    def queue_log_text(self) -> str:
        """Return Asterisk's queue_log as it stands."""
        path = self.instance.log / "queue_log"
        return path.read_text("utf-8") if path.exists() else ""

    def entered(self, caller: str) -> list[str]:
        """Return the queues a caller's number entered, in order."""
        return [
            row.queue
            for row in self.queue_log()
            if row.event == "ENTERQUEUE" and row.details[1] == caller
        ]

    def cel(self) -> str:
        """Return Asterisk's channel event log so far."""
        path = self.instance.log / "cel-custom/cel.csv"
        return path.read_text("utf-8", "replace") if path.exists() else ""

    def steps(self, number: str) -> list[str]:
        """Return the steps CEL holds for calls to a number: ``1 loop queue:general-seats main``."""
        found = re.findall(r'""extra"":""([^"]+)""', self.cel())
        words = [step.split(" ") for step in found]
        return [" ".join(step[:4]) for step in words if step[4:5] == [number]]

    def channels(self) -> int:
        """Return the number of channels Asterisk holds now."""
        match = re.search(r"(\d+) active channel", self.cli("core show channels count"))
        return int(match[1]) if match else -1


def asterisk_root() -> Path:
    """Return the tree of the Asterisk under test.

    Raises FileNotFoundError, saying what to do, when there is none: a live test without a real
    Asterisk proves nothing.
    """
    if not (ASTERISK_ROOT / "usr/sbin/asterisk").exists():
        raise FileNotFoundError(f"no Asterisk in {ASTERISK_ROOT}: run deploy/setup.sh")
    return ASTERISK_ROOT


def make_secrets(catalogue: Catalogue) -> Secrets:
    """Return passwords for one test run."""
    seats = {extension: f"seat-{os.urandom(6).hex()}" for extension in catalogue.index.seats}
    return Secrets(os.urandom(12).hex(), os.urandom(12).hex(), seats)


@contextmanager
def running_line(
    home: Path,
    prompts: Path,
    *,
    catalogue_path: Path = NANJING,
    peers: dict[str, tuple[str, int]] | None = None,
    with_loop: bool = True,
    max_calls: int = 2000,
    environment: Mapping[str, str] | None = None,
) -> Iterator[Line]:
    """Start an Asterisk (and the loop) below `home`; stop both at the end."""
    catalogue = load_catalogue(catalogue_path)
    rtp_start = free_port(kind=socket.SOCK_DGRAM) // 2 * 2
    rtp_start = min(rtp_start, 50000)
    instance = Instance(
        home=home / "asterisk",
        root=asterisk_root(),
        prompts=prompts,
        rescue_command=(sys.executable, str(REPOSITORY / "agi_scripts/rescue.py")),
        sip_port=free_port(kind=socket.SOCK_DGRAM),
        http_port=free_port(),
        ami_port=free_port(),
        agi_port=free_port(),
        rtp_start=rtp_start,
        rtp_end=rtp_start + 8000,
        node="t1",
        max_calls=max_calls,
        peers=peers or {},
    )
    instance.make_folders()
    secrets = make_secrets(catalogue)
    table = rescue_table(catalogue, datetime.now(UTC))
    write_files(instance.etc, render(catalogue, instance, secrets, table))
    asterisk = started(instance.command(), home / "asterisk.out", environment)
    line = Line(instance, catalogue, secrets, asterisk)
    running = [asterisk]
    try:
        until(ControlSocket(instance).running, 30, "Asterisk answers on its control socket")
        if with_loop:
            running.append(start_loop(line, home, catalogue_path, environment))
        yield line
    finally:
        for process in reversed(running):
            stopped(process)


def start_loop(
    line: Line,
    home: Path,
    catalogue_path: Path = NANJING,
    environment: Mapping[str, str] | None = None,
) -> subprocess.Popen[bytes]:
    """Start the loop as its own process and wait until it listens."""
    command = (sys.executable, "-m", "agi_scripts", "127.0.0.1", str(line.instance.agi_port))
    process = started((*command, str(catalogue_path)), home / "loop.out", environment)
    until(lambda: listening(line.instance.agi_port), 10, "the loop listens")
    return process


def listening(port: int) -> bool:
    """Tell whether something accepts connections at a loopback port."""
    with socket.socket() as sock:
        return sock.connect_ex(("127.0.0.1", port)) == 0


def started(
    command: tuple[str, ...], output: Path, environment: Mapping[str, str] | None = None
) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        command,
        env=environment,
        cwd=REPOSITORY,
        stdout=output.open("ab"),
        stderr=subprocess.STDOUT,
    )


def stopped(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
