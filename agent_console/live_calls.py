"""The calls in progress as the event stream tells them, so a ring needs no database."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from call_events.events import Event, EventType
from call_events.tables import CallRow
from call_events.transfers import expert_of, with_whom

# A storm of 33 calls a second that wait five minutes is 10,000 calls.
CALLS_MOST: Final = 20_000
# What a browser missed may tell of 5,000 that have ended (`fanout.REPLAY_MOST`), while more end.
ENDED_MOST: Final = 8_000


# A call that ended before we looked still owes its agent the end.
_WITH_ITS_AGENT: Final = ("talking", "held", "ended")


@dataclass(slots=True)
class LiveCall:
    """One call, changed only by `LiveCalls.follow`."""

    call_id: str
    dnis: str
    hotline: str
    caller_id: str
    merger_mode: str
    arrived_at: datetime
    queue: str | None = None
    agent: str | None = None
    state: str = "arrived"
    outcome: str | None = None
    queued_at: datetime | None = None
    answered_at: datetime | None = None
    ended_at: datetime | None = None
    wait_ms: int | None = None
    talk_ms: int | None = None
    landed_by: str | None = None
    wants_expert: str | None = None
    recording: str | None = None
    transfers: list[dict[str, Any]] = field(default_factory=list)
    path: list[dict[str, Any]] = field(default_factory=list)
    # Whose screens follow the call: those it rings at, or the one it talks to.
    ringing: set[str] = field(default_factory=set)
    talking_to: str | None = None

    @property
    def screens(self) -> set[str]:
        """The extensions that hear what happens to this call."""
        return {self.talking_to} if self.talking_to is not None else self.ringing


class LiveCalls:
    """call_id → call; the oldest is forgotten first, and those that have ended before others.

    What was forgotten is read from the database.
    """

    def __init__(self, most: int = CALLS_MOST, ended_most: int = ENDED_MOST) -> None:
        self._calls: OrderedDict[str, LiveCall] = OrderedDict()
        self._ended: OrderedDict[str, None] = OrderedDict()
        self._most = most
        self._ended_most = ended_most

    def get(self, call_id: str) -> LiveCall | None:
        """The call, if this process has followed it."""
        return self._calls.get(call_id)

    def clear(self) -> None:
        """Forget all: what was followed has a gap."""
        self._calls.clear()
        self._ended.clear()

    def seed(self, row: CallRow) -> LiveCall:
        """Take a call over from the database."""
        call = LiveCall(
            call_id=row.call_id,
            dnis=row.dnis,
            hotline=row.hotline,
            caller_id=row.caller_id,
            merger_mode=row.merger_mode,
            arrived_at=row.arrived_at,
            queue=row.queue,
            agent=row.agent,
            state=row.state,
            outcome=row.outcome,
            queued_at=row.queued_at,
            answered_at=row.answered_at,
            ended_at=row.ended_at,
            wait_ms=row.wait_ms,
            talk_ms=row.talk_ms,
            landed_by=row.landed_by,
            wants_expert=row.wants_expert,
            recording=row.recording,
            transfers=list(row.transfers),
            path=list(row.path),
            talking_to=with_whom(row.agent, row.transfers, row.path)
            if row.state in _WITH_ITS_AGENT
            else None,
        )
        return self._keep(call)

    def follow(self, event: Event) -> None:
        """Apply one event; an event of a call that is not known changes nothing."""
        if event.call_id is None:
            return
        if event.type is EventType.CALL_ARRIVED:
            self._keep(_arrived(event.call_id, event))
            return
        call = self._calls.get(event.call_id)
        change = _CHANGES.get(event.type)
        if call is not None and change is not None:
            change(call, event)
            self._mark(call)

    def _keep(self, call: LiveCall) -> LiveCall:
        self._calls[call.call_id] = call
        self._calls.move_to_end(call.call_id)
        self._mark(call)
        while len(self._calls) > self._most:
            self._ended.pop(self._calls.popitem(last=False)[0], None)
        return call

    def _mark(self, call: LiveCall) -> None:
        if call.state != "ended":
            self._ended.pop(call.call_id, None)
        elif call.call_id not in self._ended:
            self._ended[call.call_id] = None
            while len(self._ended) > self._ended_most:
                self._calls.pop(self._ended.popitem(last=False)[0], None)


def _arrived(call_id: str, event: Event) -> LiveCall:
    said = event.data
    return LiveCall(
        call_id=call_id,
        dnis=said.get("dnis", ""),
        hotline=said.get("hotline", ""),
        caller_id=said.get("caller_id", ""),
        merger_mode=said.get("mode", ""),
        arrived_at=event.at,
        landed_by=said.get("landed_by"),
    )


def _stepped(call: LiveCall, event: Event) -> None:
    step = {key: event.data.get(key) for key in ("seq", "step", "reason", "source", "last")}
    call.wants_expert = event.data.get("wanted", call.wants_expert)
    if all(taken.get("seq") != step["seq"] for taken in call.path):
        call.path.append(step | {"at": event.at.isoformat()})
        call.state, call.talking_to = "arrived", None
        call.ringing.clear()


def _queued(call: LiveCall, event: Event) -> None:
    call.state, call.queue = "queued", event.data.get("queue", call.queue)
    call.queued_at, call.talking_to = call.queued_at or event.at, None
    call.ringing.clear()


def _rang(call: LiveCall, event: Event) -> None:
    call.state = "ringing"
    if event.agent is not None:
        call.ringing.add(event.agent)
    call.queue = event.data.get("queue", call.queue)
    call.wait_ms = event.data.get("wait_ms", call.wait_ms)


def _missed(call: LiveCall, event: Event) -> None:
    call.ringing.discard(event.agent or "")
    if not call.ringing and call.state == "ringing":
        call.state = "queued"


def _connected(call: LiveCall, event: Event) -> None:
    # A leg to a sub-centre or an emergency service connects without an agent.
    call.state, call.talking_to = "talking", event.agent
    call.agent = event.agent or call.agent
    call.ringing.clear()
    call.answered_at = call.answered_at or event.at
    call.queue = event.data.get("queue", call.queue)
    call.wait_ms = event.data.get("wait_ms", call.wait_ms)


def _held(call: LiveCall, _event: Event) -> None:
    call.state = "held"


def _resumed(call: LiveCall, _event: Event) -> None:
    call.state = "talking"


def _recording(call: LiveCall, event: Event) -> None:
    call.recording = "paused" if event.type is EventType.RECORDING_PAUSED else "on"


def _transferred(call: LiveCall, event: Event) -> None:
    transfer = dict(event.data)
    call.transfers = [*call.transfers[: transfer["number"] - 1], transfer]
    # An expert who took the call over hears from now on what becomes of it.
    call.talking_to = expert_of(transfer) or call.talking_to


def _ended(call: LiveCall, event: Event) -> None:
    call.state, call.ended_at = "ended", event.at
    call.outcome = event.data.get("outcome", call.outcome)
    call.talk_ms = event.data.get("talk_ms", call.talk_ms)


_CHANGES: Final[dict[EventType, Callable[[LiveCall, Event], None]]] = {
    EventType.STEP_TAKEN: _stepped,
    EventType.CALL_QUEUED: _queued,
    EventType.MEMBER_RANG: _rang,
    EventType.MEMBER_MISSED: _missed,
    EventType.CALL_CONNECTED: _connected,
    EventType.CALL_HELD: _held,
    EventType.CALL_RESUMED: _resumed,
    EventType.RECORDING_STARTED: _recording,
    EventType.RECORDING_PAUSED: _recording,
    EventType.RECORDING_RESUMED: _recording,
    EventType.TRANSFER_STARTED: _transferred,
    EventType.TRANSFER_MOVED: _transferred,
    EventType.TRANSFER_COMPLETED: _transferred,
    EventType.TRANSFER_FAILED: _transferred,
    EventType.CALL_ENDED: _ended,
}
