"""The clock is set back an hour in the middle of a call: it keeps its age, and it ends."""

from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from call_events import wall_clock
from call_events.call_state import Call
from call_events.cel import CelRow, parse_cel
from call_events.link import Heard, LinkChange
from call_events.log_calls import LogCalls
from call_events.log_merge import merge_call, merge_events
from call_events.log_story import Told, tell
from call_events.queue_log import QueueRow, parse_queue_log
from call_events.reconcile import Reconciliation, was_set_back
from call_events.recording import read_recording
from call_events.replay import tell as tell_moment
from call_events.story import Story
from call_events.wall_clock import WallClock, reading, set_since

REPLAY = Path(__file__).parents[2] / "replay"
HOUR = timedelta(hours=1)
CALL, GAVE_UP = "nj1-1795391162.0", "t1-1795392648.7"


def told_live(set_back_before: str) -> Call:
    """An answered call; from an event on Asterisk tells it by a clock that was set back."""
    story, shift = Story("nj1", {}, {"general-seats": 30}), 0.0
    story.restore([])
    ended: list[Call] = []
    for moment in read_recording(REPLAY / "recordings/answered_and_held.ami"):
        assert isinstance(moment, Heard)
        packet = moment.packet or {}
        if packet["Event"] == set_back_before and not shift:
            shift = HOUR.total_seconds()
            change = Heard(0.0, change=LinkChange.CLOCK_SET, set_by=-shift)
            tell_moment(story, Reconciliation(story), change)
        if "Timestamp" in packet:
            packet |= {"Timestamp": f"{float(packet['Timestamp']) - shift:.6f}"}
        story.hear(packet, 0.0)
        ended += [call for call in story.changes.calls.values() if call.ended_at]
    assert story.calls == {}
    assert {agent.state for agent in story.agents.agents.values()} == {"offline"}
    return ended[-1]


@pytest.mark.parametrize(
    "event", ["QueueCallerJoin", "AgentCalled", "AgentConnect", "Unhold", "AgentComplete", "Hangup"]
)
def test_given_a_clock_set_back_the_call_ends_with_its_wait_and_its_talk(event: str) -> None:
    call, steady = told_live(event), told_live("nothing")
    assert (call.outcome, call.agent, call.state) == ("answered", "8001", "ended")
    assert (call.wait_ms, call.talk_ms) == (steady.wait_ms, steady.talk_ms)
    assert call.ended_at is not None
    assert call.arrived_at == steady.arrived_at - HOUR, "its age is kept by the new clock"


def rows(back_from: float) -> tuple[list[QueueRow], list[CelRow]]:
    """The files' rows of a call that gave up; from a moment on they are an hour early."""
    queue = [
        *parse_queue_log((REPLAY / "logs/queue_log.0").read_bytes()).rows,
        *parse_queue_log((REPLAY / "logs/queue_log").read_bytes()).rows,
    ]
    cel = parse_cel((REPLAY / "logs/cel.csv").read_bytes()).rows

    def shifted(row):  # type: ignore[no-untyped-def]
        late = row.at.timestamp() >= back_from
        facts = {name: getattr(row, name) for name in row.__slots__}
        return type(row)(**facts | {"at": row.at - HOUR if late else row.at})

    return [shifted(row) for row in queue], [shifted(row) for row in cel]


def told_by_files(back_from: float) -> Told:
    gathered = LogCalls()
    gathered.add(*rows(back_from))
    told = tell(gathered.calls[GAVE_UP], "t1", {})
    assert told is not None
    return told


@pytest.mark.parametrize("back_from", [1795392650.0, 1795392660.0, 1795392670.0])
def test_given_a_clock_set_back_the_files_tell_the_same_story(back_from: float) -> None:
    told, steady = told_by_files(back_from), told_by_files(2e9)
    assert [event.type for event in told.events] == [event.type for event in steady.events]
    assert (told.call.outcome, told.call.queue) == ("abandoned", "general-seats")
    assert told.call.ended_at is not None
    assert (told.steady, steady.steady) == (False, True)


def test_what_we_saw_of_the_time_is_kept_where_the_files_do_not_know_it() -> None:
    told = told_by_files(1795392660.0)
    known = {**asdict(told.call), "wait_ms": 23_456}
    known["arrived_at"] -= timedelta(seconds=9)
    row = {name: known[name] for name in known if name not in ("ringing", "counts", "moves")}
    assert merge_call(row, told.call, steady=False) is None
    (arrived,) = [event for event in told.events if event.type == "CallArrived"]
    events = [
        {
            "id": 1,
            "type": "CallArrived",
            "source": arrived.source,
            "agent": None,
            "at": arrived.at - HOUR,
            "data": arrived.data,
        }
    ]
    assert merge_events(events, [arrived], steady=False) == ([], [])


def test_a_call_whose_end_was_read_is_over_though_the_clock_is_an_hour_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    gathered = LogCalls()
    gathered.add(*rows(2e9))
    gathered.calls = {GAVE_UP: gathered.calls[GAVE_UP]}
    set_back = datetime.fromtimestamp(1795392700, UTC) - HOUR
    assert gathered.settled(set_back) == []
    later = wall_clock.time.monotonic() + 3
    monkeypatch.setattr("time.monotonic", lambda: later)
    assert [one.call_id for one in gathered.settled(set_back)] == [GAVE_UP]


def test_while_there_is_more_to_read_a_call_of_the_new_clock_is_not_over_by_the_old_one() -> None:
    queue, cel = rows(1795392660.0)
    ended = next(n for n, row in enumerate(cel) if row.call_id == GAVE_UP and row.event == "HANGUP")
    gathered = LogCalls()
    gathered.add([row for row in queue if row.at <= cel[ended].at], cel[: ended + 1])
    assert GAVE_UP not in [one.call_id for one in gathered.settled(None)]


@pytest.mark.parametrize("steady", [True, False])
def test_an_answer_that_we_missed_is_taken_from_the_files_whatever_the_clock_did(
    steady: bool,
) -> None:
    told = told_by_files(1795392660.0)
    assert told.call.wait_ms is not None
    too_long = told.call.wait_ms + 600  # a wait that seemed to go on while they spoke
    known = {**asdict(told.call), "wait_ms": too_long, "talk_ms": None}
    told.call.answered_at, told.call.talk_ms = told.call.ended_at, 4_000
    row = {name: known[name] for name in known if name not in ("ringing", "counts", "moves")}
    merged = merge_call(row, told.call, steady=steady)
    assert merged is not None
    assert (merged["wait_ms"], merged["talk_ms"]) == (told.call.wait_ms, 4_000)


def test_what_goes_on_lies_in_the_future_where_the_clock_was_set_back_unseen() -> None:
    story, call = Story("t1", {}), told_by_files(2e9).call
    story.restore([call])
    assert was_set_back(story, call.newest) == 0.0
    assert was_set_back(story, call.newest - HOUR) == 3600.0


def test_another_program_knows_by_how_much_the_clock_was_set(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read, now = reading(), wall_clock.time.time()
    assert set_since(read) == pytest.approx(0, abs=0.1)
    monkeypatch.setattr("time.time", lambda: now - 3600)
    assert set_since(read) == pytest.approx(-3600, abs=1)
    assert set_since("another-boot 12.0") is None


def test_a_clock_that_is_set_is_noticed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, now = WallClock(), wall_clock.time.time()
    assert clock.set_by() == 0.0
    monkeypatch.setattr("time.time", lambda: now - 3600)
    assert clock.set_by() == pytest.approx(-3600, abs=1)
    assert clock.set_by() == 0.0
