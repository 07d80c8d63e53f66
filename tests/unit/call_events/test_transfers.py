"""A transfer from the wish to its outcome: the table, and the story of a cold one."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from call_events.call_state import Call, CallState
from call_events.log_merge import COLUMNS, merge_call
from call_events.packets import Packet
from call_events.story import Story
from call_events.transfers import (
    How,
    Transfer,
    TransferState,
    TransferVerb,
    expert_of,
    took_over,
    transfer_of,
)

CALL = "nj1-1.1"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
MEMBER = {"MemberName": "8001", "Queue": "general-seats", "Interface": "PJSIP/8001-web"}


def heard(event: str, **headers: str) -> Packet:
    return {"Event": event, "Uniqueid": CALL, "AccountCode": CALL} | headers


def stepped(story: Story, at: float, seq: int, step: str, reason: str, path: str) -> None:
    facts = {"UserEvent": "HotlineStep", "CallId": CALL, "Dnis": "12345", "Source": "loop"}
    step_facts = {"Seq": str(seq), "Step": step, "Reason": reason, "Path": path}
    story.hear(heard("UserEvent", **facts, **step_facts), at)


def given_a_caller_sent_on(target: str = "partner:water", name: str = "water") -> Story:
    """8001 has spoken with the caller for 10 s; then the caller goes to the target."""
    story = Story("nj1", {}, {"general-seats": 30})
    story.hear(heard("QueueMemberAdded", Status="1", Paused="0", **MEMBER), 90.0)
    stepped(story, 100.0, 1, "queue:general-seats", "main", "")
    story.hear(heard("QueueCallerJoin", Queue="general-seats", Position="1"), 101.0)
    story.hear(heard("AgentCalled", **MEMBER), 102.0)
    story.hear(heard("AgentConnect", **MEMBER), 104.0)
    story.hear(heard("AgentComplete", **MEMBER), 114.0)
    stepped(story, 114.0, 2, target, "transfer", f"agent:8001-web=transfer:{name}")
    return story


def told(story: Story) -> list[str]:
    return [f"{d.type} {d.data.get('result', '')}".strip() for d in story.take().events]


def test_the_partner_answers_and_the_call_is_handed_over() -> None:
    story = given_a_caller_sent_on()
    story.take()
    story.hear(heard("DialBegin"), 114.2)
    story.hear(heard("DialEnd", DialStatus="ANSWER"), 118.0)
    assert told(story) == ["CallConnected", "TransferCompleted handed_over"]
    story.hear(heard("Hangup", Cause="16"), 128.0)
    changes = story.take()
    call = changes.calls[CALL]
    assert (call.outcome, call.agent, call.talk_ms) == ("answered", "8001", 20_000)
    (transfer,) = call.transfers
    assert (transfer["target"], transfer["how"], transfer["agent"]) == ("water", "cold", "8001")


@pytest.mark.parametrize(
    ("status", "result"),
    [("BUSY", "busy"), ("NOANSWER", "no_answer"), ("CHANUNAVAIL", "unreachable")],
)
def test_nobody_takes_it_and_the_agent_has_the_caller_again(status: str, result: str) -> None:
    story = given_a_caller_sent_on()
    story.hear(heard("DialBegin"), 114.2)
    story.hear(heard("DialEnd", DialStatus=status), 118.0)
    story.take()
    path = f"agent:8001-web=transfer:water/partner:water={status}"
    stepped(story, 118.0, 3, "agent:8001-web", "transfer-return", path)
    assert told(story) == ["StepTaken", f"TransferFailed {result}"]
    story.hear(heard("DialBegin"), 118.1)
    assert told(story) == ["MemberRang", "AgentStateChanged"]
    assert story.agents.agents["8001"].call_id == CALL
    story.hear(heard("DialEnd", DialStatus="ANSWER"), 120.0)
    assert told(story) == ["CallConnected", "AgentStateChanged"]
    assert story.agents.agents["8001"].state == "talking"
    story.hear(heard("Hangup", Cause="16"), 130.0)
    assert "WrapUpStarted" in told(story)


def test_an_agent_who_does_not_pick_up_again_has_missed_no_call() -> None:
    story = given_a_caller_sent_on()
    stepped(story, 118.0, 3, "agent:8001-web", "transfer-return", "partner:water=BUSY")
    story.hear(heard("DialBegin"), 118.1)
    story.hear(heard("DialEnd", DialStatus="NOANSWER"), 133.0)
    assert "MemberMissed" not in told(story)
    assert story.calls[CALL].state is CallState.ARRIVED


def test_a_caller_who_hangs_up_meanwhile_is_told_as_that() -> None:
    story = given_a_caller_sent_on()
    story.take()
    story.hear(heard("Hangup", Cause="16"), 116.0)
    assert told(story)[0] == "TransferFailed caller_gone"


def test_a_target_that_is_shut_fails_at_once() -> None:
    story = given_a_caller_sent_on()
    story.hear(heard("DialBegin"), 114.2)
    story.hear(heard("DialEnd", DialStatus="ANSWER"), 118.0)
    story.take()
    path = "agent:8001-web=transfer:expert-12348"
    stepped(story, 120.0, 3, "agent:8001-web", "transfer-return", path)
    assert told(story)[1:] == ["TransferStarted", "TransferFailed nobody_there"]


def in_room(
    story: Story, at: float, word: str, who: str, how: str = "warm", status: str = ""
) -> None:
    facts = {"UserEvent": "HotlineRoom", "CallId": CALL, "Target": "water", "Agent": "8001-web"}
    story.hear(heard("UserEvent", Word=word, Who=who, How=how, Status=status, **facts), at)


def given_a_talk() -> Story:
    """8001 speaks with the caller since 104."""
    story = Story("nj1", {}, {"general-seats": 30})
    story.hear(heard("QueueMemberAdded", Status="1", Paused="0", **MEMBER), 90.0)
    stepped(story, 100.0, 1, "queue:general-seats", "main", "")
    story.hear(heard("QueueCallerJoin", Queue="general-seats", Position="1"), 101.0)
    story.hear(heard("AgentConnect", **MEMBER), 104.0)
    story.take()
    return story


def test_spoken_with_joined_and_left_is_handed_over_and_the_talk_goes_on() -> None:
    story = given_a_talk()
    in_room(story, 110.0, "begun", "agent")
    in_room(story, 115.0, "answered", "other")
    in_room(story, 120.0, "joined", "caller")
    assert told(story) == ["TransferStarted", "TransferMoved", "TransferMoved"]
    story.hear(heard("AgentComplete", **MEMBER), 125.0)
    in_room(story, 125.0, "left", "agent")
    assert told(story) == ["WrapUpStarted", "AgentStateChanged", "TransferCompleted handed_over"]
    story.hear(heard("Hangup", Cause="16"), 144.0)
    call = story.take().calls[CALL]
    assert call.talk_ms == 40_000, "the caller spoke on with the water company"


def test_while_it_rings_the_agent_leaves_and_the_caller_is_not_lost() -> None:
    story = given_a_talk()
    in_room(story, 110.0, "begun", "agent")
    in_room(story, 112.0, "left", "agent")
    story.hear(heard("AgentComplete", **MEMBER), 112.0)
    in_room(story, 130.0, "refused", "other", status="NOANSWER")
    assert told(story)[-1] == "TransferFailed no_answer"


@pytest.mark.parametrize(
    "end",
    [
        heard("UserEvent", UserEvent="HotlineRoom", CallId=CALL, Target="water", How="warm",
              Agent="8001-web", Word="refused", Who="other", Status="NOANSWER"),
        heard("Hangup", Cause="16"),
    ],
)  # fmt: skip
def test_an_agent_who_left_while_it_rang_in_vain_has_the_caller_no_more(end: Packet) -> None:
    story = given_a_caller_sent_on()
    stepped(story, 118.0, 3, "agent:8001-web", "transfer-return", "partner:water=BUSY")
    story.hear(heard("DialBegin"), 118.1)
    story.hear(heard("DialEnd", DialStatus="ANSWER"), 120.0)
    call = story.calls[CALL]
    assert call.talking_to == "8001", "by a step, so that no queue tells the end of it"
    in_room(story, 125.0, "begun", "agent")
    in_room(story, 127.0, "left", "agent")
    story.agents.released("8001", NOW, CALL)
    story.take()

    story.hear(end, 145.0)

    assert call.talking_to is None
    assert [kind for kind in told(story) if kind in ("WrapUpStarted", "IllegalMove")] == []


@pytest.mark.parametrize(
    ("who", "result"), [("other", "declined"), ("caller", "caller_gone"), ("agent", "handed_over")]
)
def test_who_leaves_while_agent_and_partner_speak_decides(who: str, result: str) -> None:
    story = given_a_talk()
    in_room(story, 110.0, "begun", "agent")
    in_room(story, 115.0, "answered", "other")
    in_room(story, 120.0, "left", who)
    assert told(story)[-1].endswith(result)


def test_an_emergency_service_speaks_with_both_at_once() -> None:
    story = given_a_talk()
    in_room(story, 110.0, "begun", "agent", how="conference")
    in_room(story, 112.0, "answered", "other", how="conference")
    assert story.calls[CALL].transfers[-1]["state"] == "joined"


def test_a_word_about_a_call_nobody_knows_changes_nothing() -> None:
    story = Story("nj1")
    in_room(story, 110.0, "begun", "agent")
    assert story.take().events == []


@given(st.sampled_from(How), st.lists(st.sampled_from(TransferVerb), max_size=8))
def test_whatever_asterisk_says_a_transfer_that_is_over_stays_over(
    how: How, verbs: list[TransferVerb]
) -> None:
    transfer = Transfer(1, "water", how, "8001", NOW)
    for verb in verbs:
        over, moved = transfer.over, transfer.move(verb, "BUSY")
        assert not (over and moved)
        assert transfer.over == bool(transfer.result)
        assert transfer_of(transfer.as_json()) == transfer


@pytest.mark.parametrize("how", How)
def test_a_caller_who_leaves_ends_every_transfer(how: How) -> None:
    for state in (TransferState.RINGING, TransferState.JOINED):
        transfer = Transfer(1, "water", how, "8001", NOW, state)
        if how is How.COLD and state is TransferState.JOINED:
            continue
        transfer.move(TransferVerb.CALLER_LEFT)
        assert transfer.over


def test_an_answer_heard_before_the_agents_own_leg_is_one_transfer_and_no_other() -> None:
    """A partner that answers within milliseconds is in the room before the agent is."""
    story = given_a_talk()
    in_room(story, 110.00, "answered", "other")
    in_room(story, 110.03, "begun", "agent")
    assert told(story) == ["TransferStarted", "TransferMoved"]
    in_room(story, 130.0, "left", "other")
    in_room(story, 131.0, "begun", "agent")
    assert told(story) == ["TransferFailed declined", "TransferStarted"]


def test_a_refusal_heard_before_the_agents_own_leg_fails_the_transfer() -> None:
    story = given_a_talk()
    in_room(story, 110.00, "refused", "other", status="BUSY")
    in_room(story, 110.03, "begun", "agent")
    assert told(story) == ["TransferStarted", "TransferFailed busy"]


def test_a_transfer_whose_end_only_the_files_heard_is_as_they_tell_it() -> None:
    rung = Transfer(1, "water", How.WARM, "8001", NOW).as_json()
    over = rung | {"state": "completed", "result": "handed_over"}
    call = Call("t1-1.1", "t1", "12345", "12345", "", "", "", NOW)
    known = {name: getattr(call, name) for name in COLUMNS} | {"transfers": [rung]}
    call.transfers = [over, rung | {"number": 2}]

    row = merge_call(known, call)

    assert row is not None
    assert row["transfers"] == call.transfers
    call.transfers = [rung]
    assert merge_call(known | {"transfers": [over]}, call) is None, "what was heard stays"


# --- an expert whom the agent asks while the caller hears music

EXPERT = {"MemberName": "8009", "Queue": "expert-12348", "Interface": "PJSIP/8009-desk"}


def asked(event: str, **headers: str) -> Packet:
    """What app_queue says of the third party's leg, which bears the call's account code."""
    return {"Event": event, "Uniqueid": f"{CALL}-t1;2", "AccountCode": CALL} | headers


def to_experts(word: str, who: str, **more: str) -> Packet:
    facts = {"UserEvent": "HotlineRoom", "CallId": CALL, "Target": "expert-12348", "How": "warm"}
    said = asked if who == "other" else heard  # each speaks from a channel of its own
    return said("UserEvent", Word=word, Who=who, Agent="8001-desk", **facts, **more)


def given_an_expert_who_is_asked() -> Story:
    story = Story("nj1", {}, {"general-seats": 30, "expert-12348": 60})
    for member in (MEMBER, EXPERT):
        story.hear(heard("QueueMemberAdded", Status="1", Paused="0", **member), 90.0)
    stepped(story, 100.0, 1, "queue:general-seats", "main", "")
    story.hear(heard("QueueCallerJoin", Queue="general-seats", Position="1"), 101.0)
    story.hear(heard("AgentCalled", **MEMBER), 102.0)
    story.hear(heard("AgentConnect", **MEMBER), 104.0)
    story.hear(to_experts("begun", "agent"), 110.0)
    story.hear(asked("QueueCallerJoin", Queue="expert-12348", Position="1"), 110.1)
    story.hear(asked("AgentCalled", **EXPERT), 110.2)
    return story


def state_of(story: Story, name: str) -> tuple[str, str | None]:
    agent = story.agents.agents[name]
    return agent.state.value, agent.call_id


def test_an_expert_is_rung_with_the_call_which_goes_on_with_its_agent() -> None:
    story = given_an_expert_who_is_asked()
    assert state_of(story, "8009") == ("ringing", CALL)
    story.hear(asked("QueueCallerLeave"), 112.0)
    story.hear(asked("AgentConnect", **EXPERT), 112.0)
    story.hear(to_experts("answered", "other"), 112.1)
    assert state_of(story, "8009") == ("talking", CALL)
    assert state_of(story, "8001") == ("talking", CALL)
    call = story.calls[CALL]
    assert (call.state, call.agent, call.queue) == (CallState.TALKING, "8001", "general-seats")
    assert call.transfers[-1]["state"] == "consulting"
    story.hear(asked("AgentComplete", **EXPERT), 130.0)
    story.hear(to_experts("left", "other"), 130.0)
    assert state_of(story, "8009")[0] == "wrapup"
    assert call.state is CallState.TALKING
    changes = story.take()
    assert "IllegalMove" not in [draft.type for draft in changes.events]
    assert list(changes.calls) == [CALL], "the expert's leg is no call of its own"


def given_an_expert_who_took_the_call_over() -> Story:
    story = given_an_expert_who_is_asked()
    story.hear(asked("AgentConnect", **EXPERT), 112.0)
    story.hear(to_experts("answered", "other"), 112.1)
    story.hear(to_experts("left", "agent"), 120.0)
    story.hear(heard("AgentComplete", **MEMBER), 120.0)
    return story


@pytest.mark.parametrize("path", ["agent:8009-desk=transfer:water", ""])
def test_an_expert_who_took_the_call_over_has_it_and_sends_it_on(path: str) -> None:
    """`path` empty: Asterisk's files do not hold it."""
    story = given_an_expert_who_took_the_call_over()
    call = story.calls[CALL]
    assert call.talking_to == "8009"
    assert call.agent == "8001", "whom the figures count"
    restarted = Story("nj1")
    call.talking_to = call.agent  # as a row is read
    restarted.restore([call])
    assert call.talking_to == "8009", "the recorder was restarted meanwhile"
    stepped(story, 130.0, 2, "partner:water", "transfer", path)
    assert [one["agent"] for one in call.transfers] == ["8001", "8009"]
    assert [expert_of(one) for one in call.transfers] == ["8009", None]


