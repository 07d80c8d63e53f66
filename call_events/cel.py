"""Channel events as `cel_custom.conf` has them written: eleven quoted columns, times in µs."""

import csv
import json
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from .log_lines import Parsed, TornLine, parse_lines

COLUMNS: Final = 11
STEP: Final = "STEP"
SURVEY: Final = "SURVEY"
MESSAGE: Final = "MESSAGE"
CONTEXT: Final = "CONTEXT"
BROUGHT: Final = "BROUGHT"
ROOM: Final = "ROOM"
# `LEFT 12`: whether something was said, and for how many seconds.
MESSAGE_WORDS: Final = ("Spoken", "Seconds")
# `left agent water warm 8001-web`: what happened, who, target, how, the agent's phone, dial status,
# the queue of experts that was asked.
ROOM_WORDS: Final = ("Word", "Who", "Target", "How", "Agent", "Status", "Wanted")
TIME: Final = re.compile(r"([0-9]{9,11})\.([0-9]{6})")
FIRST_COLUMNS: Final = re.compile(r'"[A-Z_]{3,32}","[0-9]{10}\.[0-9]{6}",')
# `1 loop queue:general-seats out-of-hours 12333 uri expert-12333`: how often asked, who decided,
# step, rule, number dialled; then (not in logs of old) which header named that number, and the
# experts the caller goes without, if any.
STEP_WORDS: Final = 5
STEP_WORDS_MOST: Final = 7
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CelRow:
    """One event of one channel; `extra` is Asterisk's own JSON, decoded."""

    event: str
    at: datetime
    account: str
    unique_id: str
    linked_id: str
    channel: str
    caller: str
    extension: str
    application: str
    extra: dict[str, Any]

    @property
    def call_id(self) -> str:
        """The call this channel belongs to: the account code, which the dialplan set."""
        return self.account or self.linked_id


@dataclass(frozen=True, slots=True)
class Step:
    """One decision of the loop, as the dialplan logged it before doing it."""

    seq: int
    source: str
    step: str
    reason: str
    dnis: str
    landed: str = ""
    wanted: str = ""


def parse_cel(data: bytes, start: int = 0) -> Parsed[CelRow]:
    """Parse a piece of cel.csv that begins at byte `start` of its file."""
    return parse_lines(data, start, _rows)


def step_of(row: CelRow) -> Step | None:
    """The decision a STEP row holds; None for any other row."""
    words = str(row.extra.get("extra", "")).split(" ") if row.event == STEP else []
    if len(words) < STEP_WORDS or not words[0].isdecimal():
        return None
    return Step(int(words[0]), *words[1:STEP_WORDS_MOST])


def context_of(row: CelRow) -> dict[str, str] | None:
    """The sub-centre and the key of a CONTEXT row; None for any other row."""
    return _named(row, CONTEXT, ("Centre", "Key"))


def brought_of(row: CelRow) -> dict[str, str] | None:
    """What a BROUGHT row says, by the headers of the event beside it; None for any other row."""
    return _named(row, BROUGHT, ("Centre", "Key", "Dnis", "Landed"))


def message_of(row: CelRow) -> dict[str, str] | None:
    """How a message by voice ended, by the headers of the event beside it; None for other rows."""
    if row.event != MESSAGE:
        return None
    return dict(zip(MESSAGE_WORDS, str(row.extra.get("extra", "")).split(" "), strict=False))


def room_of(row: CelRow) -> dict[str, str] | None:
    """What a ROOM row says, by the headers of the event beside it; None for any other row."""
    return _named(row, ROOM, ROOM_WORDS)


def _named(row: CelRow, event: str, names: tuple[str, ...]) -> dict[str, str] | None:
    if row.event != event:
        return None
    return dict(zip(names, str(row.extra.get("extra", "")).split(" "), strict=False))


def _rows(line: str) -> list[CelRow]:
    starts = [match.start() for match in FIRST_COLUMNS.finditer(line)]
    if starts and starts[-1] > 0:
        raise TornLine(_row(line[starts[-1] :]))
    return [_row(line)]


def _row(line: str) -> CelRow:
    try:
        fields = next(csv.reader([line], strict=True), [])
    except csv.Error:
        raise ValueError("broken quoting") from None
    if len(fields) != COLUMNS:
        raise ValueError(f"{len(fields)} columns instead of {COLUMNS}")
    time = TIME.fullmatch(fields[1])
    if time is None or not fields[0] or not fields[3]:
        raise ValueError("not a channel event")
    at = EPOCH + timedelta(seconds=int(time[1]), microseconds=int(time[2]))
    # A user's event carries its name in the last column.
    event = fields[10] or fields[0]
    account, unique_id, linked_id, channel, caller, extension, application = fields[2:9]
    return CelRow(
        event,
        at,
        account,
        unique_id,
        linked_id,
        channel,
        caller,
        extension,
        application,
        _extra(fields[9]),
    )


def _extra(text: str) -> dict[str, Any]:
    if not text:
        return {}
    try:
        extra = json.loads(text)
    except json.JSONDecodeError:
        raise ValueError("broken JSON") from None
    return extra if isinstance(extra, dict) else {}
