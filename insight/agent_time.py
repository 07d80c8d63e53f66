"""How agents spend their time, from the changes of their states."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from .figures import CallFigures, share

WRAPUP: Final = "wrapup"
BUSY: Final = frozenset({"talking", WRAPUP})
# A pause is not work offered, and an offline agent is not there: neither is divided by.
PRESENT: Final = BUSY | {"ready", "ringing"}


@dataclass(frozen=True, slots=True)
class StateChange:
    """From this moment the agent is in this state; `call_id` while ringing, talking, wrap-up."""

    agent: str
    at: datetime
    state: str
    call_id: str | None = None


@dataclass(frozen=True, slots=True)
class Spell:
    """One unbroken time in one state; `end` is None while it lasts."""

    change: StateChange
    end: datetime | None

    def ms_within(self, start: datetime, end: datetime) -> int:
        """How much of it lies in [start, end)."""
        last = end if self.end is None else min(self.end, end)
        return max(0, round((last - max(self.change.at, start)).total_seconds() * 1000))


@dataclass(frozen=True, slots=True)
class AgentFigures:
    """Every figure of one agent; times in ms, occupancy 0 to 1."""

    answered: int
    missed: int
    talk_ms: int
    mean_talk_ms: int | None
    hold_ms: int
    mean_hold_ms: int | None
    wrapup_ms: int
    mean_wrapup_ms: int | None
    rated: int
    satisfied: int
    satisfied_rate: float | None
    present_ms: int
    busy_ms: int
    occupancy: float | None


def spells(changes: Iterable[StateChange]) -> Iterator[Spell]:
    """Each agent's times, from changes in the order they happened."""
    last: dict[str, StateChange] = {}
    for change in changes:
        before = last.get(change.agent)
        if before is not None:
            yield Spell(before, change.at)
        last[change.agent] = change
    for change in last.values():
        yield Spell(change, None)


def wrapups(found: Iterable[Spell]) -> dict[str, int]:
    """Wrap-up in ms by call, once it is over."""
    total: defaultdict[str, int] = defaultdict(int)
    for spell in found:
        if spell.change.state == WRAPUP and spell.change.call_id and spell.end is not None:
            total[spell.change.call_id] += spell.ms_within(spell.change.at, spell.end)
    return dict(total)


def time_of(found: Iterable[Spell], start: datetime, end: datetime) -> dict[str, tuple[int, int]]:
    """(present, busy) in ms by agent within [start, end)."""
    total: defaultdict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))
    for spell in found:
        if spell.change.state in PRESENT:
            present, busy = total[spell.change.agent]
            here = spell.ms_within(start, end)
            busy += here if spell.change.state in BUSY else 0
            total[spell.change.agent] = (present + here, busy)
    return dict(total)


def agent_figures(calls: CallFigures, missed: int, time: tuple[int, int] = (0, 0)) -> AgentFigures:
    """One agent's figures, from those of the calls answered and the time spent."""
    present, busy = time
    return AgentFigures(
        answered=calls.answered,
        missed=missed,
        talk_ms=calls.talk_ms,
        mean_talk_ms=calls.mean_talk_ms,
        hold_ms=calls.hold_ms,
        mean_hold_ms=calls.mean_hold_ms,
        wrapup_ms=calls.wrapup_ms,
        mean_wrapup_ms=calls.mean_wrapup_ms,
        rated=calls.rated,
        satisfied=calls.satisfied,
        satisfied_rate=calls.satisfied_rate,
        present_ms=present,
        busy_ms=busy,
        occupancy=share(busy, present),
    )
