"""What the whole system carries: short calls at a steady rate, every one of them a committed row.

A rate is carried when no call failed, callers kept the rate, and 2 s after the last call every
call is an ended row with all its events, as many as Asterisk's queue_log says, all published.
"""

import contextlib
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import redis

from call_events.publisher import CURSOR
from tests.support.sipp import Carrier
from tests.support.until import until

from .callers import BOUND_SECONDS, STAY_MS, carrier_of, place
from .figures import Figure
from .house import House, running_house

NUMBER: Final = "12345"
ROWS_WITHIN_SECONDS: Final = 2.0
STEP: Final = 50
MOST: Final = 600
EVENTS: Final = ("CallArrived", "StepTaken", "CallQueued", "CallAbandoned", "CallEnded")
GOAL: Final = "≥ 200/s"


@dataclass(frozen=True, slots=True)
class Books:
    """What is written down: queue_log's count, ended rows, events by type."""

    entered: int
    ended: int
    events: dict[str, int]

    @staticmethod
    def of(house: House) -> "Books":
        with contextlib.closing(sqlite3.connect(house.database)) as database:
            ended = database.execute("SELECT count(*) FROM calls WHERE state = 'ended'").fetchone()
            events = database.execute("SELECT type, count(*) FROM call_events GROUP BY type")
            return Books(house.entered(), ended[0], dict(events.fetchall()))

    def since(self, before: "Books") -> "Books":
        events = {kind: self.events.get(kind, 0) - before.events.get(kind, 0) for kind in EVENTS}
        return Books(self.entered - before.entered, self.ended - before.ended, events)

    def complete(self, calls: int) -> bool:
        """Tell whether every call is there, with all its events."""
        counts = (self.entered, self.ended, *self.events.values())
        return all(count == calls for count in counts)


@dataclass(frozen=True, slots=True)
class Offered:
    """What became of one steady rate; times in seconds."""

    rate: int
    carried: bool
    rows_after: float
    why: str = ""


def measure(quick: bool = False) -> Iterator[Figure]:
    """Yield the rate carried and how far the rows were behind the calls."""
    with running_house() as house, carrier_of(house.target) as carrier:
        offer(house, carrier, 50, 2)  # warm
        first, rounds, seconds = (50, 1, 3) if quick else (150, 3, 6)
        highest, behind, limits = [], [], []
        for _ in range(rounds):
            best, limit = _rise(house, carrier, first, seconds, first if quick else MOST)
            highest.append(float(best.rate if best.carried else 0))
            behind.append(best.rows_after * 1000)
            limits.append(limit.why)
            first = max(STEP, best.rate - STEP)
        yield Figure("highest rate carried, every row committed", "calls/s", tuple(highest), GOAL)
        yield Figure("last row after the last call, at that rate", "ms", tuple(behind))
        print(f"    above it: {'; '.join(limits)}")


def offer(house: House, carrier: Carrier, rate: int, seconds: int) -> Offered:
    """Offer a steady rate of short calls, then hold the books against each other."""
    before, calls, started = Books.of(house), rate * seconds, time.monotonic()
    sipp = place(carrier, [NUMBER], calls, rate=rate)
    sipp.wait(BOUND_SECONDS)
    ended = time.monotonic()
    late = ended - started - seconds - STAY_MS / 1000
    rows_after = _rows_after(house, before, calls, ended)
    counts = sipp.counts()
    now = Books.of(house).since(before)
    whys = [
        (counts["failed"] > 0, f"{counts['failed']} calls failed"),
        (late > 0.05 * seconds + 0.5, f"callers fell {late:.1f} s behind"),
        (rows_after is None, f"{calls} calls: {now}"),
        (not _published(house), "events not published"),
    ]
    faults = [f"{rate}/s {why}" for wrong, why in whys if wrong]
    if rows_after is None:
        # What is late must not be counted for the next rate.
        with contextlib.suppress(AssertionError):
            until(lambda: Books.of(house).since(before).ended >= now.entered, 20)
    return Offered(rate, not faults, rows_after or 0.0, ", ".join(faults))


def _rise(
    house: House, carrier: Carrier, first: int, seconds: int, most: int
) -> tuple[Offered, Offered]:
    """Return the highest rate carried and the first that was not, even at a second try."""
    best = Offered(0, False, 0.0)
    for rate in range(first, most + 1, STEP):
        now = offer(house, carrier, rate, seconds)
        if not now.carried:
            now = offer(house, carrier, rate, seconds)
        if not now.carried:
            return best, now
        best = now
    return best, Offered(most, True, 0.0, f"{most}/s is the most the bench offers")


def _rows_after(house: House, before: Books, calls: int, ended: float) -> float | None:
    """Return how long after the last call its row was complete, or None if not in time."""
    while True:
        complete = Books.of(house).since(before).complete(calls)
        passed = time.monotonic() - ended
        if complete or passed > ROWS_WITHIN_SECONDS:
            return passed if complete else None
        time.sleep(0.02)


def _published(house: House) -> bool:
    with contextlib.closing(sqlite3.connect(house.database)) as database:
        newest = database.execute("SELECT max(id) FROM call_events").fetchone()[0]
    with redis.Redis.from_url(house.line.redis_url) as stream:
        cursor = stream.hget(CURSOR, house.line.settings.node)
    return isinstance(cursor, bytes) and int(cursor) >= newest
