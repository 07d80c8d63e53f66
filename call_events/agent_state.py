"""What one agent is doing, as Asterisk's queues see it: one transition table, no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final


class AgentState(StrEnum):
    """Held is a state of a call, not of an agent."""

    OFFLINE = "offline"
    READY = "ready"
    RINGING = "ringing"
    TALKING = "talking"
    WRAPUP = "wrapup"
    PAUSED = "paused"


class AgentVerb(StrEnum):
    """What Asterisk, or our own wrap-up clock, says about an agent."""

    ADDED = "added"
    REMOVED = "removed"
    PAUSED = "paused"
    UNPAUSED = "unpaused"
    RANG = "rang"
    MISSED = "missed"
    CONNECTED = "connected"
    COMPLETED = "completed"
    RELEASED = "released"
    UNREACHABLE = "unreachable"
    REACHABLE = "reachable"


WRAPUP_REASON: Final = "wrapup"
UNREACHABLE_REASON: Final = "phone_unreachable"

S, V = AgentState, AgentVerb
# READY here means "free": `settle` makes it paused or offline where a pause or a lost phone waits.
MOVES: Final[Mapping[tuple[AgentState, AgentVerb], AgentState]] = {
    (S.OFFLINE, V.ADDED): S.READY,
    (S.OFFLINE, V.REMOVED): S.OFFLINE,
    (S.OFFLINE, V.PAUSED): S.OFFLINE,
    (S.OFFLINE, V.UNPAUSED): S.OFFLINE,
    (S.OFFLINE, V.UNREACHABLE): S.OFFLINE,
    (S.OFFLINE, V.REACHABLE): S.READY,
    (S.OFFLINE, V.RELEASED): S.OFFLINE,
    # Asterisk may ring a phone in the moment before it tells us that the phone is back.
    (S.OFFLINE, V.RANG): S.RINGING,
    (S.OFFLINE, V.CONNECTED): S.TALKING,
    (S.READY, V.ADDED): S.READY,
    (S.READY, V.REMOVED): S.OFFLINE,
    (S.READY, V.PAUSED): S.READY,
    (S.READY, V.UNPAUSED): S.READY,
    (S.READY, V.RANG): S.RINGING,
    (S.READY, V.CONNECTED): S.TALKING,
    (S.READY, V.MISSED): S.READY,
    (S.READY, V.RELEASED): S.READY,
    (S.READY, V.UNREACHABLE): S.READY,
    (S.READY, V.REACHABLE): S.READY,
    (S.PAUSED, V.ADDED): S.READY,
    (S.PAUSED, V.REMOVED): S.OFFLINE,
    (S.PAUSED, V.PAUSED): S.READY,
    (S.PAUSED, V.UNPAUSED): S.READY,
    (S.PAUSED, V.MISSED): S.READY,
    (S.PAUSED, V.RELEASED): S.READY,
    (S.PAUSED, V.UNREACHABLE): S.READY,
    (S.PAUSED, V.REACHABLE): S.READY,
    # app_queue had chosen the member before the pause reached it.
    (S.PAUSED, V.RANG): S.RINGING,
    (S.PAUSED, V.CONNECTED): S.TALKING,
    (S.RINGING, V.ADDED): S.RINGING,
    (S.RINGING, V.REMOVED): S.RINGING,
    (S.RINGING, V.PAUSED): S.RINGING,
    (S.RINGING, V.UNPAUSED): S.RINGING,
    (S.RINGING, V.RANG): S.RINGING,
    (S.RINGING, V.MISSED): S.READY,
    (S.RINGING, V.RELEASED): S.READY,
    (S.RINGING, V.CONNECTED): S.TALKING,
    (S.RINGING, V.UNREACHABLE): S.RINGING,
    (S.RINGING, V.REACHABLE): S.RINGING,
    (S.TALKING, V.ADDED): S.TALKING,
    (S.TALKING, V.REMOVED): S.TALKING,
    (S.TALKING, V.PAUSED): S.TALKING,
    (S.TALKING, V.UNPAUSED): S.TALKING,
    (S.TALKING, V.COMPLETED): S.WRAPUP,
    (S.TALKING, V.RELEASED): S.READY,
    (S.TALKING, V.UNREACHABLE): S.TALKING,
    (S.TALKING, V.REACHABLE): S.TALKING,
    (S.WRAPUP, V.ADDED): S.WRAPUP,
    (S.WRAPUP, V.REMOVED): S.OFFLINE,
    (S.WRAPUP, V.PAUSED): S.READY,
    (S.WRAPUP, V.UNPAUSED): S.READY,
    (S.WRAPUP, V.RELEASED): S.WRAPUP,
    (S.WRAPUP, V.UNREACHABLE): S.WRAPUP,
    (S.WRAPUP, V.REACHABLE): S.WRAPUP,
    # Between the end of a call and our QueuePause app_queue may already ring the next one.
    (S.WRAPUP, V.RANG): S.RINGING,
    (S.WRAPUP, V.CONNECTED): S.TALKING,
}


@dataclass(slots=True)
class Agent:
    """One agent while the recorder runs; changed only through `move` and the facts below.

    `pause` is the reason of the pause Asterisk holds now (None: not paused); `lasting_pause` is
    the reason the agent chose, to go back to when the wrap-up is over.
    """

    agent: str
    state: AgentState = AgentState.OFFLINE
    reason: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    call_id: str | None = None
    interface: str | None = None
    pause: str | None = None
    lasting_pause: str | None = None
    reachable: bool = True
    queues: set[str] = field(default_factory=set)

    @property
    def phone(self) -> str | None:
        """web or desk: the second half of the endpoint's name."""
        if self.interface is None:
            return None
        return self.interface.rpartition("-")[2] if "-" in self.interface else "desk"


def reason_of(agent: Agent) -> str | None:
    """Why the agent is in this state, as a word of the catalogue or of ours."""
    match agent.state:
        case AgentState.PAUSED:
            return agent.pause
        case AgentState.WRAPUP:
            return WRAPUP_REASON
        case AgentState.OFFLINE if agent.queues and not agent.reachable:
            return UNREACHABLE_REASON
        case _:
            return None


def move(agent: Agent, verb: AgentVerb) -> AgentState | None:
    """The state after this verb; None when the table knows no such move."""
    target = MOVES.get((agent.state, verb))
    if target is AgentState.READY:
        return settle(agent)
    return target


def settle(agent: Agent) -> AgentState:
    """What a free agent is: offline, unreachable, paused, in wrap-up or ready."""
    if not agent.queues or not agent.reachable:
        return AgentState.OFFLINE
    if agent.pause == WRAPUP_REASON:
        return AgentState.WRAPUP
    return AgentState.READY if agent.pause is None else AgentState.PAUSED
