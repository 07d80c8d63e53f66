"""The worst 24 hours: GB/T 33358-2016 asks for 95 % connected over any continuous 24 h."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from .intervals import Span

DAY: Final = timedelta(hours=24)
TICK: Final = timedelta(microseconds=1)
REQUIRED_RATE: Final = 0.95


@dataclass(frozen=True, slots=True)
class WorstDay:
    """The 24 hours (or the whole range, where it is shorter) with the lowest connected rate."""

    start: datetime
    end: datetime
    offered: int
    answered: int
    connected_rate: float
    required_rate: float = REQUIRED_RATE


def worst_day(calls: Sequence[tuple[datetime, bool]], span: Span) -> WorstDay | None:
    """Slide 24 hours over (arrival, answered?) pairs in order of arrival; None without a call."""
    last = span.end - DAY
    if last <= span.start:
        return _rated(span.start, span.end, len(calls), sum(answered for _, answered in calls))
    worst: WorstDay | None = None
    first = after = answered = 0
    for start in sorted({span.start, *_turns(calls, span.start, last)}):
        while after < len(calls) and calls[after][0] < start + DAY:
            answered += calls[after][1]
            after += 1
        while first < after and calls[first][0] < start:
            answered -= calls[first][1]
            first += 1
        rated = _rated(start, start + DAY, after - first, answered)
        if rated and (worst is None or _badness(rated) > _badness(worst)):
            worst = rated
    return worst


def _turns(
    calls: Sequence[tuple[datetime, bool]], start: datetime, last: datetime
) -> Iterator[datetime]:
    """Every start at which the window's calls change: one has just left, or one just entered."""
    for arrival, _ in calls:
        for turn in (arrival + TICK, arrival + TICK - DAY):
            if start <= turn <= last:
                yield turn


def _rated(start: datetime, end: datetime, offered: int, answered: int) -> WorstDay | None:
    if not offered:
        return None
    return WorstDay(start, end, offered, answered, answered / offered)


def _badness(day: WorstDay) -> tuple[float, int]:
    # Of two days with the same rate, the one that more callers met.
    return -day.connected_rate, day.offered
