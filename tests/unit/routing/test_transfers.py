"""Where a caller goes whom an agent sends on, and who gets the caller back."""

from __future__ import annotations

from datetime import datetime

import pytest

from routing.catalogue import Catalogue
from routing.next_step import next_step
from routing.numbers import emergency_number
from routing.steps import (
    AgentReturn,
    Call,
    Hangup,
    Known,
    Outcome,
    PartnerLine,
    Queue,
    Rule,
    Step,
    SubCentre,
    Survey,
)

NOON = datetime(2026, 11, 23, 12, 0)
NOTHING_KNOWN = Known()
CITIZEN = "13812345678"


def step_after(
    catalogue: Catalogue,
    *path: tuple[str, str],
    at: datetime = NOON,
    known: Known = NOTHING_KNOWN,
    caller: str = "",
) -> Step:
    outcomes = tuple(Outcome(step, result) for step, result in path)
    return next_step(catalogue, Call("c", "12345", caller, "carrier", outcomes, known=known), at)


def sent_to(name: str) -> tuple[str, str]:
    return ("agent:8001-web", f"transfer:{name}")


def test_a_partner_is_dialled_on_the_way_out(nanjing: Catalogue) -> None:
    step = step_after(nanjing, sent_to("water"))
    assert isinstance(step, PartnerLine)
    assert (step.word, step.number, step.peer) == ("partner:water", "96889", "partners")
    assert step.reason.rule is Rule.TRANSFER


def test_the_sub_centre_is_dialled_as_for_its_own_callers(nanjing: Catalogue) -> None:
    step = step_after(nanjing, sent_to("12366"))
    assert isinstance(step, SubCentre)
    assert step.speech.prompts == (), "the agent has said what comes"


def test_an_expert_queue_is_entered_before_those_who_just_came(nanjing: Catalogue) -> None:
    step = step_after(nanjing, sent_to("expert-12348"))
    assert isinstance(step, Queue)
    assert (step.queue, step.priority) == ("expert-12348", nanjing.limits.return_priority)


@pytest.mark.parametrize(
    ("step", "result"),
    [("partner:water", "BUSY"), ("subcentre:12366", "NOANSWER"), ("partner:gas", "CHANUNAVAIL")],
)
def test_nobody_took_the_call_so_the_same_agent_is_rung(
    nanjing: Catalogue, step: str, result: str
) -> None:
    back = step_after(nanjing, sent_to(step.partition(":")[2]), (step, result))
    assert isinstance(back, AgentReturn)
    assert (back.word, back.wanted) == ("agent:8001-web", "")


def test_an_expert_nobody_found_is_owed_a_call_back(nanjing: Catalogue) -> None:
    tried = (sent_to("expert-12348"), ("queue:expert-12348", "TIMEOUT"))
    back = step_after(nanjing, *tried)
    assert isinstance(back, AgentReturn)
    assert back.wanted == "expert-12348"


def test_an_agent_who_has_gone_for_a_break_is_not_rung(nanjing: Catalogue) -> None:
    away = Known(sender_away=True)
    tried = (sent_to("expert-12348"), ("queue:expert-12348", "TIMEOUT"))
    step = step_after(nanjing, *tried, known=away)
    assert isinstance(step, Queue)
    assert (step.queue, step.wanted) == (nanjing.general.name, "expert-12348")
    assert step.priority == nanjing.limits.return_priority, "before those who just came"
    assert isinstance(step_after(nanjing, sent_to("water"), known=away), PartnerLine)


@pytest.mark.parametrize("result", ["TIMEOUT", "LONG", "FULL"])
@pytest.mark.parametrize("away", [True, False])
def test_who_was_not_given_back_waits_like_anybody_and_may_take_a_call_back(
    nanjing: Catalogue, result: str, away: bool
) -> None:
    waits = (sent_to("water"), ("partner:water", "BUSY"), (f"queue:{nanjing.general.name}", result))
    rung = (*waits[:2], ("agent:8001-web", "NOANSWER"), waits[2])
    step = step_after(nanjing, *waits, caller=CITIZEN, known=Known(sender_away=away))
    as_ever = step_after(nanjing, *rung, caller=CITIZEN)
    assert (step.word, step.speech) == (as_ever.word, as_ever.speech)
    assert "1" in step.speech.keys


