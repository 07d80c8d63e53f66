"""queue_log as Asterisk writes it: `time|call|queue|agent|event|details…`, times in seconds."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from .log_lines import Parsed, TornLine, parse_lines

NONE: Final = "NONE"
STARTED: Final = "QUEUESTART"
ROW: Final = re.compile(r"([0-9]{9,11})\|([^|]*)\|([^|]*)\|([^|]*)\|([A-Z]{3,32})\|(.*)")
# The only row that can follow a torn one: the first of Asterisk's next life.
AFTER_A_TORN_ONE: Final = re.compile(r"[0-9]{10}\|NONE\|NONE\|NONE\|QUEUESTART\|.*")


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One thing app_queue saw; `at` is a whole second, what happened lies within it."""

    at: datetime
    call_id: str
    queue: str
    agent: str
    event: str
    details: tuple[str, ...]

    def detail(self, index: int) -> str:
        """The detail at this place; empty where the row has fewer."""
        return self.details[index] if index < len(self.details) else ""


def parse_queue_log(data: bytes, start: int = 0) -> Parsed[QueueRow]:
    """Parse a piece of queue_log that begins at byte `start` of its file."""
    return parse_lines(data, start, _rows)


def _rows(line: str) -> list[QueueRow]:
    tail = AFTER_A_TORN_ONE.search(line)
    if tail is not None and tail.start() > 0:
        raise TornLine(_row(tail[0]))
    return [_row(line)]


def _row(line: str) -> QueueRow:
    match = ROW.fullmatch(line)
    if match is None:
        raise ValueError("not a queue_log row")
    at = datetime.fromtimestamp(int(match[1]), UTC)
    return QueueRow(at, match[2], match[3], match[4], match[5], tuple(match[6].split("|")))
