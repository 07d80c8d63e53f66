"""From the rows of Asterisk's files to calls: the same machine, told by another witness.

Each row becomes the packet that AMI would have sent, so a call told by the files moves through the
same states and its events carry the same sources as one told by AMI.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from .call_state import LEGS, Call, Outcome
from .cel import STEP, SURVEY, CelRow, context_of, room_of, step_of
from .changes import Draft
from .events import EventType
from .packets import Packet
from .queue_log import NONE, STARTED, QueueRow
from .reconcile import SEAT
from .side_story import CONTEXT_EVENT, SURVEY_EVENT
from .story import ROOM_EVENT, STEP_EVENT, Story

# What is written about a call after its end comes from other threads, moments later.
SETTLED: Final = timedelta(seconds=2)
# Rows that belong to no call of ours (a seat rings a seat, a refused number) are kept this long.
STRAY: Final = timedelta(seconds=60)
# A second of queue_log, and the little by which its clock, a coarser one, lags behind that of CEL.
SECOND: Final = timedelta(seconds=1, milliseconds=20)
HALF: Final = timedelta(milliseconds=500)
TICK: Final = timedelta(microseconds=1)
RESULTS: Final = {"EXITWITHTIMEOUT": "TIMEOUT", "EXITEMPTY": "LEAVEEMPTY"}
COMPLETIONS: Final = ("COMPLETEAGENT", "COMPLETECALLER", "BLINDTRANSFER", "ATTENDEDTRANSFER")
MEMBERSHIP: Final = frozenset(("ADDMEMBER", "REMOVEMEMBER", "PAUSE", "UNPAUSE", "PENALTY"))
LONG_AGO: Final = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class CallRows:
    """What both files hold about one call, in the order of each file."""

    call_id: str
    queue: list[QueueRow] = field(default_factory=list)
    cel: list[CelRow] = field(default_factory=list)
    last_seen: datetime = LONG_AGO
    ended_at: datetime | None = None
    interrupted: bool = False
    stepped: bool = False
    whole: bool = False

    def settled(self, clock: datetime) -> bool:
        return self.ended_at is not None and self.ended_at + SETTLED <= clock

    def add(self, row: QueueRow | CelRow) -> None:
        self.last_seen = max(self.last_seen, row.at)
        if isinstance(row, QueueRow):
            self.queue.append(row)
            return
        self.cel.append(row)
        if row.unique_id != self.call_id:
            return
        if row.event == "CHAN_START":
            self.whole = True
        elif row.event == STEP:
            step = step_of(row)
            self.stepped = self.stepped or step is not None
            self.whole = self.whole or (step is not None and step.seq == 1)
        elif row.event in ("HANGUP", "CHAN_END") and self.ended_at is None:
            self.ended_at = row.at


@dataclass(frozen=True, slots=True)
class Told:
    """One call as the files tell it, and its events; `ended_at` None: it still goes on."""

    call: Call
    events: tuple[Draft, ...]


class LogCalls:
    """Calls of one node, gathered from its files until each is over."""

    def __init__(self) -> None:
        self.calls: dict[str, CallRows] = {}
        self._started: list[tuple[datetime, frozenset[str]]] = []
        self._newest_queue = LONG_AGO
        self._newest_channel = LONG_AGO

    def add(self, queue: Iterable[QueueRow], cel: Iterable[CelRow]) -> None:
        """Take rows, each file in its own order."""
        for channel in cel:
            self._newest_channel = max(self._newest_channel, channel.at)
            self._add(channel.call_id, channel)
        for row in queue:
            self._newest_queue = max(self._newest_queue, row.at)
            if row.event == STARTED:
                before = (rows.call_id for rows in self.calls.values() if rows.queue)
                self._started.append((row.at, frozenset(before)))
            elif row.call_id != NONE and row.queue != NONE and row.event not in MEMBERSHIP:
                self._add(row.call_id, row)

    def settled(self, now: datetime | None) -> list[CallRows]:
        """Calls that are over and about which nothing more will be written; strays are let go.

        `now` is None while there is more to read: then the older of both files is the clock.
        """
        clock = now or min(self._newest_queue, self._newest_channel)
        self._close_unfinished(clock)
        over = []
        for call_id, rows in list(self.calls.items()):
            if not (rows.stepped and rows.whole):
                if rows.last_seen + STRAY < clock:
                    del self.calls[call_id]
            elif rows.interrupted or (
                rows.ended_at is not None and rows.ended_at + SETTLED <= clock
            ):
                over.append(rows)
        return over

    def ours(self) -> list[CallRows]:
        """Calls of this life of Asterisk that the loop decided on."""
        return [
            rows
            for rows in self.calls.values()
            if rows.stepped and rows.whole and not rows.interrupted
        ]

    def _add(self, call_id: str, row: QueueRow | CelRow) -> None:
        rows = self.calls.get(call_id)
        if rows is None:
            rows = self.calls[call_id] = CallRows(call_id)
        rows.add(row)

    def _close_unfinished(self, clock: datetime) -> None:
        """A new life of Asterisk: what it had not finished before is never finished."""
        while self._started and self._started[0][0] <= clock:
            start, before = self._started.pop(0)
            for rows in self.calls.values():
                # It may be back within the second: what stands before it in the file is older.
                older = rows.last_seen < start or rows.call_id in before
                if rows.ended_at is None and older:
                    rows.interrupted = True


def tell(rows: CallRows, node: str, hotlines: Mapping[str, tuple[str, str]]) -> Told | None:
    """The story of one call; None where no decision of the loop was logged for it."""
    story = Story(node, hotlines)
    call: Call | None = None
    for packet, at in sorted(_packets(rows), key=lambda said: said[1]):
        story.hear(packet, at.timestamp())
        call = call or story.calls.get(rows.call_id)
    if call is None:
        return None
    if rows.interrupted:
        call.outcome = Outcome.INTERRUPTED
        story.end(call, rows.last_seen)
    # A second of queue_log is not fine enough to call a move illegal.
    events = (e for e in story.changes.events if e.call_id == rows.call_id)
    return Told(call, tuple(e for e in events if e.type in TOLD))


TOLD: Final = frozenset(
    (
        EventType.CALL_ARRIVED,
        EventType.STEP_TAKEN,
        EventType.CALL_QUEUED,
        EventType.MEMBER_RANG,
        EventType.MEMBER_MISSED,
        EventType.CALL_CONNECTED,
        EventType.CALL_ABANDONED,
        EventType.SURVEY_ANSWERED,
        EventType.CALL_ENDED,
        EventType.CONTEXT_OFFERED,
        EventType.TRANSFER_STARTED,
        EventType.TRANSFER_MOVED,
        EventType.TRANSFER_COMPLETED,
        EventType.TRANSFER_FAILED,
    )
)


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
    room = room_of(row)
    if room is not None:
        yield {"Event": "UserEvent", "UserEvent": ROOM_EVENT, "CallId": rows.call_id} | room
        return
    context = context_of(row)
    if context is not None:
        yield {"Event": "UserEvent", "UserEvent": CONTEXT_EVENT, "CallId": rows.call_id} | context
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
    if seat is not None and not _step_at(rows, row.at).startswith("agent:"):
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
