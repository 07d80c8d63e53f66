"""The rows of both files, gathered call by call until each is over."""

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Final

from .cel import STEP, CelRow, step_of
from .queue_log import NONE, STARTED, QueueRow

# What is written about a call after its end comes from other threads, moments later.
SETTLED: Final = timedelta(seconds=2)
# Rows that belong to no call of ours (a seat rings a seat, a refused number) are kept this long.
STRAY: Final = timedelta(seconds=60)
# Times of one file that fall by more than this are told by a clock that was set back.
SET_BACK: Final = timedelta(seconds=2)
MEMBERSHIP: Final = frozenset(("ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE", "PENALTY"))
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class CallRows:
    """What both files hold about one call, in the order of each file."""

    call_id: str
    queue: list[QueueRow] = field(default_factory=list)
    cel: list[CelRow] = field(default_factory=list)
    last_seen: datetime = LONG_AGO
    ended_at: datetime | None = None
    interrupted: bool = False
    stepped: bool = False
    whole: bool = False
    read_at: float = 0.0

    def settled(self, clock: datetime) -> bool:
        """Whether nothing more is written: some time ago by the clock, or since its end was read.

        The clock may have been set back since.
        """
        if self.ended_at is None:
            return False
        waited = time.monotonic() - self.read_at
        return self.ended_at + SETTLED <= clock or waited >= SETTLED.total_seconds()

    def add(self, row: QueueRow | CelRow) -> None:
        self.last_seen = max(self.last_seen, row.at)
        if isinstance(row, QueueRow):
            self.queue.append(row)
            return
        self.cel.append(row)
        if row.unique_id != self.call_id:
            return
        if row.event == "CHAN_START":
            self.whole = True
        elif row.event == STEP:
            step = step_of(row)
            self.stepped = self.stepped or step is not None
            self.whole = self.whole or (step is not None and step.seq == 1)
        elif row.event in ("HANGUP", "CHAN_END") and self.ended_at is None:
            self.ended_at, self.read_at = row.at, time.monotonic()


class LogCalls:
    """Calls of one node, gathered from its files until each is over."""

    def __init__(self) -> None:
        self.calls: dict[str, CallRows] = {}
        self._started: list[tuple[datetime, frozenset[str]]] = []
        self._newest_queue = LONG_AGO
        self._newest_channel = LONG_AGO

    def add(self, queue: Iterable[QueueRow], cel: Iterable[CelRow]) -> None:
        """Take rows, each file in its own order."""
        for channel in cel:
            self._newest_channel = _newest(self._newest_channel, channel.at)
            self._add(channel.call_id, channel)
        for row in queue:
            self._newest_queue = _newest(self._newest_queue, row.at)
            if row.event == STARTED:
                before = (rows.call_id for rows in self.calls.values() if rows.queue)
                self._started.append((row.at, frozenset(before)))
            elif row.call_id != NONE and row.queue != NONE and row.event not in MEMBERSHIP:
                self._add(row.call_id, row)

    def settled(self, now: datetime | None) -> list[CallRows]:
        """Calls that are over and about which nothing more will be written; strays are let go.

        `now` is None while there is more to read: then the older of both files is the clock.
        """
        clock = now or min(self._newest_queue, self._newest_channel)
        self._close_unfinished(clock)
        over = []
        for call_id, rows in list(self.calls.items()):
            if not (rows.stepped and rows.whole):
                if rows.last_seen + STRAY < clock:
                    del self.calls[call_id]
            elif rows.interrupted or rows.settled(clock):
                over.append(rows)
        return over

    def ours(self) -> list[CallRows]:
        """Calls of this life of Asterisk that the loop decided on."""
        return [
            rows
            for rows in self.calls.values()
            if rows.stepped and rows.whole and not rows.interrupted
        ]

    def _add(self, call_id: str, row: QueueRow | CelRow) -> None:
        rows = self.calls.get(call_id)
        if rows is None:
            rows = self.calls[call_id] = CallRows(call_id)
        rows.add(row)

    def _close_unfinished(self, clock: datetime) -> None:
        """A new life of Asterisk: what it had not finished before is never finished."""
        while self._started and self._started[0][0] <= clock:
            start, before = self._started.pop(0)
            for rows in self.calls.values():
                # It may be back within the second: what stands before it in the file is older.
                older = rows.last_seen < start or rows.call_id in before
                if rows.ended_at is None and older:
                    rows.interrupted = True


def steadied(rows: CallRows) -> CallRows:
    """The same rows by one clock: where it was set back, what was before is told by the new one.

    How much time passed at that moment nobody wrote down, so it is taken for none.
    """
    place = _fall(rows.cel)
    if place is None:
        return rows
    by = rows.cel[place - 1].at - rows.cel[place].at
    earliest = min(row.at for row in rows.cel[:place]) - SET_BACK
    last = _fall(rows.queue)
    before = [
        index < last if last is not None else row.at >= earliest
        for index, row in enumerate(rows.queue)
    ]
    steady = CallRows(rows.call_id, interrupted=rows.interrupted)
    for index, channel in enumerate(rows.cel):
        steady.add(replace(channel, at=channel.at - by) if index < place else channel)
    for row, old in zip(rows.queue, before, strict=True):
        steady.add(replace(row, at=row.at - by) if old else row)
    return steady


def _newest(before: datetime, at: datetime) -> datetime:
    """The time it is in a file: the latest written there, by the clock that is in force."""
    return at if at + SET_BACK < before else max(before, at)


def _fall(rows: Iterable[CelRow | QueueRow]) -> int | None:
    """The first row that an earlier one is later than, by more than the files' own disorder."""
    newest = LONG_AGO
    for index, row in enumerate(rows):
        if row.at + SET_BACK < newest:
            return index
        newest = max(newest, row.at)
    return None
