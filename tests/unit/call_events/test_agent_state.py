"""The agent machine: ready, rung, talking, wrap-up, pause, and a phone that is gone."""

from datetime import UTC, datetime, timedelta

import pytest

from call_events.agent_state import MOVES, AgentState, AgentVerb
from call_events.agent_story import AgentStory
from call_events.changes import Changes

NOON = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
WEB = "PJSIP/8001-web"
CALL = "nj1-1.1"


def given_a_ready_agent(wrapup_seconds: int = 30) -> AgentStory:
    story = AgentStory("nj1", Changes(), {"general-seats": wrapup_seconds})
    story.added("8001", "general-seats", WEB, NOON)
    return story


def given_an_agent_who_talks(wrapup_seconds: int = 30) -> AgentStory:
    story = given_a_ready_agent(wrapup_seconds)
    story.verb("8001", AgentVerb.RANG, NOON, CALL)
    story.verb("8001", AgentVerb.CONNECTED, NOON, CALL)
    return story


def state(story: AgentStory) -> tuple[str, str | None]:
    agent = story.agents["8001"]
    return agent.state, agent.reason


def test_ready_on_the_web_phone() -> None:
    story = given_a_ready_agent()
    assert state(story) == ("ready", None)
    assert story.agents["8001"].phone == "web"


def test_a_talk_is_followed_by_wrap_up_until_the_queues_time_is_over() -> None:
    changes = Changes()
    story = given_an_agent_who_talks()
    story.write_to(changes)
    story.completed("8001", "general-seats", NOON, CALL)
    assert state(story) == ("wrapup", "wrapup")
    assert [w.until for w in changes.wrapups] == [NOON + timedelta(seconds=30)]
    story.paused("8001", "wrapup", NOON)
    story.paused("8001", None, NOON)
    assert state(story) == ("ready", None)


def test_a_queue_without_wrap_up_gives_none() -> None:
    story = given_an_agent_who_talks(wrapup_seconds=0)
    story.completed("8001", "general-seats", NOON, CALL)
    assert state(story) == ("ready", None)


def test_a_pause_asked_for_during_a_talk_begins_after_it() -> None:
    story = given_an_agent_who_talks(wrapup_seconds=0)
    story.paused("8001", "lunch", NOON)
    assert state(story) == ("talking", None)
    story.completed("8001", "general-seats", NOON, CALL)
    assert state(story) == ("paused", "lunch")


def test_wrap_up_remembers_the_pause_to_go_back_to() -> None:
    story = given_an_agent_who_talks()
    story.paused("8001", "lunch", NOON)
    story.completed("8001", "general-seats", NOON, CALL)
    story.paused("8001", "wrapup", NOON)
    assert state(story) == ("wrapup", "wrapup")
    assert story.agents["8001"].lasting_pause == "lunch"


def test_an_agent_whose_phone_is_gone_is_offline_and_says_why() -> None:
    story = given_a_ready_agent()
    story.phone("8001", False, NOON)
    assert state(story) == ("offline", "phone_unreachable")
    story.phone("8001", True, NOON)
    assert state(story) == ("ready", None)


def test_a_caller_who_gives_up_frees_the_agent_who_rings() -> None:
    story = given_a_ready_agent()
    story.verb("8001", AgentVerb.RANG, NOON, CALL)
    story.released("8001", NOON, CALL)
    assert state(story) == ("ready", None)


def test_leaving_one_of_two_queues_is_not_leaving() -> None:
    story = given_a_ready_agent()
    story.added("8001", "enterprise", WEB, NOON)
    story.removed("8001", "general-seats", WEB, NOON)
    assert state(story) == ("ready", None)
    story.removed("8001", "enterprise", WEB, NOON)
    assert state(story) == ("offline", None)


def test_what_is_said_twice_is_told_once() -> None:
    changes = Changes()
    story = given_a_ready_agent()
    story.write_to(changes)
    for _queue in ("general-seats", "enterprise"):
        story.paused("8001", "rest", NOON)  # Asterisk says it once for each queue
    assert [draft.data["state"] for draft in changes.events] == ["paused"]
    assert state(story) == ("paused", "rest")


@pytest.mark.parametrize("where", list(AgentState))
def test_every_state_knows_what_it_is_to_leave(where: AgentState) -> None:
    assert (where, AgentVerb.REMOVED) in MOVES
