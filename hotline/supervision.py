"""The processes of a line under supervisord, which restarts what dies and stops what it started."""

from __future__ import annotations

import ctypes
import os
import queue
import re
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

STOP_SECONDS = 30.0
OFTEN_EXITS = 3
OFTEN_WITHIN_SECONDS = 60.0
LOG_BYTES = 10_000_000
_EXITED = re.compile(r"exited: (\S+) \((.*?); not expected\)")
_GAVE_UP = re.compile(r"gave up: (\S+) entered FATAL state")
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Program:
    """One process; `order` says who starts first and stops last."""

    name: str
    command: tuple[str, ...]
    order: int
    stop_seconds: int = 8


@dataclass(frozen=True, slots=True)
class Died:
    """A process ended although it should run; `for_good` when it is not started again."""

    name: str
    why: str
    times: int
    for_good: bool


class Supervised:
    """Runs programs while the `with` block lasts; afterwards no process of theirs is left."""

    def __init__(
        self, programs: Sequence[Program], home: Path, logs: Path, environment: Mapping[str, str]
    ) -> None:
        self._environment = {**os.environ, **environment}
        self._conf = home / "supervisord.conf"
        self._logs = logs
        self._exits: dict[str, deque[float]] = {}
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._process: subprocess.Popen[str] | None = None
        logs.mkdir(mode=0o700, parents=True, exist_ok=True)
        text = configuration(programs, home, logs)
        descriptor = os.open(self._conf, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)

    def __enter__(self) -> Self:
        # A session of its own: Ctrl-C reaches us alone, and we stop the others in order.
        self._process = subprocess.Popen(
            (sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(self._conf)),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
            env=self._environment,
            preexec_fn=_die_with_parent,
        )
        threading.Thread(target=self._read, args=(self._process,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        value: BaseException | None,
        tb: TracebackType | None,
    ) -> None:
        process = self._process
        if process is None:
            return
        if process.poll() is None:
            process.terminate()
            try:
                process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        # supervisord leads the session of all it started, so what is left is found by it.
        for pid in session_members(process.pid):
            _kill(pid)

    @property
    def running(self) -> bool:
        """Whether the supervisor itself is alive."""
        return self._process is not None and self._process.poll() is None

    def deaths(self, seconds: float) -> Iterator[Died]:
        """Wait up to `seconds` for news; yield each process that ended on its own."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            try:
                line = self._lines.get(timeout=left)
            except queue.Empty:
                return
            if line is None:
                return
            if died := self._death(line):
                yield died
                return

    def _death(self, line: str) -> Died | None:
        if match := _GAVE_UP.search(line):
            return Died(match[1], self.last_words(match[1]), 0, for_good=True)
        match = _EXITED.search(line)
        if match is None:
            return None
        now = time.monotonic()
        exits = self._exits.setdefault(match[1], deque(maxlen=OFTEN_EXITS))
        exits.append(now)
        recent = [at for at in exits if now - at < OFTEN_WITHIN_SECONDS]
        return Died(match[1], self.last_words(match[1]) or match[2], len(recent), for_good=False)

    def last_words(self, name: str) -> str:
        """The last line a process wrote."""
        try:
            with (self._logs / f"{name}.log").open("rb") as log:
                log.seek(max(0, log.seek(0, os.SEEK_END) - 4096))
                lines = log.read().decode(errors="replace").strip().splitlines()
        except OSError:
            return ""
        return lines[-1].strip()[:300] if lines else ""

    def _read(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self._lines.put(line)
        self._lines.put(None)


def configuration(programs: Sequence[Program], home: Path, logs: Path) -> str:
    """supervisord's own configuration; no control socket, since nobody but us may steer it."""
    parts = [
        "[supervisord]",
        "nodaemon = true",
        f"pidfile = {_literal(str(home / 'supervisord.pid'))}",
        f"directory = {_literal(str(home))}",
        f"childlogdir = {_literal(str(logs))}",
        "logfile = /dev/null",
        "logfile_maxbytes = 0",
        "umask = 077",
    ]
    if os.geteuid() == 0:
        parts.append("user = root")  # said aloud, or supervisord warns about it
    for program in programs:
        # setpriv: should supervisord be killed without warning, nothing outlives it.
        command = ("setpriv", "--pdeathsig", "TERM", *program.command)
        parts += [
            "",
            f"[program:{program.name}]",
            f"command = {_literal(shlex.join(command))}",
            f"priority = {program.order}",
            "autorestart = true",
            "startsecs = 2",
            "startretries = 5",
            f"stopwaitsecs = {program.stop_seconds}",
            "stopasgroup = true",
            "killasgroup = true",
            "redirect_stderr = true",
            f"stdout_logfile = {_literal(str(logs / f'{program.name}.log'))}",
            f"stdout_logfile_maxbytes = {LOG_BYTES}",
            "stdout_logfile_backups = 3",
        ]
    return "\n".join(parts) + "\n"


def _literal(text: str) -> str:
    """supervisord expands %(names)s, and takes " ;" for the start of a comment."""
    if "\n" in text or " ;" in text:
        raise ValueError(f"cannot be written into supervisord's configuration: {text!r}")
    return text.replace("%", "%%")


def session_members(session: int) -> tuple[int, ...]:
    """Processes of a session, by /proc/<pid>/stat (proc(5): session is the sixth field)."""
    members = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text("utf-8", "replace")
        except OSError:
            continue
        fields = stat.rpartition(")")[2].split()
        if int(fields[3]) == session and fields[0] != "Z":
            members.append(int(entry.name))
    return tuple(members)


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def _die_with_parent() -> None:
    # Should `hotline up` be killed without warning, the supervisor stops everything by itself.
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
