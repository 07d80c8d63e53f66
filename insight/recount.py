"""The figures once more, from Asterisk's own files and nothing else.

It shares no code with the figures it checks (an import contract says so). What the files cannot
tell (hold, presence of agents) is not recounted; what they tell less exactly has a low and a high.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from .raw_logs import Channel, Queued, RawLogs

# The manager's event and the line in the file are written one after the other.
APART: Final = 0.25
# queue_log knows whole seconds only: one is lost at either end.
QUEUE_LOG_APART: Final = 2.0
# How long after Asterisk is back an open talk may be closed by the recorder.
BACK_APART: Final = 60.0
# Lines of one call that fall by more than this: the clock was set back while it went on.
SET_BACK: Final = 2.0
Key = tuple[date, str, str]
# An expert whom an agent asked was rung on a leg of its own: `<call>-t2;2`.
_ASKED: Final = re.compile(r"-t[0-9]+;2\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Value:
    """A recounted figure: between `low` and `high`, both equal where the files are exact."""

    low: float
    high: float

    def holds(self, figure: float) -> bool:
        """Whether a figure agrees with it."""
        return self.low <= figure <= self.high


@dataclass(slots=True)
class Told:
    """One call as the files tell it; times in seconds since 1970."""

    hotline: str
    arrived: float
    last_step: str
    bridged: list[float] = field(default_factory=list)
    unbridged: list[float] = field(default_factory=list)
    step_at_answer: str = ""
    ended: float | None = None
    asterisk_died: float | None = None
    entered: list[Queued] = field(default_factory=list)
    connected: Queued | None = None
    abandoned: Queued | None = None
    missed: list[str] = field(default_factory=list)
    wrapped: list[int] = field(default_factory=list)
    rating: int | None = None
    rung_back: bool = False
    heard: float = 0.0
    place: int = -1
    steady: bool = True
    message: bool = False

    @property
    def over(self) -> bool:
        return self.ended is not None or self.asterisk_died is not None

    @property
    def answered(self) -> bool:
        return bool(self.bridged)

    @property
    def elsewhere(self) -> bool:
        return self.answered and not self.step_at_answer.startswith("queue:")

    @property
    def end(self) -> str:
        """The word for what became of it."""
        if self.answered:
            return "answered"
        if self.ended is None:
            return "in_progress" if self.asterisk_died is None else "interrupted"
        if self.message:
            return "message"
        if self.last_step.startswith("callback:"):
            return "call_back"
        if self.last_step.startswith("turnaway:"):
            return "turned_away"
        refused = self.last_step.startswith("hangup:") and not self.entered
        return "refused" if refused else "abandoned"


def recount(
    logs: RawLogs,
    zone: ZoneInfo,
    *,
    first: float = 0.0,
    last: float = math.inf,
    short_seconds: float = 5.0,
) -> dict[Key, dict[str, Value]]:
    """Figures by (day, "all" | "hotline" | "queue" | "agent", its name), of the calls that
    arrived from `first` on and before `last` (seconds since 1970).
    """
    groups: defaultdict[Key, list[tuple[Told, str]]] = defaultdict(list)
    rung: defaultdict[Key, int] = defaultdict(int)
    for call in tell(logs).values():
        if not first <= call.arrived < last:
            continue
        day = datetime.fromtimestamp(call.arrived, zone).date()
        if not call.rung_back:  # the call on which it was promised is counted
            groups[day, "all", ""].append((call, call.end))
            groups[day, "hotline", call.hotline].append((call, call.end))
            for queue, end in queue_ends(call):
                groups[day, "queue", queue].append((call, end))
        if call.connected and call.answered and not call.elsewhere:
            groups[day, "agent", call.connected.agent].append((call, "answered"))
        for agent in call.missed:
            rung[day, "agent", agent] += 1
    counted = {key: dict(_count(calls, short_seconds)) for key, calls in groups.items()}
    for key in {key for key in (*groups, *rung) if key[1] == "agent"}:
        whole = counted.get(key) or dict(_count([], short_seconds))
        kept = {
            name: whole[name]
            for name in ("answered", "talk_ms", "wrapup_ms", "rated", "satisfied")
            if name in whole
        }
        counted[key] = kept | {"missed": _exact(rung[key])}
    return counted


def tell(logs: RawLogs) -> dict[str, Told]:
    """Every call whose first step is in the files."""
    calls: dict[str, Told] = {}
    starts = [(i, row.at) for i, row in enumerate(logs.queued) if row.verb == "QUEUESTART"]
    for line in logs.channels:
        _hear_channel(calls, line)
    for place, row in enumerate(logs.queued):
        call = calls.get(row.call)
        if call is not None:
            call.place = place
            _hear_queue(call, row)
    for call in calls.values():
        if call.ended is None:
            # A start of Asterisk while the call was open: it died in between. What stands before
            # the call in the file was before it, whatever the clock was set to since.
            later = (at for place, at in starts if at > call.arrived and place > call.place)
            call.asterisk_died = min(later, default=None)
    for call_id, seconds in _wrapups(logs.queued):
        if call_id in calls:
            calls[call_id].wrapped.append(seconds)
    return calls


def queue_ends(call: Told) -> Iterator[tuple[str, str]]:
    """(queue, what became of the call there) for each queue it entered."""
    places = {
        "answered": call.connected,
        "abandoned": call.abandoned,
        "interrupted": call.entered[-1] if call.entered else None,
        "in_progress": call.entered[-1] if call.entered else None,
    }
    place = places.get(call.end)
    for queue in {row.queue for row in call.entered}:
        yield queue, call.end if place is not None and place.queue == queue else "moved_on"


def _hear_channel(calls: dict[str, Told], line: Channel) -> None:
    step = line.step()
    if step is not None and line.account == line.channel:
        seq, word, number, landed = step
        if seq == 1 and line.channel not in calls:
            back = landed == "callback"
            calls[line.channel] = Told(number, line.at, word, rung_back=back, heard=line.at)
        elif line.channel in calls:
            calls[line.channel].last_step = word
        return
    call = calls.get(line.channel)
    if call is None:
        return
    call.steady = call.steady and line.at > call.heard - SET_BACK
    call.heard = max(call.heard, line.at)
    match line.kind:
        case "BRIDGE_ENTER":
            if not call.bridged:
                call.step_at_answer = call.last_step
            call.bridged.append(line.at)
        case "BRIDGE_EXIT":
            call.unbridged.append(line.at)
        case "MESSAGE":
            call.message = call.message or line.left_a_message()
        case "SURVEY":
            call.rating = line.rating() if call.rating is None else call.rating
        case "HANGUP" | "CHAN_END":
            call.ended = line.at if call.ended is None else call.ended


def _hear_queue(call: Told, row: Queued) -> None:
    match row.verb:
        case "ENTERQUEUE":
            call.entered.append(row)
        case "CONNECT":
            call.connected = row
        case "ABANDON":
            call.abandoned = call.abandoned or row
        case "RINGNOANSWER":
            call.missed.append(row.agent)


def _wrapups(rows: Iterable[Queued]) -> Iterator[tuple[str, int]]:
    """(call, seconds) of each wrap-up that is over: a pause with that reason after a call."""
    last_call: dict[str, str] = {}
    since: dict[str, int] = {}
    for row in rows:
        if row.verb == "CONNECT":
            last_call[row.agent] = _ASKED.sub("", row.call)
        if row.verb == "PAUSEALL" and row.rest[:1] == ("wrapup",):
            since.setdefault(row.agent, row.at)
        elif row.verb in ("PAUSEALL", "UNPAUSEALL", "REMOVEMEMBER") and row.agent in since:
            yield last_call.get(row.agent, ""), row.at - since.pop(row.agent)


def _count(calls: list[tuple[Told, str]], short_seconds: float) -> Iterator[tuple[str, Value]]:
    ends = [end for _, end in calls]
    answered = [call for call, end in calls if end == "answered"]
    left = [call for call, end in calls if end == "abandoned"]
    yield "offered", _exact(len(calls))
    for word in ("answered", "abandoned", "interrupted", "refused", "call_back", "message",
                 "turned_away", "moved_on"):  # fmt: skip
        yield word, _exact(ends.count(word))
    yield "answered_elsewhere", _exact(sum(call.elsewhere for call in answered))
    ratings = [call.rating for call in answered if call.rating and not call.elsewhere]
    yield "rated", _exact(len(ratings))
    yield "satisfied", _exact(sum(rating > 3 for rating in ratings))
    if all(call.steady for call, _ in calls):
        yield from _spans(answered, left, short_seconds)


def _spans(
    answered: list[Told], left: list[Told], short_seconds: float
) -> Iterator[tuple[str, Value]]:
    """What takes time; of calls during which the clock was set back the files do not tell it."""
    stays = [(call.ended or call.arrived) - call.arrived for call in left]
    short = _up_to(stays, short_seconds)
    yield "abandoned_short", short
    yield "abandoned_long", Value(len(left) - short.high, len(left) - short.low)
    waits = sorted(call.bridged[0] - call.arrived for call in answered)
    yield "answered_15s", _up_to(waits, 15.0)
    yield "answered_30s", _up_to(waits, 30.0)
    if waits:
        # Counted up from the lowest until nine tenths of all are passed.
        rank = next(n for n in range(len(waits)) if 10 * (n + 1) >= 9 * len(waits))
        yield "mean_wait_ms", _ms(sum(waits) / len(waits), APART, APART)
        yield "p90_wait_ms", _ms(waits[rank], APART, APART)
    if stays:
        yield "mean_abandon_ms", _ms(sum(stays) / len(stays), APART, APART)
    queued = [call.bridged[0] - call.entered[0].at for call in answered if call.entered]
    if queued:
        yield "mean_queue_wait_ms", _ms(sum(queued) / len(queued), 1 + APART, APART)
    yield "talk_ms", _talk([call for call in answered if not call.elsewhere])
    wraps = [seconds for call in answered for seconds in call.wrapped]
    yield "wrapup_ms", _ms(sum(wraps), QUEUE_LOG_APART * len(wraps), QUEUE_LOG_APART * len(wraps))


def _talk(calls: list[Told]) -> Value:
    low = high = 0.0
    for call in calls:
        ends = list(call.unbridged)
        if len(ends) < len(call.bridged) and call.ended is not None:
            ends.append(call.ended)
        seconds = sum(end - start for start, end in zip(call.bridged, ends, strict=False))
        high += seconds + (APART if ends else 0)
        if call.over:  # who is still asked how it was, or between two talks, may count already
            low += seconds - APART
        if call.asterisk_died is not None and len(ends) < len(call.bridged):
            high += call.asterisk_died + BACK_APART - call.bridged[-1]
    return Value(max(0.0, low) * 1000, high * 1000)


def _up_to(seconds: list[float], limit: float) -> Value:
    """How many are at most `limit`; those nearer to it than the clocks agree may be either."""
    low = sum(one <= limit - APART for one in seconds)
    return Value(low, sum(one <= limit + APART for one in seconds))


def _exact(count: int) -> Value:
    return Value(count, count)


def _ms(seconds: float, below: float, above: float) -> Value:
    return Value(max(0.0, (seconds - below) * 1000), (seconds + above) * 1000)
