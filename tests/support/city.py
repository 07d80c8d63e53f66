"""The whole line as an operator runs it (`hotline up`): ports and people of its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent_console.accounts import NewUser
from asterisk_conf.control_socket import ControlSocket
from asterisk_conf.instance import Instance
from hotline import people
from hotline.settings import Settings

from .catalogue import SHORT_GREETING, edited_copy
from .line import NANJING, asterisk_root
from .ports import free_port
from .prompts import rendered_prompts
from .until import until

HOTLINE: Final = (sys.executable, "-c", "from hotline.cli import app; app()")
PASSWORD: Final = "a-long-enough-Passw0rd"
TCP_PORTS: Final = ("ASTERISK_HTTP_PORT", "AMI_PORT", "AGI_PORT", "HTTP_PORT", "REDIS_PORT")


@dataclass
class City:
    """One running line and the people added to it."""

    home: Path
    environment: dict[str, str]
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.environment['HOTLINE_HTTP_PORT']}"

    @property
    def target(self) -> str:
        """Where a carrier sends its calls."""
        return f"127.0.0.1:{self.environment['HOTLINE_SIP_PORT']}"

    def hotline(self, *arguments: str, stdin: str = "") -> str:
        """Run a `hotline` command against this line; fails when the command does."""
        done = subprocess.run(
            (*HOTLINE, *arguments),
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        if done.returncode != 0:
            raise AssertionError(f"hotline {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def add(self, name: str, role: str = "agent", extension: str | None = None) -> None:
        """Add somebody who may log in, as `hotline user add` does, without a process for each.

        In a thread, since a browser's loop may run in this one.
        """
        catalogue = Path(self.environment.get("HOTLINE_CATALOGUE", NANJING))
        settings = Settings(home=self.home, catalogue=catalogue)
        with ThreadPoolExecutor(1) as thread:
            new = NewUser(name, PASSWORD, name, role, extension, "zh")
            thread.submit(people.add, settings, new).result()

    def ready(self) -> bool:
        """Tell whether every part the console depends on is there."""
        try:
            with urllib.request.urlopen(f"{self.url}/readyz", timeout=2):
                return True
        except (urllib.error.URLError, OSError):
            return False

    def log(self) -> str:
        """Return the end of what every process wrote."""
        logs = sorted((self.home / "log").glob("*"))
        return "\n".join(f"== {p.name}\n{p.read_text('utf-8', 'replace')[-2000:]}" for p in logs)

    def cli(self, command: str) -> str:
        """Run a console command of Asterisk."""
        asterisk = Instance(self.home / "asterisk", asterisk_root(), Path("/"), ())
        return ControlSocket(asterisk).run(command)

    def hang_up_everybody(self) -> None:
        """Every call ends: a sipp that is stopped says no goodbye."""
        self.cli("channel request hangup all")

    def queue_log(self) -> str:
        """Return Asterisk's own queue log."""
        return (self.home / "asterisk/log/queue_log").read_text("utf-8")


@contextmanager
def running_brief_city(folder: Path, greeting: tuple[str, str] = SHORT_GREETING) -> Iterator[City]:
    """Start a whole line below `folder` that greets in a word: callers reach a seat 5 s sooner."""
    catalogue = edited_copy(folder / "catalogue", greeting)
    with running_city(folder / "home", HOTLINE_CATALOGUE=str(catalogue)) as city:
        yield city


@contextmanager
def running_city(home: Path, **settings: str) -> Iterator[City]:
    """Start a whole line below `home`; everything it started is gone at the end."""
    rtp_start = min(free_port(kind=socket.SOCK_DGRAM) // 2 * 2, 50000)
    environment = {
        **os.environ,
        "LC_ALL": "C.UTF-8",
        "HOTLINE_HOME": str(home),
        "HOTLINE_SIP_PORT": str(free_port(kind=socket.SOCK_DGRAM)),
        "HOTLINE_RTP_START": str(rtp_start),
        "HOTLINE_RTP_END": str(rtp_start + 2000),
        **{f"HOTLINE_{name}": str(free_port()) for name in TCP_PORTS},
        **settings,
    }
    # What `up` would render takes longest of all; test_up has it rendered.
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.copytree(rendered_prompts(), home / "prompts", dirs_exist_ok=True)
    screen = home.parent / "screen.txt"
    with screen.open("wb") as output:
        process = subprocess.Popen(
            (*HOTLINE, "up"), env=environment, stdout=output, stderr=subprocess.STDOUT
        )
    city = City(home, environment, process)
    try:
        until(lambda: city.ready() or process.poll() is not None, 90, "the whole line is up")
        if process.poll() is not None:
            raise AssertionError(screen.read_text("utf-8", "replace"))
        yield city
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(40)
