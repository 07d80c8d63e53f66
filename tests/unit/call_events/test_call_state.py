"""The call machine: each way a call can go, and what is not a way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_events.call_state import CallState, CallVerb, move
from call_events.events import EventType
from call_events.packets import Packet
from call_events.story import HEARD, Story

CALL = "nj1-1.1"


def heard(event: str, **headers: str) -> Packet:
    return {"Event": event, "Uniqueid": CALL, "AccountCode": CALL} | headers


def told(story: Story) -> list[str]:
    return [str(draft.type) for draft in story.take().events]


def given_a_waiting_call(queue: str = "general-seats") -> Story:
    story = Story("nj1", {"12333": ("12333", "parallel")}, {queue: 30})
    step = {"UserEvent": "HotlineStep", "CallId": CALL, "Dnis": "12333", "Caller": "13800000001"}
    story.hear(heard("UserEvent", Seq="1", Step=f"queue:{queue}", **step), 100.0)
    story.hear(heard("QueueCallerJoin", Queue=queue, Position="1"), 101.0)
    return story


def given_a_talk() -> Story:
    story = given_a_waiting_call()
    member = {"MemberName": "8001", "Queue": "general-seats", "Interface": "PJSIP/8001-web"}
    story.hear(heard("QueueMemberAdded", Status="1", Paused="0", **member), 90.0)
    story.hear(heard("AgentCalled", **member), 102.0)
    story.hear(heard("AgentConnect", **member), 104.0)
    return story


def test_a_call_that_arrives_and_waits() -> None:
    story = given_a_waiting_call()
    changes = story.take()
    assert [d.type for d in changes.events] == ["CallArrived", "StepTaken", "CallQueued"]
    call = changes.calls[CALL]
    assert (call.hotline, call.merger_mode, call.state) == ("12333", "parallel", CallState.QUEUED)


@pytest.mark.parametrize("header", ["uri", "diversion", "history"])
def test_a_call_knows_which_header_named_its_number(header: str) -> None:
    story = Story("nj1", {"12333": ("12333", "parallel")})
    step = {"UserEvent": "HotlineStep", "CallId": CALL, "Dnis": "12333", "Landed": header}
    story.hear(heard("UserEvent", Seq="1", Step="queue:general-seats", **step), 100.0)
    changes = story.take()
    assert changes.calls[CALL].landed_by == header
    assert changes.events[0].data["landed_by"] == header


def test_the_first_answer_of_the_survey_that_means_something_is_the_callers() -> None:
    story = given_a_talk()
    story.hear(heard("AgentComplete", MemberName="8001", Queue="general-seats"), 160.0)
    for key in ("7", "*", "", "4", "1"):
        story.hear(heard("UserEvent", UserEvent="HotlineSurvey", CallId=CALL, Key=key), 165.0)
    changes = story.take()
    answers = [(d.agent, d.data) for d in changes.events if d.type is EventType.SURVEY_ANSWERED]
    assert answers == [("8001", {"satisfaction": 4})]
    assert changes.calls[CALL].satisfaction == 4


def said_a_message(story: Story, spoken: str) -> None:
    words = {"UserEvent": "HotlineMessage", "CallId": CALL, "Spoken": spoken, "Seconds": "12"}
    story.hear(heard("UserEvent", **words), 130.0)


@pytest.mark.parametrize(
    ("spoken", "outcome"), [("LEFT", "message"), ("EMPTY", "abandoned"), ("PERSON", "abandoned")]
)
def test_a_call_that_ends_with_a_message_is_not_one_in_vain(spoken: str, outcome: str) -> None:
    story = given_a_waiting_call()
    said_a_message(story, spoken)
    story.hear(heard("Hangup", Cause="16"), 131.0)
    changes = story.take()
    assert changes.calls[CALL].outcome == outcome
    left = [draft.data for draft in changes.events if draft.type is EventType.MESSAGE_LEFT]
    assert left == ([{"seconds": 12}] if spoken == "LEFT" else [])


def test_who_left_a_message_and_reached_a_person_all_the_same_was_answered() -> None:
    story = given_a_waiting_call()
    said_a_message(story, "LEFT")
    member = {"MemberName": "8001", "Queue": "general-seats", "Interface": "PJSIP/8001-web"}
    story.hear(heard("AgentConnect", **member), 140.0)
    story.hear(heard("Hangup", Cause="16"), 150.0)
    assert story.take().calls[CALL].outcome == "answered"


def test_a_call_remembers_the_experts_it_went_without() -> None:
    story = given_a_waiting_call("expert-12333")
    story.hear(heard("QueueCallerLeave"), 130.0)
    step = {"UserEvent": "HotlineStep", "CallId": CALL, "Step": "queue:general-seats"}
    story.hear(heard("UserEvent", Seq="2", Wanted="expert-12333", **step), 131.0)
    story.hear(heard("UserEvent", Seq="3", Wanted="", **step), 132.0)
    changes = story.take()
    assert changes.calls[CALL].wants_expert == "expert-12333"
    taken = [draft.data for draft in changes.events if draft.type == "StepTaken"]
    assert [step.get("wanted") for step in taken] == [None, "expert-12333", None]


def test_a_step_that_was_on_its_way_while_the_picture_was_taken_moves_nobody() -> None:
    """After a gap: QueueStatus names the caller first, then step and join of before arrive."""
    story = Story("nj1", {"12333": ("12333", "parallel")})
    story.hear(heard("QueueCallerJoin", Queue="expert-12333"), 100.5)
    step = {"UserEvent": "HotlineStep", "CallId": CALL, "Dnis": "12333", "Trunk": "carrier"}
    step |= {"Seq": "1", "Step": "queue:expert-12333", "Caller": "13800000001"}
    story.hear(heard("UserEvent", Timestamp="100.400000", **step), 101.0)
    join = {"Queue": "expert-12333", "Position": "1"}
    story.hear(heard("QueueCallerJoin", Timestamp="100.500001", **join), 101.0)
    changes = story.take()
    assert [d.type for d in changes.events] == ["CallArrived", "CallQueued", "StepTaken"]
    call = changes.calls[CALL]
    assert (call.state, call.dnis, call.trunk) == (CallState.QUEUED, "12333", "carrier")
    assert (call.caller_id, call.merger_mode) == ("13800000001", "parallel")


def test_the_same_event_heard_again_is_no_second_one() -> None:
    story = Story("nj1", {})
    step = {"UserEvent": "HotlineStep", "CallId": CALL, "Seq": "1", "Step": "queue:general-seats"}
    story.hear(heard("UserEvent", Timestamp="100.000001", **step), 100.0)
    joined = heard("QueueCallerJoin", Queue="general-seats", Timestamp="100.000002")
    left = heard("QueueCallerLeave", Queue="general-seats", Timestamp="100.000003")
    for packet in (joined, left, joined, left):
        story.hear(packet, 100.0)
    assert told(story) == ["CallArrived", "StepTaken", "CallQueued"]
    assert story.calls[CALL].state is CallState.ARRIVED


def test_a_step_told_twice_is_taken_once() -> None:
    story = given_a_waiting_call()
    story.take()
    step = {"UserEvent": "HotlineStep", "CallId": CALL, "Seq": "1", "Step": "queue:general-seats"}
    story.hear(heard("UserEvent", **step), 101.5)
    assert told(story) == []


def test_a_call_answered_waits_until_the_answer_and_talks_from_there() -> None:
    story = given_a_talk()
    story.hear(heard("Hangup", Cause="16"), 164.0)
    call = story.take().calls[CALL]
    assert (call.agent, call.wait_ms, call.talk_ms, call.outcome) == (
        "8001",
        3000,
        60000,
        "answered",
    )


def test_when_several_phones_ring_one_miss_does_not_end_the_ringing() -> None:
    story = given_a_waiting_call()
    for name in ("8001", "8002"):
        story.hear(heard("AgentCalled", MemberName=name, Queue="general-seats"), 102.0)
    story.hear(heard("AgentRingNoAnswer", MemberName="8001", RingTime="15000"), 117.0)
    assert story.calls[CALL].state is CallState.RINGING
    story.hear(heard("AgentRingNoAnswer", MemberName="8002", RingTime="15000"), 117.1)
    assert story.calls[CALL].state is CallState.QUEUED


def test_given_a_missed_step_the_join_creates_the_call() -> None:
    story = Story("nj1")
    story.hear(heard("QueueCallerJoin", Queue="general-seats", CallerIDNum="13800000001"), 1.0)
    assert told(story) == ["CallArrived", "CallQueued"]
    assert story.calls[CALL].caller_id == "13800000001"


def test_an_abandon_is_told_once_though_asterisk_says_it_after_a_timeout_too() -> None:
    story = given_a_waiting_call()
    story.take()
    for at in (110.0, 110.1):
        story.hear(heard("QueueCallerAbandon", Queue="general-seats"), at)
    assert told(story) == ["CallAbandoned"]


def test_the_end_of_the_talk_may_be_told_after_the_hang_up() -> None:
    story = given_a_talk()
    story.hear(heard("Hangup", Cause="16"), 164.0)
    story.take()
    story.hear(heard("AgentComplete", MemberName="8001", Queue="general-seats"), 164.1)
    assert told(story) == ["WrapUpStarted", "AgentStateChanged"]


def test_the_end_of_the_talk_may_be_told_without_the_callers_channel() -> None:
    story = given_a_talk()
    story.hear(heard("Hangup", Cause="16"), 164.0)
    story.take()
    completed = {"Event": "AgentComplete", "MemberName": "8001", "Queue": "general-seats"}
    story.hear(completed | {"DestUniqueid": "nj1-1.2"}, 164.1)
    assert told(story) == ["WrapUpStarted", "AgentStateChanged"]


def test_an_illegal_move_is_an_event_and_changes_nothing() -> None:
    story = given_a_talk()
    story.take()
    story.hear(heard("QueueCallerJoin", Queue="general-seats"), 110.0)
    (draft,) = story.take().events
    assert (draft.type, draft.data["verb"]) == (EventType.ILLEGAL_MOVE, "joined")
    assert story.calls[CALL].state is CallState.TALKING


def test_the_hang_up_of_an_agents_leg_ends_no_call() -> None:
    story = given_a_talk()
    story.take()
    story.hear(
        {"Event": "Hangup", "Uniqueid": "nj1-1.2", "AccountCode": CALL, "Cause": "16"}, 120.0
    )
    assert told(story) == []


@pytest.mark.parametrize("state", [s for s in CallState if s is not CallState.ENDED])
def test_every_call_can_hang_up_at_every_point(state: CallState) -> None:
    assert move(state, CallVerb.HUNG_UP) is CallState.ENDED


def test_nothing_wakes_an_ended_call() -> None:
    assert {move(CallState.ENDED, verb) for verb in CallVerb} == {CallState.ENDED, None}


EVENT = st.sampled_from(sorted(HEARD))
WORD = st.sampled_from(
    ["", "1", "0", "5", "8001", CALL, "nj1-1.2", "subcentre:12366", "ANSWER", "x"]
)


@given(st.lists(st.tuples(EVENT, WORD, WORD, WORD, WORD), max_size=30))
def test_no_order_of_events_breaks_the_machines(said: list[tuple[str, ...]]) -> None:
    story = Story("nj1", {}, {"1": 5})
    for event, uniqueid, name, queue, step in said:
        story.hear(
            {
                "Event": event,
                "Uniqueid": uniqueid or "nj1-1.9",
                "Linkedid": CALL,
                "MemberName": name,
                "Queue": queue,
                "Interface": f"PJSIP/{name}-web",
                "UserEvent": "HotlineStep",
                "Step": step,
                "Seq": uniqueid,
                "DialStatus": step,
                "Paused": queue,
                "Status": queue,
                "Timestamp": step,
            },
            1.0,
        )
    sources = [draft.source for draft in story.take().events]
    assert all(len(source) <= 160 for source in sources)
