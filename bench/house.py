"""The whole house for benchmarks: everything `hotline up` starts, but silent and with more seats.

Nothing is played before the queue or in it: what is measured is ours, not Asterisk's RTP.
"""

import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from asterisk_conf.control_socket import ControlSocket
from asterisk_conf.writing import write_files
from database.migrate import upgrade
from hotline import composition
from hotline.composition import Line
from hotline.in_force import put_in_force
from hotline.programs import programs, settings_environment
from hotline.readiness import console_url, parts
from hotline.settings import Settings
from hotline.supervision import Supervised
from tests.support.line import ASTERISK_ROOT, NANJING
from tests.support.ports import free_port
from tests.support.until import until

from .quiet_city import COMMAND as QUIET_LOOP

DESKS: Final = tuple(str(extension) for extension in range(8021, 8121))
"""The seats the bench adds: general seats, nothing else."""
MORE_SEATS: Final = f"""\
  - extensions: {DESKS[0]}-{DESKS[-1]}
    name_zh: 综合座席
    name_en: General
    queues: {{general-seats: 0}}

pause_reasons:"""
UP_SECONDS: Final = 60
TCP_PORTS: Final = ("asterisk_http_port", "ami_port", "agi_port", "http_port", "redis_port")


@dataclass(frozen=True, slots=True)
class House:
    """A running house; what happened is read from Asterisk's files and from the database."""

    line: Line

    @property
    def target(self) -> str:
        """Where a carrier sends its calls."""
        return f"{self.line.settings.sip_host}:{self.line.settings.sip_port}"

    @property
    def url(self) -> str:
        return console_url(self.line)

    @property
    def database(self) -> Path:
        """The SQLite file of the house."""
        return self.line.settings.home / "hotline.db"

    def entered(self) -> int:
        """Return how many calls entered a queue, by Asterisk's own queue_log."""
        path = self.line.instance.log / "queue_log"
        return path.read_text("utf-8").count("|ENTERQUEUE|") if path.exists() else 0


def write_catalogue(folder: Path) -> Path:
    """Write Nanjing's catalogue: a hundred more seats, a second of wrap-up, no places told."""
    shutil.copytree(NANJING, folder)
    for name, pattern, text in (
        ("seats.yaml", r"^pause_reasons:", MORE_SEATS),
        ("queues.yaml", r"wrapup_seconds: \d+", "wrapup_seconds: 1"),
        ("queues.yaml", r"^    announce_seconds: \d+\n", ""),
    ):
        path = folder / name
        path.write_text(re.sub(pattern, text, path.read_text("utf-8"), flags=re.M), "utf-8")
    return folder


@contextmanager
def running_house() -> Iterator[House]:
    """Start a house in a folder of its own; nothing of it is left at the end."""
    with tempfile.TemporaryDirectory(prefix="bench-house-") as folder:
        settings = _settings(Path(folder))
        line = composition.line(settings)
        upgrade(settings.database)
        line.instance.make_folders()
        (settings.prompts / "moh").mkdir(parents=True)
        write_files(line.instance.etc, line.asterisk_files())
        put_in_force(settings)
        started = tuple(
            replace(program, command=QUIET_LOOP) if program.name == "agi" else program
            for program in programs(line, demo=False)
        )
        environment = settings_environment(settings)
        with Supervised(started, settings.home, settings.logs, environment):
            for part in parts(line):
                until(part.ready, UP_SECONDS, part.en)
            until(lambda: _recorded(line), UP_SECONDS, "the recorder hears Asterisk")
            yield House(line)


def _settings(folder: Path) -> Settings:
    rtp_start = min(free_port(kind=socket.SOCK_DGRAM) // 2 * 2, 50000)
    return Settings.model_validate(
        {
            "home": folder / "home",
            "asterisk_root": ASTERISK_ROOT,
            "catalogue": write_catalogue(folder / "catalogue"),
            "sip_port": free_port(kind=socket.SOCK_DGRAM),
            "rtp_start": rtp_start,
            "rtp_end": rtp_start + 8000,
            **{name: free_port() for name in TCP_PORTS},
        }
    )


def _recorded(line: Line) -> bool:
    return "reader" in ControlSocket(line.instance).run("manager show connected")
