"""What one batch of Asterisk's words changes: events to add, rows to write, pauses to ask for."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from .agent_state import Agent
from .call_state import Call
from .events import EventType


@dataclass(frozen=True, slots=True)
class Draft:
    """An event before it has an id; `source` says where it came from and makes it unique."""

    type: EventType
    at: datetime
    call_id: str | None
    agent: str | None
    data: Mapping[str, Any]
    source: str


@dataclass(frozen=True, slots=True)
class WrapUp:
    """An agent whose talk is over: pause the phone until the moment given; `over`: no longer.

    `seconds`: how long that is at most, whatever becomes of the clock.
    """

    agent: str
    interface: str
    until: datetime
    seconds: float = 0.0
    over: bool = False


@dataclass(frozen=True, slots=True)
class SeatLeft:
    """A seat that left a call whose recording is paused, perhaps by them."""

    call_id: str
    seat: str


@dataclass(slots=True)
class Changes:
    """Filled by the machines, emptied by the writer: one transaction."""

    events: list[Draft] = field(default_factory=list)
    calls: dict[str, Call] = field(default_factory=dict)
    agents: dict[str, Agent] = field(default_factory=dict)
    wrapups: list[WrapUp] = field(default_factory=list)
    left: list[SeatLeft] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.events or self.calls or self.agents or self.wrapups or self.left)


class Tell(Protocol):
    """Adds an event to the call's story; `source` where it is found by more than its call."""

    def __call__(
        self,
        kind: EventType,
        call: Call,
        at: datetime,
        data: Mapping[str, Any],
        *,
        agent: str | None = None,
        source: str = "",
    ) -> None: ...
