"""The figures of a set of calls: the one implementation of docs/figures.md."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .calls import CallFacts, Fate

SHORT_SECONDS: Final = 5.0
# GB/T 33358-2016 asks for 15 s; Jiangsu publishes 30 s.
FAST_MS: Final = 15_000
SOON_MS: Final = 30_000
# Keys of the survey after a call: 4 is satisfied, 5 very satisfied.
SATISFIED_FROM: Final = 4


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of the calls; they add up to `offered`."""

    offered: int
    answered: int
    answered_elsewhere: int
    abandoned: int
    interrupted: int
    refused: int
    call_back: int
    message: int
    turned_away: int
    in_progress: int
    moved_on: int


@dataclass(frozen=True, slots=True)
class CallFigures(Counts):
    """Every figure of a set of calls; times in ms, rates 0 to 1, None where nothing is divided.

    `answered_elsewhere` is a part of `answered`.
    """

    abandoned_short: int
    abandoned_long: int
    answered_15s: int
    answered_30s: int
    connected_rate: float | None
    rate_15s: float | None
    rate_30s: float | None
    mean_wait_ms: int | None
    p90_wait_ms: int | None
    mean_queue_wait_ms: int | None
    mean_abandon_ms: int | None
    talk_ms: int
    mean_talk_ms: int | None
    hold_ms: int
    mean_hold_ms: int | None
    wrapup_ms: int
    mean_wrapup_ms: int | None
    rated: int
    satisfied: int
    satisfied_rate: float | None


class Tally:
    """Calls counted one by one, in any order."""

    def __init__(self, short_seconds: float = SHORT_SECONDS) -> None:
        self._short_ms = round(short_seconds * 1000)
        self._fates: Counter[Fate] = Counter()
        self._short = 0
        self._waits: list[int] = []
        self._queue_waits: list[int] = []
        self._stays: list[int] = []
        self._talks: list[int] = []
        self._hold = self._wrapup = 0
        self._ratings: Counter[int] = Counter()

    def add(self, call: CallFacts) -> None:
        """Count one call."""
        self._fates[call.fate] += 1
        if call.fate is Fate.ABANDONED:
            stayed = call.stayed_ms
            self._short += stayed is not None and stayed <= self._short_ms
            _keep(self._stays, stayed)
        if call.fate in (Fate.ANSWERED, Fate.ELSEWHERE):
            _keep(self._waits, call.wait_ms)
            _keep(self._queue_waits, call.queue_wait_ms)
        if call.fate is Fate.ANSWERED:
            _keep(self._talks, call.talk_ms)
            self._hold += call.hold_ms
            self._wrapup += call.wrapup_ms
            if call.satisfaction is not None:
                self._ratings[call.satisfaction] += 1

    def figures(self) -> CallFigures:
        """The figures of what was counted so far."""
        counts = counts_of(self._fates)
        fast = sum(wait <= FAST_MS for wait in self._waits)
        soon = sum(wait <= SOON_MS for wait in self._waits)
        by_seats = self._fates[Fate.ANSWERED]
        rated = sum(self._ratings.values())
        satisfied = sum(n for key, n in self._ratings.items() if key >= SATISFIED_FROM)
        return CallFigures(
            **{name: getattr(counts, name) for name in Counts.__dataclass_fields__},
            abandoned_short=self._short,
            abandoned_long=counts.abandoned - self._short,
            answered_15s=fast,
            answered_30s=soon,
            connected_rate=share(counts.answered, counts.offered),
            rate_15s=share(fast, counts.offered),
            rate_30s=share(soon, counts.offered),
            mean_wait_ms=mean(self._waits),
            p90_wait_ms=percentile(self._waits, 90),
            mean_queue_wait_ms=mean(self._queue_waits),
            mean_abandon_ms=mean(self._stays),
            talk_ms=sum(self._talks),
            mean_talk_ms=mean(self._talks),
            hold_ms=self._hold,
            mean_hold_ms=round(self._hold / by_seats) if by_seats else None,
            wrapup_ms=self._wrapup,
            mean_wrapup_ms=round(self._wrapup / by_seats) if by_seats else None,
            rated=rated,
            satisfied=satisfied,
            satisfied_rate=share(satisfied, rated),
        )


def counts_of(fates: Mapping[Fate, int]) -> Counts:
    """How many calls there were of each kind, from how many met each fate."""
    elsewhere = fates.get(Fate.ELSEWHERE, 0)
    return Counts(
        offered=sum(fates.values()),
        answered=fates.get(Fate.ANSWERED, 0) + elsewhere,
        answered_elsewhere=elsewhere,
        abandoned=fates.get(Fate.ABANDONED, 0),
        interrupted=fates.get(Fate.INTERRUPTED, 0),
        refused=fates.get(Fate.REFUSED, 0),
        call_back=fates.get(Fate.CALL_BACK, 0),
        message=fates.get(Fate.MESSAGE, 0),
        turned_away=fates.get(Fate.TURNED_AWAY, 0),
        in_progress=fates.get(Fate.IN_PROGRESS, 0),
        moved_on=fates.get(Fate.MOVED_ON, 0),
    )


def percentile(values: Sequence[int], percent: int) -> int | None:
    """The smallest value that at least `percent` % of the values do not exceed (nearest rank)."""
    if not values:
        return None
    rank = -(-len(values) * percent // 100)
    return sorted(values)[max(rank, 1) - 1]


def mean(values: Sequence[int]) -> int | None:
    """The mean to the millisecond."""
    return round(sum(values) / len(values)) if values else None


def share(part: float, whole: float) -> float | None:
    """part ÷ whole, None of nothing."""
    return part / whole if whole else None


def _keep(values: list[int], value: int | None) -> None:
    if value is not None:
        values.append(value)
