"""The states of one call and the moves between them: one table, no I/O, no clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final


class CallState(StrEnum):
    """`arrived` is every moment in the dialplan's hands: prompts, a leg about to be dialled."""

    ARRIVED = "arrived"
    QUEUED = "queued"
    RINGING = "ringing"
    TALKING = "talking"
    HELD = "held"
    ENDED = "ended"


class CallVerb(StrEnum):
    """What Asterisk says about a call."""

    STEPPED = "stepped"
    JOINED = "joined"
    LEFT = "left"
    RANG = "rang"
    MISSED = "missed"
    CONNECTED = "connected"
    HELD = "held"
    RESUMED = "resumed"
    COMPLETED = "completed"
    ABANDONED = "abandoned"
    DIALLED = "dialled"
    DIAL_ANSWERED = "dial_answered"
    DIAL_FAILED = "dial_failed"
    HUNG_UP = "hung_up"


class Outcome(StrEnum):
    """How a call ended, for the citizen."""

    ANSWERED = "answered"
    ABANDONED = "abandoned"
    SUB_CENTRE = "sub_centre"
    EMERGENCY = "emergency"
    REFUSED = "refused"
    CALL_BACK = "call_back"
    MESSAGE = "message"
    TURNED_AWAY = "turned_away"
    INTERRUPTED = "interrupted"


# Which header named the number, or that we rang the citizen: `calls.landed_by`.
RUNG_BACK: Final = "callback"

S, V = CallState, CallVerb
MOVES: Final[Mapping[tuple[CallState, CallVerb], CallState]] = {
    (S.ARRIVED, V.STEPPED): S.ARRIVED,
    (S.ARRIVED, V.JOINED): S.QUEUED,
    (S.ARRIVED, V.DIALLED): S.RINGING,
    (S.ARRIVED, V.DIAL_ANSWERED): S.TALKING,
    (S.ARRIVED, V.DIAL_FAILED): S.ARRIVED,
    (S.ARRIVED, V.LEFT): S.ARRIVED,
    # What follows a join may reach us without it, where the link was down at that moment.
    (S.ARRIVED, V.RANG): S.RINGING,
    (S.ARRIVED, V.CONNECTED): S.TALKING,
    (S.ARRIVED, V.ABANDONED): S.ARRIVED,
    (S.ARRIVED, V.MISSED): S.ARRIVED,
    # app_queue reports the end of the talk from another thread than the hang-ups around it.
    (S.ARRIVED, V.COMPLETED): S.ARRIVED,
    (S.ARRIVED, V.HUNG_UP): S.ENDED,
    (S.QUEUED, V.STEPPED): S.ARRIVED,
    (S.QUEUED, V.JOINED): S.QUEUED,
    (S.QUEUED, V.LEFT): S.ARRIVED,
    (S.QUEUED, V.RANG): S.RINGING,
    (S.QUEUED, V.MISSED): S.QUEUED,
    (S.QUEUED, V.CONNECTED): S.TALKING,
    (S.QUEUED, V.ABANDONED): S.QUEUED,
    (S.QUEUED, V.HUNG_UP): S.ENDED,
    (S.RINGING, V.STEPPED): S.ARRIVED,
    (S.RINGING, V.JOINED): S.QUEUED,
    # The caller leaves the line at the moment an agent answers, just before the connection.
    (S.RINGING, V.LEFT): S.RINGING,
    (S.RINGING, V.RANG): S.RINGING,
    (S.RINGING, V.MISSED): S.QUEUED,
    (S.RINGING, V.CONNECTED): S.TALKING,
    (S.RINGING, V.ABANDONED): S.RINGING,
    (S.RINGING, V.DIALLED): S.RINGING,
    (S.RINGING, V.DIAL_ANSWERED): S.TALKING,
    (S.RINGING, V.DIAL_FAILED): S.ARRIVED,
    (S.RINGING, V.HUNG_UP): S.ENDED,
    (S.TALKING, V.STEPPED): S.ARRIVED,
    (S.TALKING, V.LEFT): S.TALKING,
    (S.TALKING, V.MISSED): S.TALKING,
    (S.TALKING, V.HELD): S.HELD,
    (S.TALKING, V.RESUMED): S.TALKING,
    (S.TALKING, V.COMPLETED): S.ARRIVED,
    (S.TALKING, V.HUNG_UP): S.ENDED,
    (S.HELD, V.STEPPED): S.ARRIVED,
    (S.HELD, V.LEFT): S.HELD,
    (S.HELD, V.MISSED): S.HELD,
    (S.HELD, V.HELD): S.HELD,
    (S.HELD, V.RESUMED): S.TALKING,
    (S.HELD, V.COMPLETED): S.ARRIVED,
    (S.HELD, V.HUNG_UP): S.ENDED,
    # Stragglers of a call that is over.
    (S.ENDED, V.COMPLETED): S.ENDED,
    (S.ENDED, V.ABANDONED): S.ENDED,
    (S.ENDED, V.LEFT): S.ENDED,
    (S.ENDED, V.MISSED): S.ENDED,
    (S.ENDED, V.HUNG_UP): S.ENDED,
    (S.ENDED, V.DIAL_FAILED): S.ENDED,
}


