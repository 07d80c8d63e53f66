"""From Asterisk's packets to calls and agents: one table from event name to method."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Final

from . import arrivals, expert_story
from .agent_state import AgentState, AgentVerb
from .agent_story import AgentStory
from .call_state import LEGS, Call, CallState, CallVerb, Outcome, move, outcome_of
from .changes import Changes, Draft, SeatLeft
from .events import EventType
from .heard_once import HeardOnce, ToldByFiles
from .member_story import MEMBERS
from .not_understood import note
from .packets import Packet, moment, number
from .side_story import BROUGHT_EVENT, SURVEY_EVENT, SideStory
from .transfer_story import TransferStory, sender
from .transfers import TransferVerb, speaks_in_room, with_whom

# An ended call stays known for its stragglers (AgentComplete comes from another thread).
ENDED_KEPT: Final = 2000
STEP_EVENT: Final = "HotlineStep"
ROOM_EVENT: Final = "HotlineRoom"


class Story:
    """The true story of one node's calls, told packet by packet."""

    def __init__(
        self,
        node: str,
        hotlines: arrivals.Hotlines | None = None,
        wrapup: Mapping[str, int] | None = None,
    ) -> None:
        self.calls: dict[str, Call] = {}
        self.changes = Changes()
        self.agents = AgentStory(node, self.changes, wrapup or {})
        self.transfers = TransferStory(lambda: self._tell)
        self._side = SideStory(lambda: self._tell)
        self._node = node
        self._hotlines = hotlines or {}
        self._ended: OrderedDict[str, Call] = OrderedDict()
        self._heard = HeardOnce()
        self.by_files = ToldByFiles()

    def restore(self, calls: Iterable[Call]) -> None:
        """The open calls the database knew when the recorder started."""
        for call in calls:
            self.calls[call.call_id] = call
            if call.talking_to is not None:
                call.talking_to = with_whom(call.agent, call.transfers, call.path)

    def adopt(self, call: Call, events: Iterable[Draft], until: datetime) -> None:
        """A call that goes on, as Asterisk's files tell it; what they told is not heard again.

        `until`: the moment up to which the files were read.
        """
        if call.call_id not in self._ended:
            if call.call_id in self.calls:
                call.take_over(self.calls[call.call_id])
            self.by_files.until[call.call_id] = until
            self.calls[call.call_id] = self.changes.calls[call.call_id] = call
            self.changes.events.extend(events)

    def over(self, call_id: str) -> bool:
        """Whether this call has ended, as far as that is still known."""
        return call_id in self._ended

    def forget(self, call_id: str) -> None:
        """The files had a better story of this ended call; ours must not be written again."""
        self._ended.pop(call_id, None)

    def take(self) -> Changes:
        """Everything changed since the last take."""
        taken, fresh = self.changes, Changes()
        self.changes = fresh
        self.agents.write_to(fresh)
        return taken

    def hear(self, packet: Packet, at: float) -> None:
        """One event of Asterisk's; `at` is when we read it, used where it has no Timestamp."""
        method = HEARD.get(packet["Event"])
        if method is None or self._heard.before(packet):
            return
        try:
            when = moment(packet, at)
            if expert_story.heard(self.agents, self.calls, packet, when):
                if packet["Event"] == "AgentComplete" and (call := self._call(packet)) is not None:
                    self._seat_left(call, packet["MemberName"])
                return
            if not (self.by_files and self.by_files.told(packet, self._call(packet), when)):
                method(self, packet, when)
        except Exception as fault:
            # One event must not end the record of all others; Asterisk's files tell of it too.
            note(fault, packet)

    # --- the caller's way

    def _said(self, packet: Packet, at: datetime) -> None:
        """What the dialplan itself says: a step, a message, an answer after the call, a room."""
        said, call = packet.get("UserEvent"), self.calls.get(packet.get("CallId", ""))
        if said == STEP_EVENT:
            self._stepped(packet, at)
        elif said == SURVEY_EVENT:
            if (surveyed := self._call(packet)) is not None:
                self._side.surveyed(surveyed, packet, at)
        elif said == ROOM_EVENT and call is not None:
            self.transfers.in_room(call, packet, at)
            if (packet.get("Word"), packet.get("Who")) == ("left", "agent"):
                self._seat_left(call, packet.get("Agent", "").partition("-")[0])
        elif call is not None or said == BROUGHT_EVENT:  # the first word there is about such a call
            self._side.said(said, call or self.found(packet, at), packet, at)

    def _stepped(self, packet: Packet, at: datetime) -> None:
        call = self._call(packet) or self.found(packet, at)
        step = arrivals.step(packet)
        if any(taken["seq"] == step["seq"] for taken in call.path):
            return
        # Whoever waits by the picture taken after a gap took this step before that.
        late = not call.path and call.queued_at is not None and at <= call.queued_at
        if arrivals.learn(call, packet, self._hotlines):
            self.changes.calls[call.call_id] = call
        if not late and not self._move(call, CallVerb.STEPPED, at):
            return
        call.wants_expert = step.get("wanted", call.wants_expert)
        agent = sender(packet.get("Path", "")) or call.talking_to or call.agent
        if not late:
            self._leave(call, at)
            call.talking_to = None
            call.ringing.clear()
        call.path = [*call.path, step | {"at": at.isoformat()}]
        self._tell(EventType.STEP_TAKEN, call, at, step, mark=f"s{step['seq']}")
        self.transfers.stepped(call, step, agent, at)

    def _joined(self, packet: Packet, at: datetime) -> None:
        call = self._call(packet) or self.found(packet, at)
        if call.state is CallState.QUEUED and call.queue == packet["Queue"]:
            return  # known from the files, or from the picture taken after a gap
        if self._move(call, CallVerb.JOINED, at):
            call.queue = packet["Queue"]
            call.queued_at = call.queued_at or at
            call.ringing.clear()
            position = number(packet.get("Position"))
            self._tell(EventType.CALL_QUEUED, call, at, {"queue": call.queue, "position": position})

    def _left(self, packet: Packet, at: datetime) -> None:
        call = self._call(packet)
        if call is not None:
            self._move(call, CallVerb.LEFT, at)

    def _abandoned(self, packet: Packet, at: datetime) -> None:
        call = self._call(packet)
        # Asterisk also reports a second time where a timeout came first; one abandon per call.
        if call is None or call.abandoned or not self._move(call, CallVerb.ABANDONED, at):
            return
        call.abandoned = True
        call.wait_ms = call.waited(at)
        data = {"queue": packet.get("Queue"), "wait_ms": call.wait_ms}
        self._tell(EventType.CALL_ABANDONED, call, at, data)
        self._release(call, at)

    def _hung_up(self, packet: Packet, at: datetime) -> None:
        call = self.calls.get(packet.get("Uniqueid", ""))
        if call is not None:
            self.end(call, at, cause=number(packet.get("Cause")))

    def end(
        self, call: Call, at: datetime, *, cause: int | None = None, lost: bool = False
    ) -> None:
        """The caller's channel is gone; `lost`: we were not there to see how."""
        if not self._move(call, CallVerb.HUNG_UP, at):
            return
        self.transfers.heard(call, TransferVerb.CALLER_LEFT, at)
        self._leave(call, at)
        if call.answered_at is None and call.wait_ms is None:
            call.wait_ms = call.waited(at)
        unseen = lost and call.answered_at is None and call.outcome is None
        call.outcome = Outcome.INTERRUPTED if unseen else outcome_of(call)
        call.ended_at, call.hangup_cause = at, cause
        data = {"outcome": call.outcome, "cause": cause, "talk_ms": call.talk_ms}
        self._tell(EventType.CALL_ENDED, call, at, data, agent=call.agent)
        self._release(call, at)
        if lost and call.talking_to is not None:
            self.agents.released(call.talking_to, at, call.call_id)
        del self.calls[call.call_id]
        self._ended[call.call_id] = call
        if len(self._ended) > ENDED_KEPT:
            self._ended.popitem(last=False)

    # --- agents and the caller

    def _rang(self, packet: Packet, at: datetime) -> None:
        call = self._call(packet) or self.found(packet, at)
        name = packet["MemberName"]
        if name not in call.ringing and self._move(call, CallVerb.RANG, at):
            call.queue = packet.get("Queue", call.queue)
            call.ringing.add(name)
            data = {"queue": call.queue, "wait_ms": call.waited(at)}
            self._tell(EventType.MEMBER_RANG, call, at, data, agent=name)
            self.agents.verb(name, AgentVerb.RANG, at, call.call_id)

    def _missed(self, packet: Packet, at: datetime) -> None:
        call, name = self._call(packet), packet["MemberName"]
        if call is None:
            return
        call.ringing.discard(name)
        # While others still ring, the call rings.
        if not call.ringing and not self._move(call, CallVerb.MISSED, at):
            return
        data = {"queue": packet.get("Queue"), "ring_ms": number(packet.get("RingTime"))}
        self._tell(EventType.MEMBER_MISSED, call, at, data, agent=name)
        self.agents.verb(name, AgentVerb.MISSED, at)

    def _connected(self, packet: Packet, at: datetime) -> None:
        call = self._call(packet) or self.found(packet, at)
        name = packet["MemberName"]
        known = call.state is CallState.TALKING and call.talking_to == name
        if known or not self._move(call, CallVerb.CONNECTED, at):
            return
        call.queue = packet.get("Queue", call.queue)
        call.agent = call.talking_to = name
        self._answered(call, at, {"queue": call.queue}, name)
        self.agents.verb(name, AgentVerb.CONNECTED, at, call.call_id)
        call.ringing.discard(name)
        self._release(call, at)
        self.transfers.heard(call, TransferVerb.ANSWERED, at)

    def _answered(self, call: Call, at: datetime, data: dict[str, Any], agent: str | None) -> None:
        call.talking_since = at
        if call.answered_at is None:
            call.answered_at, call.wait_ms = at, call.waited(at)
        if call.outcome is Outcome.MESSAGE:
            call.outcome = None  # who left a message, and waited all the same, was answered
        self._tell(
            EventType.CALL_CONNECTED, call, at, data | {"wait_ms": call.wait_ms}, agent=agent
        )

    def _completed(self, packet: Packet, at: datetime) -> None:
        name = packet["MemberName"]
        call = self._call(packet) or self._talking_to(name)
        if call is None:
            return
        # A caller sent on has left this agent already.
        if call.talking_to == name and speaks_in_room(call.transfers, call.path):
            call.talking_to = None  # the caller may speak on with whom the agent brought in
        elif call.talking_to == name:
            if not self._move(call, CallVerb.COMPLETED, at):
                return
            call.stop_talk(at)
            call.talking_to = None
        self.agents.completed(name, packet.get("Queue", ""), at, call.call_id)
        self._seat_left(call, name)

    def _seat_left(self, call: Call, seat: str) -> None:
        """Whether it was this seat who paused the recording, the caller's channel knows."""
        if call.recording == "paused" and call.call_id in self.calls:
            self.changes.left.append(SeatLeft(call.call_id, seat))

    def _leave(self, call: Call, at: datetime) -> None:
        """The caller goes on or is gone; of an agent rung by a step no queue tells the end."""
        call.stop_talk(at)
        if call.talking_to is not None and call.step.startswith("agent:"):
            self.agents.completed(call.talking_to, call.queue or "", at, call.call_id)

    def _held(self, packet: Packet, at: datetime) -> None:
        # An agent's own channel holds; the call is the one it is linked to.
        call = self.calls.get(packet.get("Linkedid", ""))
        if call is None:
            return
        held = packet["Event"] == "Hold"
        before = call.state
        moved = self._move(call, CallVerb.HELD if held else CallVerb.RESUMED, at)
        if moved and call.state is not before:
            kind = EventType.CALL_HELD if held else EventType.CALL_RESUMED
            by = "caller" if packet.get("Uniqueid") == call.call_id else "agent"
            self._tell(kind, call, at, {"by": by}, agent=call.talking_to)

    def _of_a_member(self, packet: Packet, at: datetime) -> None:
        MEMBERS[packet["Event"]](self.agents, packet, at)

    def _recorded(self, packet: Packet, at: datetime) -> None:
        call = self.calls.get(packet.get("Uniqueid", ""))
        if call is not None:
            self._side.recording(call, packet, at)

    # --- legs to a sub-centre, an emergency service, a partner, an agent who sent the caller on

    def _dialled(self, packet: Packet, at: datetime) -> None:
        call = self._on_a_leg(packet)
        if call is None or not self._move(call, CallVerb.DIALLED, at):
            return
        agent = call.rung_seat
        if agent:
            call.ringing.add(agent)
            data = {"queue": call.queue, "wait_ms": call.wait_ms}
            self._tell(EventType.MEMBER_RANG, call, at, data, agent=agent)
            self.agents.rung_again(agent, at, call.call_id)

    def _dial_ended(self, packet: Packet, at: datetime) -> None:
        call = self._on_a_leg(packet)
        if call is None:
            return
        call.dial_status = packet.get("DialStatus", "")[:32]
        if call.dial_status != "ANSWER":
            self._move(call, CallVerb.DIAL_FAILED, at)
            self._release(call, at)
        elif self._move(call, CallVerb.DIAL_ANSWERED, at):
            agent = call.rung_seat
            if call.answered_at is None:
                call.outcome = LEGS[call.step.partition(":")[0]]
            data = {"queue": call.queue if agent else None, "step": call.step}
            self._answered(call, at, data, agent)
            if agent:
                call.talking_to = agent
                call.ringing.discard(agent)
                self.agents.verb(agent, AgentVerb.CONNECTED, at, call.call_id)
            self.transfers.heard(call, TransferVerb.ANSWERED, at)

    def _on_a_leg(self, packet: Packet) -> Call | None:
        # app_queue dials too; only the steps that are legs count here.
        call = self.calls.get(packet.get("Uniqueid", ""))
        return call if call and call.step.partition(":")[0] in LEGS else None

    def _call(self, packet: Packet) -> Call | None:
        for header in ("CallId", "AccountCode", "Uniqueid"):
            call_id = packet.get(header, "")
            if call := self.calls.get(call_id) or self._ended.get(call_id):
                return call
        return None

    def _talking_to(self, name: str) -> Call | None:
        # Where the caller's channel is gone already, AgentComplete does not name it: about one
        # call in a hundred that the caller ends, measured at 5 calls/s.
        agent = self.agents.agents.get(name)
        if agent is None or agent.state is not AgentState.TALKING or agent.call_id is None:
            return None
        return self.calls.get(agent.call_id) or self._ended.get(agent.call_id)

    def found(self, packet: Packet, at: datetime) -> Call:
        """A call that nobody had told us of; it begins with this."""
        call = arrivals.arrived(packet, self._node, self._hotlines, at)
        self.calls[call.call_id] = call
        self._tell(EventType.CALL_ARRIVED, call, at, arrivals.facts(call))
        return call

    def _move(self, call: Call, verb: CallVerb, at: datetime) -> bool:
        state = move(call.state, verb)
        if state is None:
            data = {"machine": "call", "state": call.state, "verb": verb}
            self._tell(EventType.ILLEGAL_MOVE, call, at, data)
            return False
        call.state = state
        call.moves += 1
        self.changes.calls[call.call_id] = call
        return True

    def _release(self, call: Call, at: datetime) -> None:
        for name in sorted(call.ringing):
            self.agents.released(name, at, call.call_id)
        call.ringing.clear()

    def _tell(
        self,
        kind: EventType,
        call: Call,
        at: datetime,
        data: Mapping[str, Any],
        *,
        agent: str | None = None,
        mark: str = "",
        source: str = "",
    ) -> None:
        if not (mark or source):
            count = call.counts[kind] = call.counts.get(kind, 0) + 1
            mark = str(count)
        self.changes.calls[call.call_id] = call
        source = source or f"{call.call_id}:{kind}:{mark}"
        self.changes.events.append(Draft(kind, at, call.call_id, agent, data, source))


HEARD: Final[Mapping[str, Callable[[Story, Packet, datetime], None]]] = {
    "UserEvent": Story._said,
    "QueueCallerJoin": Story._joined,
    "QueueCallerLeave": Story._left,
    "QueueCallerAbandon": Story._abandoned,
    "Hangup": Story._hung_up,
    "AgentCalled": Story._rang,
    "AgentRingNoAnswer": Story._missed,
    "AgentConnect": Story._connected,
    "AgentComplete": Story._completed,
    "MixMonitorStart": Story._recorded,
    "MixMonitorMute": Story._recorded,
    "Hold": Story._held,
    "Unhold": Story._held,
    "DialBegin": Story._dialled,
    "DialEnd": Story._dial_ended,
    **dict.fromkeys(MEMBERS, Story._of_a_member),
}
