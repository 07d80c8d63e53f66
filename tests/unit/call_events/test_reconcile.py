"""After a gap: what was on its way is told once and in order, what nobody told is seen."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from call_events.agent_state import Agent, AgentState
from call_events.call_state import Call, CallState
from call_events.changes import Draft
from call_events.log_story import tells_more
from call_events.packets import Packet, Splitter, parse
from call_events.reconcile import Picture, Reconciliation
from call_events.story import Story

RECORDING = Path(__file__).parents[2] / "replay/recordings/answered_and_held.ami"
CALL, SEAT = "nj1-1795391162.0", "PJSIP/8001-desk-00000001"
AT = datetime.fromtimestamp(1795391164, UTC)
ONCE = ["CallArrived", "StepTaken", "CallQueued", "MemberRang", "CallConnected"]
HOUR = timedelta(hours=1)


def said(until: str = "") -> list[Packet]:
    """What Asterisk said of one answered call, up to an event."""
    packets = [parse(raw) for raw in Splitter().feed(RECORDING.read_bytes())]
    names = [packet.get("Event") for packet in packets]
    end = names.index(until) if until else len(names)
    return [packet for packet in packets[:end] if "Event" in packet]


def hear(story: Story, packets: list[Packet]) -> None:
    for packet in packets:
        story.hear(packet, 0.0)


def member(paused: str = "0") -> Packet:
    return {
        "Event": "QueueMember",
        "Name": "8001",
        "Location": "PJSIP/8001-desk",
        "Queue": "general-seats",
        "Status": "2",
        "Paused": paused,
    }


def caller(bridge: str = "") -> Packet:
    return {
        "Event": "CoreShowChannel",
        "Channel": "PJSIP/carrier-00000000",
        "Uniqueid": CALL,
        "AccountCode": CALL,
        "Linkedid": CALL,
        "CallerIDNum": "13800000001",
        "BridgeId": bridge,
    }


def phone(state: str, bridge: str = "") -> Packet:
    return {
        "Event": "CoreShowChannel",
        "Channel": SEAT,
        "Uniqueid": "nj1-1795391162.1",
        "AccountCode": "",
        "Linkedid": CALL,
        "ChannelStateDesc": state,
        "BridgeId": bridge,
    }


def picture(*channels: Packet, queues: list[Packet] | None = None, at: datetime = AT) -> Picture:
    return Picture(at, [member()] if queues is None else queues, list(channels))


def closed(story: Story, taken: Picture, on_the_way: list[Packet] | None = None) -> list[Draft]:
    """Close a gap; return what was told by it."""
    story.take()
    reconciliation = Reconciliation(story)
    reconciliation.begin(taken)
    hear(story, on_the_way or [])
    assert reconciliation.finish()
    return story.take().events


def kinds(events: list[Draft]) -> list[str]:
    return [event.type for event in events if event.type != "AgentStateChanged"]


def agent(story: Story) -> tuple[str, str | None]:
    found = story.agents.agents["8001"]
    return found.state, found.call_id


def known(state: CallState, **facts: object) -> Story:
    """A recorder that starts again with what its database knew of one call."""
    story = Story("nj1", {}, {"general-seats": 30})
    call = Call(CALL, "nj1", "12345", "12345", "13800000001", "carrier", "", AT - HOUR)
    call.state, call.queue, call.queued_at = state, "general-seats", AT - HOUR
    call.path = [{"seq": 1, "step": "queue:general-seats", "at": (AT - HOUR).isoformat()}]
    for name, value in facts.items():
        setattr(call, name, value)
    story.restore([call])
    return story


@pytest.mark.parametrize("heard_first", range(6))
def test_given_events_on_their_way_each_is_told_once_whatever_the_picture_shows(
    heard_first: int,
) -> None:
    packets = said(until="Hold")
    story = Story("nj1", {}, {"general-seats": 30})
    hear(story, packets[:heard_first])
    before = kinds(story.take().events)

    told = closed(story, picture(caller("b1"), phone("Up", "b1")), on_the_way=packets[heard_first:])

    assert before + kinds(told) == ONCE
    assert agent(story) == ("talking", CALL)


def test_given_a_talk_that_ends_while_the_picture_is_taken_it_is_not_connected_again() -> None:
    story = Story("nj1", {}, {"general-seats": 30})

    told = closed(story, picture(caller("b1"), phone("Up", "b1")), on_the_way=said())

    assert kinds(told).count("CallConnected") == 1
    assert kinds(told)[-1] == "CallEnded"
    assert story.calls == {}


def test_given_an_answer_nobody_heard_agent_and_call_are_as_asterisk_shows_them() -> None:
    story = known(CallState.QUEUED)

    told = closed(story, picture(caller("b1"), phone("Up", "b1")))

    assert kinds(told) == ["CallConnected"]
    assert agent(story) == ("talking", CALL)


@pytest.mark.parametrize("rang_before", [False, True])
def test_given_a_phone_that_rings_its_agent_is_told_once(rang_before: bool) -> None:
    story = known(CallState.RINGING if rang_before else CallState.QUEUED)
    if rang_before:
        ringing = Agent("8001", AgentState.RINGING)
        ringing.call_id = CALL
        story.agents.restore([ringing])

    told = closed(story, picture(caller(), phone("Ringing")))

    assert kinds(told) == ([] if rang_before else ["MemberRang"])
    assert agent(story) == ("ringing", CALL)


def test_given_a_call_that_only_the_files_told_its_agent_is_seen_talking() -> None:
    story = Story("nj1", {}, {"general-seats": 30})
    by_files = known(CallState.TALKING, agent="8001", talking_to="8001").calls[CALL]
    story.adopt(by_files, [], AT)
    on_the_way = said(until="Hold")  # all of it happened before the files were read

    told = closed(story, picture(caller("b1"), phone("Up", "b1")), on_the_way=on_the_way)

    assert kinds(told) == []
    assert agent(story) == ("talking", CALL)


def test_given_an_agent_in_a_room_without_the_caller_the_agent_still_talks() -> None:
    story = known(CallState.TALKING, agent="8001", talking_to="8001")

    closed(story, picture(caller("music"), phone("Up", "room")))

    assert agent(story) == ("talking", CALL)


def test_given_a_talk_that_ended_unheard_its_agent_is_free() -> None:
    story = known(CallState.TALKING, agent="8001", talking_to="8001")
    talking = Agent("8001", AgentState.TALKING)
    talking.call_id = CALL
    story.agents.restore([talking])

    told = closed(story, picture())

    assert kinds(told) == ["CallEnded"]
    assert agent(story) == ("ready", None)


def test_given_a_clock_set_back_in_the_gap_what_ended_in_it_is_over() -> None:
    story = known(CallState.QUEUED, arrived_at=AT + HOUR, queued_at=AT + HOUR)

    told = closed(story, picture())

    assert kinds(told) == ["CallEnded"]
    assert story.calls == {}


def test_given_a_call_that_came_on_the_way_and_is_not_in_the_picture_it_goes_on() -> None:
    story = Story("nj1")

    told = closed(story, picture(), on_the_way=said(until="AgentCalled"))

    assert kinds(told) == ONCE[:3]
    assert story.calls[CALL].state is CallState.QUEUED


def test_given_a_link_that_breaks_before_all_is_heard_the_picture_is_not_used() -> None:
    story = known(CallState.QUEUED)
    reconciliation = Reconciliation(story)
    reconciliation.begin(picture())
    reconciliation.drop()
    assert not reconciliation.finish()
    assert CALL in story.calls


def test_the_files_story_is_taken_only_where_it_lacks_nothing_of_ours() -> None:
    ours = known(CallState.TALKING).calls[CALL]
    theirs = known(CallState.TALKING).calls[CALL]
    assert not tells_more(theirs, ours), "the same"
    theirs.counts = {"CallConnected": 1, "TransferStarted": 1}
    ours.counts = {"CallConnected": 1, "CallHeld": 1}
    assert tells_more(theirs, ours)
    ours.counts["MemberRang"] = 1
    assert not tells_more(theirs, ours), "a line of theirs is torn"
