"""Asterisk's own files, line by line: queue_log and cel.csv, rotated ones included.

Written for the recount alone and kept apart from the recorder's reader on purpose.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

# Every column is quoted and a quote inside is doubled (asterisk_conf/base/cel_custom.conf).
_QUOTED: Final = re.compile(r'"((?:[^"]|"")*)"(?:,|$)')
_CEL_COLUMNS: Final = 11
_STEP: Final = re.compile(r'"extra":"([0-9]+) \S+ (\S+) \S+ (\S+)(?: ([^" ]*))?[^"]*"')
_SURVEY: Final = re.compile(r'"extra":"([1-5])"')
_MESSAGE: Final = '"extra":"LEFT '
_QUEUE_COLUMNS: Final = 5


@dataclass(frozen=True, slots=True)
class Channel:
    """One line of cel.csv; `at` in seconds since 1970."""

    kind: str
    at: float
    account: str
    channel: str
    extra: str

    def step(self) -> tuple[int, str, str, str] | None:
        """(sequence, step, number dialled, how it came to us) of a STEP line."""
        found = _STEP.search(self.extra) if self.kind == "STEP" else None
        return (int(found[1]), found[2], found[3], found[4] or "") if found else None

    def left_a_message(self) -> bool:
        """Whether a message by voice was spoken, by a MESSAGE line."""
        return self.kind == "MESSAGE" and _MESSAGE in self.extra

    def rating(self) -> int | None:
        """The key of a SURVEY line, None of any other and where the key means nothing."""
        found = _SURVEY.search(self.extra) if self.kind == "SURVEY" else None
        return int(found[1]) if found else None


@dataclass(frozen=True, slots=True)
class Queued:
    """One line of queue_log; `at` in whole seconds, which is all Asterisk writes."""

    at: int
    call: str
    queue: str
    agent: str
    verb: str
    rest: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RawLogs:
    """Everything the files hold, and how many lines nobody can read (torn by a crash)."""

    channels: list[Channel]
    queued: list[Queued]
    unreadable: int


def read_logs(folder: Path) -> RawLogs:
    """Both logs below Asterisk's log folder. Raises FileNotFoundError without any cel.csv."""
    cel, queues = _files(folder / "cel-custom", "cel.csv"), _files(folder, "queue_log")
    if not cel:
        raise FileNotFoundError(folder / "cel-custom" / "cel.csv")
    channels, queued, unreadable = [], [], 0
    for line in _lines(cel):
        channel = read_channel(line)
        if channel is None:
            unreadable += 1
        else:
            channels.append(channel)
    for line in _lines(queues):
        row = read_queued(line)
        if row is None:
            unreadable += 1
        else:
            queued.append(row)
    return RawLogs(channels, queued, unreadable)


def read_channel(line: str) -> Channel | None:
    """A line of cel.csv, None when it is torn."""
    columns, end = [], 0
    for found in _QUOTED.finditer(line):
        if found.start() != end:
            return None
        columns.append(found[1].replace('""', '"'))
        end = found.end()
    if len(columns) != _CEL_COLUMNS or end != len(line):
        return None
    try:
        return Channel(columns[0], float(columns[1]), columns[2], columns[3], columns[9])
    except ValueError:
        return None


def read_queued(line: str) -> Queued | None:
    """A line of queue_log, None when it is torn."""
    columns = line.split("|")
    if len(columns) < _QUEUE_COLUMNS or not (columns[0].isascii() and columns[0].isdigit()):
        return None
    at, call, queue, agent, verb, *rest = columns
    return Queued(int(at), call, queue, agent, verb, tuple(rest))


def _files(folder: Path, name: str) -> list[Path]:
    """The log and its rotated predecessors, oldest first."""
    found = [path for path in folder.glob(f"{name}*") if path.is_file()]
    return sorted(found, key=lambda path: path.stat().st_mtime)


def _lines(paths: list[Path]) -> Iterator[str]:
    for path in paths:
        with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
            for line in file:
                text = line.rstrip("\r\n")
                if text:
                    yield text