@pytest.mark.parametrize("result", ["BUSY", "NOANSWER", "CHANUNAVAIL"])
def test_the_agent_is_busy_so_the_caller_is_first_in_the_general_queue(
    nanjing: Catalogue, result: str
) -> None:
    path = (sent_to("water"), ("partner:water", "BUSY"), ("agent:8001-web", result))
    step = step_after(nanjing, *path)
    assert isinstance(step, Queue)
    assert step.queue == nanjing.general.name
    assert step.speech.prompts == (nanjing.announcements.transfer_return,)
    limits = nanjing.limits
    others = (limits.repeat_priority, limits.overflow_priority, nanjing.call_backs.priority)
    assert step.priority > max(others)
    assert step.priority < limits.emergency_priority, "a life may depend on that call"


def test_a_target_that_is_gone_from_the_catalogue_brings_the_agent_back(
    nanjing: Catalogue,
) -> None:
    assert isinstance(step_after(nanjing, sent_to("nobody")), AgentReturn)


def test_who_spoke_with_the_partner_is_served(nanjing: Catalogue) -> None:
    step = step_after(nanjing, sent_to("water"), ("partner:water", "ANSWER"))
    assert isinstance(step, Hangup)


def test_who_was_last_in_a_room_has_spoken_with_somebody(nanjing: Catalogue) -> None:
    assert isinstance(step_after(nanjing, ("room:water", "ANSWER")), Hangup)


@pytest.mark.parametrize("spoke_with", [("partner:water", "ANSWER"), ("room:water", "ANSWER"),
                                        ("room:expert-12348", "ANSWER")])  # fmt: skip
def test_after_a_talk_with_somebody_else_nobody_is_asked_how_the_agent_was(
    nanjing: Catalogue, spoke_with: tuple[str, str]
) -> None:
    step = step_after(nanjing, sent_to("water"), spoke_with)
    assert isinstance(step, Hangup)
    assert step.speech.prompts == ()


def test_who_came_back_to_a_queue_rates_the_agent_who_answered_there(nanjing: Catalogue) -> None:
    back = (sent_to("water"), ("partner:water", "BUSY"), ("agent:8001-web", "BUSY"))
    step = step_after(nanjing, *back, (f"queue:{nanjing.general.name}", "CONTINUE"))
    assert isinstance(step, Survey)


def test_a_third_party_nobody_reached_brings_the_agent_back(nanjing: Catalogue) -> None:
    back = step_after(nanjing, sent_to("119"), ("room:119", "NOANSWER"))
    assert isinstance(back, AgentReturn)


def test_an_agent_may_send_a_caller_on_again_and_again(nanjing: Catalogue) -> None:
    once = (sent_to("water"), ("partner:water", "BUSY"))
    path = once * nanjing.limits.automatic_moves
    step = step_after(nanjing, *path, sent_to("gas"))
    assert isinstance(step, PartnerLine)


def test_the_metro_is_shut_at_night(nanjing: Catalogue) -> None:
    metro = nanjing.index.targets["metro"]
    assert metro.open_at(NOON)
    assert not metro.open_at(NOON.replace(hour=3))


def test_no_target_is_an_emergency_number(nanjing: Catalogue) -> None:
    for target in nanjing.index.targets.values():
        assert not emergency_number(target.number), target.name


@pytest.mark.parametrize(
    ("number", "emergency"),
    [
        ("119", True),
        ("025119", True),
        ("0512110", True),
        ("8625120", True),
        ("+8625122", True),
        ("0086025110", True),
        ("96119", False),
        ("12345", False),
        ("02551899110", False),
    ],
)
def test_an_emergency_number_is_known_in_every_spelling(number: str, emergency: bool) -> None:
    assert emergency_number(number) is emergency
