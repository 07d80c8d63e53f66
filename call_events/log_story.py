"""From the rows of Asterisk's files to calls: the same machine, told by another witness.

Each row becomes the packet that AMI would have sent, so a call told by the files moves through the
same states and its events carry the same sources as one told by AMI.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from .call_state import LEGS, Call, Outcome
from .cel import STEP, SURVEY, CelRow, brought_of, context_of, message_of, room_of, step_of
from .changes import Draft
from .events import EventType
from .log_calls import LONG_AGO, CallRows, steadied
from .packets import Packet
from .queue_log import QueueRow
from .reconcile import SEAT
from .side_story import BROUGHT_EVENT, CONTEXT_EVENT, MESSAGE_EVENT, SURVEY_EVENT
from .story import ROOM_EVENT, STEP_EVENT, Story
from .transfers import call_of_third_party

# A second of queue_log, and the little by which its clock, a coarser one, lags behind that of CEL.
SECOND: Final = timedelta(seconds=1, milliseconds=20)
HALF: Final = timedelta(milliseconds=500)
TICK: Final = timedelta(microseconds=1)
RESULTS: Final = {"EXITWITHTIMEOUT": "TIMEOUT", "EXITEMPTY": "LEAVEEMPTY"}
COMPLETIONS: Final = ("COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER", "ATTENDEDTRANSFER")
# What the dialplan says of a call on whichever of its legs, by the name AMI has for it.
SAID: Final = {
    ROOM_EVENT: room_of,
    CONTEXT_EVENT: context_of,
    BROUGHT_EVENT: brought_of,
    MESSAGE_EVENT: message_of,
}


@dataclass(frozen=True, slots=True)
class Told:
    """One call as the files tell it, and its events; `ended_at` None: it still goes on.

    `steady` False: the clock was set back meanwhile, so its times are no better than ours.
    """

    call: Call
    events: tuple[Draft, ...]
    steady: bool = True


def tell(rows: CallRows, node: str, hotlines: Mapping[str, tuple[str, str]]) -> Told | None:
    """The story of one call; None where no decision of the loop was logged for it."""
    story = Story(node, hotlines)
    call: Call | None = None
    steady = steadied(rows)
    for packet, at in sorted(_packets(steady), key=lambda said: said[1]):
        story.hear(packet, at.timestamp())
        call = call or story.calls.get(rows.call_id)
    if call is None:
        return None
    if rows.interrupted:
        call.outcome = Outcome.INTERRUPTED
        story.end(call, steady.last_seen)
    # A second of queue_log is not fine enough to call a move illegal.
    events = (e for e in story.changes.events if e.call_id == rows.call_id)
    return Told(call, tuple(e for e in events if e.type in TOLD), steady is rows)


TOLD: Final = frozenset(
    (
        EventType.CALL_ARRIVED,
        EventType.STEP_TAKEN,
        EventType.CALL_QUEUED,
        EventType.MEMBER_RANG,
        EventType.MEMBER_MISSED,
        EventType.CALL_CONNECTED,
        EventType.CALL_ABANDONED,
        EventType.MESSAGE_LEFT,
        EventType.SURVEY_ANSWERED,
        EventType.CALL_ENDED,
        EventType.CONTEXT_OFFERED,
        EventType.CONTEXT_BROUGHT,
        EventType.TRANSFER_STARTED,
        EventType.TRANSFER_MOVED,
        EventType.TRANSFER_COMPLETED,
        EventType.TRANSFER_FAILED,
    )
)
# Events of a call that are numbered: the third MemberRang is the third by either witness.
COUNTED: Final = TOLD - {EventType.STEP_TAKEN, EventType.CONTEXT_OFFERED}


def tells_more(told: Call, known: Call) -> bool:
    """Whether the files' story of a call that goes on holds all that we know of it, and more.

    Where a line is torn they may know less: then ours stays.
    """
    ahead = [told.counts.get(kind, 0) - known.counts.get(kind, 0) for kind in COUNTED]
    ahead.append(len(told.path) - len(known.path))
    return min(ahead) >= 0 and max(ahead) > 0


def _packets(rows: CallRows) -> Iterator[tuple[Packet, datetime]]:
    # Nothing is queued before the loop has said so.
    begun = min((row.at for row in rows.cel if row.event == STEP), default=LONG_AGO) + TICK
    results = [RESULTS[row.event] for row in rows.queue if row.event in RESULTS]
    for row in rows.cel:
        for packet in _of_channel(rows, row, results):
            yield packet | {"Timestamp": f"{row.at.timestamp():.6f}"}, row.at
    for entry in rows.queue:
        said = _of_queue(rows, entry)
        if said is not None:
            at = max(_moment(rows, entry), begun)
            yield said | {"Timestamp": f"{at.timestamp():.6f}"}, at


def _of_channel(rows: CallRows, row: CelRow, results: list[str]) -> Iterator[Packet]:
    for name, words_of in SAID.items():
        if (words := words_of(row)) is not None:
            whose = {"Caller": row.caller, "Trunk": _trunk(row.channel)}
            said = {"Event": "UserEvent", "UserEvent": name, "CallId": rows.call_id}
            yield said | whose | words
            return
    if row.unique_id == rows.call_id:
        step = step_of(row)
        if step is not None:
            yield {
                "Event": "UserEvent",
                "UserEvent": STEP_EVENT,
                "CallId": rows.call_id,
                "Dnis": step.dnis,
                "Caller": row.caller,
                "Trunk": _trunk(row.channel),
                "Seq": str(step.seq),
                "Step": step.step,
                "Reason": step.reason,
                "Source": step.source,
                "Landed": step.landed,
                "Wanted": step.wanted,
                "Last": results[step.seq - 2] if 1 < step.seq < len(results) + 2 else "",
            }
        elif row.event == SURVEY:
            key = str(row.extra.get("extra", ""))
            said = {"UserEvent": SURVEY_EVENT, "CallId": rows.call_id, "Key": key}
            yield {"Event": "UserEvent", **said}
        elif row.event == "HANGUP":
            cause = str(row.extra.get("hangupcause") or "")
            yield {"Event": "Hangup", "Uniqueid": rows.call_id, "Cause": cause}
        return
    seat = SEAT.fullmatch(row.channel)
    if seat is not None and call_of_third_party(row.linked_id) == rows.call_id:
        # An expert on the leg that an agent had dialled.
        if row.event == "ANSWER":
            yield {"Event": "AgentConnect", "Uniqueid": row.linked_id, "MemberName": seat[1]}
    elif seat is not None and not _step_at(rows, row.at).startswith("agent:"):
        if row.event == "CHAN_START" and _waits(rows, row.at):
            yield {"Event": "AgentCalled", "Uniqueid": rows.call_id, "MemberName": seat[1]}
    elif _leg(rows, row.at):
        if row.event == "CHAN_START":
            yield {"Event": "DialBegin", "Uniqueid": rows.call_id}
        elif row.event == "ANSWER":
            yield {"Event": "DialEnd", "Uniqueid": rows.call_id, "DialStatus": "ANSWER"}


def _of_queue(rows: CallRows, row: QueueRow) -> Packet | None:
    packet = {"Uniqueid": rows.call_id, "Queue": row.queue, "MemberName": row.agent}
    if row.event == "ENTERQUEUE":
        return packet | {"Event": "QueueCallerJoin", "Position": row.detail(2)}
    if row.event == "CONNECT":
        return packet | {"Event": "AgentConnect"}
    if row.event == "RINGNOANSWER":
        return packet | {"Event": "AgentRingNoAnswer", "RingTime": row.detail(0)}
    if row.event == "ABANDON":
        return packet | {"Event": "QueueCallerAbandon"}
    if row.event in COMPLETIONS:
        return packet | {"Event": "AgentComplete"}
    if row.event in RESULTS or row.event == "EXITWITHKEY":
        return packet | {"Event": "QueueCallerLeave"}
    return None


def _moment(rows: CallRows, row: QueueRow) -> datetime:
    """A whole second made finer by the channel event that goes with it, where there is one."""
    start, end = row.at, row.at + SECOND
    within = [channel for channel in rows.cel if start <= channel.at < end]
    if row.event == "ENTERQUEUE":
        steps = [c.at for c in within if c.event == STEP]
        if steps:
            return steps[-1] + TICK
        # The caller heard a greeting first; nothing of the call is logged between it and a ring.
        return min([start + HALF, *(c.at - TICK for c in within)])
    if row.event == "CONNECT":
        for channel in within:
            if channel.unique_id == row.detail(1) and channel.event in ("ANSWER", "BRIDGE_ENTER"):
                return channel.at + TICK
        return start + HALF
    if row.event == "RINGNOANSWER":
        gone = [c.at for c in within if c.event == "HANGUP" and f"/{row.agent}-" in c.channel]
        return gone[0] if gone else start + HALF
    if row.event in COMPLETIONS:
        ends = [c.at for c in rows.cel if c.event == "BRIDGE_EXIT" and c.at < end]
        return ends[-1] if ends and ends[-1] >= start - SECOND else start
    gone = [c.at for c in within if c.unique_id == rows.call_id and c.event in ("HANGUP", STEP)]
    return gone[0] - TICK if gone else start + HALF


def _trunk(channel: str) -> str:
    """The carrier's endpoint; a call of ours has none, and its channel's name holds a number."""
    kind, _, rest = channel.partition("/")
    return rest.rpartition("-")[0] if kind == "PJSIP" else ""


def _step_at(rows: CallRows, at: datetime) -> str:
    """The step the dialplan was at, at this moment."""
    taken = [step for row in rows.cel if row.at <= at and (step := step_of(row)) is not None]
    return taken[-1].step if taken else ""


def _leg(rows: CallRows, at: datetime) -> bool:
    return _step_at(rows, at).partition(":")[0] in LEGS


def _waits(rows: CallRows, at: datetime) -> bool:
    """A seat that rings before the caller talks to one is rung by the queue."""
    return not any(row.event == "CONNECT" and row.at <= at - SECOND for row in rows.queue) and (
        _step_at(rows, at).startswith("queue:")
    )
