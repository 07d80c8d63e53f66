"""What a figure is made from: the facts of one call, and what became of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final


class Fate(StrEnum):
    """What became of a call, for the citizen; `moved_on` only of a call in one queue."""

    ANSWERED = "answered"
    ELSEWHERE = "elsewhere"
    ABANDONED = "abandoned"
    INTERRUPTED = "interrupted"
    REFUSED = "refused"
    CALL_BACK = "call_back"
    MESSAGE = "message"
    TURNED_AWAY = "turned_away"
    IN_PROGRESS = "in_progress"
    MOVED_ON = "moved_on"


# The outcome in the call's row → its fate; a call without an outcome is not over.
_FATES: Final = {
    "answered": Fate.ANSWERED,
    "sub_centre": Fate.ELSEWHERE,
    "emergency": Fate.ELSEWHERE,
    "interrupted": Fate.INTERRUPTED,
    "refused": Fate.REFUSED,
    "call_back": Fate.CALL_BACK,
    "message": Fate.MESSAGE,
    "turned_away": Fate.TURNED_AWAY,
}


def fate_of(outcome: str | None, answered: bool) -> Fate:
    """What became of a call, from its row; a person who answered outweighs every other word."""
    if outcome is None:
        return Fate.ANSWERED if answered else Fate.IN_PROGRESS
    fate = _FATES.get(outcome, Fate.ABANDONED)
    if answered and fate is not Fate.ELSEWHERE:
        return Fate.ANSWERED
    return fate


@dataclass(frozen=True, slots=True)
class CallFacts:
    """One call as its row holds it; `fate` may be that in one queue only. Times in ms."""

    call_id: str
    hotline: str
    fate: Fate
    arrived_at: datetime
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    queue: str | None = None
    agent: str | None = None
    talk_ms: int | None = None
    hold_ms: int = 0
    wrapup_ms: int = 0
    satisfaction: int | None = None
    # We rang the citizen: not offered once more, but answered by an agent.
    rung_back: bool = False

    @property
    def wait_ms(self) -> int | None:
        """From the arrival to the person who answered."""
        return _between(self.arrived_at, self.answered_at)

    @property
    def queue_wait_ms(self) -> int | None:
        """From the first queue to the person who answered."""
        return _between(self.queued_at, self.answered_at)

    @property
    def stayed_ms(self) -> int | None:
        """From the arrival to the hang-up."""
        return _between(self.arrived_at, self.ended_at)


def in_its_queues(
    call: CallFacts, entered: Sequence[str], left_from: str | None
) -> list[tuple[str, CallFacts]]:
    """The call once for each queue it entered, with what became of it there.

    `left_from` is the queue in which the caller hung up, None where it was in none.
    """
    queues = list(dict.fromkeys(entered))
    if not queues:
        return []
    place = {
        Fate.ANSWERED: call.queue,
        Fate.ABANDONED: left_from,
        Fate.INTERRUPTED: entered[-1],
        Fate.IN_PROGRESS: entered[-1],
    }.get(call.fate)
    return [
        (queue, call if queue == place else replace(call, fate=Fate.MOVED_ON)) for queue in queues
    ]


def _between(start: datetime | None, end: datetime | None) -> int | None:
    # The clock may have been set back in between.
    if start is None or end is None:
        return None
    return max(0, round((end - start).total_seconds() * 1000))