def test_an_expert_who_only_advised_has_no_call() -> None:
    story = given_an_expert_who_is_asked()
    story.hear(asked("AgentConnect", **EXPERT), 112.0)
    story.hear(to_experts("answered", "other"), 112.1)
    story.hear(to_experts("left", "other"), 120.0)
    call = story.calls[CALL]
    assert (call.talking_to, took_over(call.transfers, "8009")) == ("8001", False)


def test_the_first_experts_leg_ends_while_the_second_expert_rings_on() -> None:
    story = given_an_expert_who_took_the_call_over()
    second = EXPERT | {"MemberName": "8011", "Queue": "expert-12333"}
    leg = {"Uniqueid": f"{CALL}-t2;2", "AccountCode": CALL}
    begun = {"Target": "expert-12333", "Agent": "8009-desk", "How": "warm"}
    said = {"UserEvent": "HotlineRoom", "CallId": CALL, "Word": "begun", "Who": "agent"}
    story.hear(heard("UserEvent", **said, **begun), 130.0)
    story.hear({"Event": "AgentCalled", **leg, **second}, 130.2)
    story.hear(asked("Hangup"), 131.0)
    assert state_of(story, "8011") == ("ringing", CALL)


@pytest.mark.parametrize("end", ["QueueCallerAbandon", "Hangup"])
def test_an_expert_rings_no_more_when_the_agent_asks_no_longer(end: str) -> None:
    story = given_an_expert_who_is_asked()
    story.hear(asked(end), 115.0)
    assert state_of(story, "8009") == ("ready", None)
    assert state_of(story, "8001") == ("talking", CALL)


@pytest.mark.parametrize(
    ("status", "wanted"),
    [("JOINEMPTY", "expert-12348"), ("TIMEOUT", "expert-12348"), ("CANCEL", None)],
)
def test_an_expert_nobody_found_owes_the_caller_a_call(status: str, wanted: str | None) -> None:
    story = given_an_expert_who_is_asked()
    story.hear(to_experts("refused", "other", Status=status, Wanted="expert-12348"), 115.0)
    assert story.calls[CALL].wants_expert == wanted