@dataclass(slots=True)
class Call:
    """One call while it lives; it moves about ten times, so it is changed in place."""

    call_id: str
    node: str
    dnis: str
    hotline: str
    caller_id: str
    trunk: str
    merger_mode: str
    arrived_at: datetime
    queued_at: datetime | None = None
    queue: str | None = None
    answered_at: datetime | None = None
    agent: str | None = None
    ended_at: datetime | None = None
    state: CallState = CallState.ARRIVED
    outcome: Outcome | None = None
    dial_status: str | None = None
    hangup_cause: int | None = None
    wait_ms: int | None = None
    talk_ms: int | None = None
    path: list[dict[str, Any]] = field(default_factory=list)
    landed_by: str | None = None
    wants_expert: str | None = None
    recording: str | None = None
    satisfaction: int | None = None
    transfers: list[dict[str, Any]] = field(default_factory=list)
    # Known while the recorder runs, not kept as columns:
    ringing: set[str] = field(default_factory=set)
    talking_to: str | None = None
    # Of which transfer, and which seat: the expert who has answered the third party's leg.
    asked: tuple[int, str] | None = None
    talking_since: datetime | None = None
    abandoned: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    moves: int = 0

    @property
    def step(self) -> str:
        """The step the dialplan is at, such as `queue:general-seats`; empty before the first."""
        return str(self.path[-1]["step"]) if self.path else ""

    @property
    def rung_seat(self) -> str | None:
        """The extension of a step that rings one agent, such as `agent:8001-web`."""
        kind, _, phone = self.step.partition(":")
        return phone.partition("-")[0] if kind == "agent" else None

    @property
    def newest(self) -> datetime:
        """When something last became of it, as far as it is kept."""
        known = (self.arrived_at, self.queued_at, self.answered_at)
        steps = (datetime.fromisoformat(step["at"]) for step in self.path)
        return max(moment for moment in (*known, *steps) if moment is not None)

    def waited(self, at: datetime) -> int | None:
        """Milliseconds in the queue, or since the arrival where it entered none."""
        return milliseconds(self.queued_at or self.arrived_at, at)

    def take_over(self, other: "Call") -> None:
        """What AMI alone tells of a call, from our own story of it, into that of the files."""
        self.recording = other.recording
        self.dial_status = self.dial_status or other.dial_status
        for kind, count in other.counts.items():
            self.counts[kind] = max(count, self.counts.get(kind, 0))
        if (self.state, self.talking_to) == (S.TALKING, other.talking_to):
            self.state = S.HELD if other.state is S.HELD else S.TALKING

    def clock_set(self, by: timedelta) -> None:
        """The clock was set while the call goes on: it keeps its age and its spans."""
        self.arrived_at += by
        for name in ("queued_at", "answered_at", "talking_since"):
            if (moment := getattr(self, name)) is not None:
                setattr(self, name, moment + by)
        for name in ("path", "transfers"):
            told = [one | {"at": _later(one["at"], by)} for one in getattr(self, name)]
            setattr(self, name, told)

    def stop_talk(self, at: datetime) -> None:
        """The talk that goes on is over; several add up."""
        if self.talking_since is not None:
            self.talk_ms = (self.talk_ms or 0) + (milliseconds(self.talking_since, at) or 0)
            self.talking_since = None


def move(state: CallState, verb: CallVerb) -> CallState | None:
    """The state after this verb; None when the table knows no such move."""
    return MOVES.get((state, verb))


def outcome_of(call: Call) -> Outcome:
    """How a call that Asterisk has finished ended: who answered first decides."""
    if call.outcome is not None:
        return call.outcome
    if call.answered_at is not None:
        return Outcome.ANSWERED
    if call.step.startswith("callback:"):
        return Outcome.CALL_BACK
    if call.step.startswith("turnaway:"):
        return Outcome.TURNED_AWAY
    if call.step.startswith("hangup:") and call.queued_at is None:
        return Outcome.REFUSED
    return Outcome.ABANDONED


def milliseconds(start: datetime | None, end: datetime) -> int | None:
    """From start to end, never below zero: the clock may have been set back."""
    return None if start is None else max(0, round((end - start).total_seconds() * 1000))


def _later(at: str, by: timedelta) -> str:
    return (datetime.fromisoformat(at) + by).isoformat()


# Steps that dial, and what it makes of a call that no seat of ours had answered.
LEGS: Final = {
    "subcentre": Outcome.SUB_CENTRE,
    "emergency": Outcome.EMERGENCY,
    "partner": Outcome.ANSWERED,
    "agent": Outcome.ANSWERED,
}
