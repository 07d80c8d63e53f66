"""Where as many wait as may, a caller may leave a message by voice; it ends the call, once left."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from routing.audience import Audience
from routing.catalogue import Catalogue
from routing.left_message import left_message
from routing.messages import SILENT
from routing.next_step import next_step
from routing.steps import Call, CallBack, Hangup, Known, Message, Outcome, Queue, Rule

NOW = datetime(2026, 11, 23, 10, 0)
FULL = Outcome("queue:general-seats", "FULL")
KEY_2 = Outcome("speech", "key:2")
ARRIVED = Call("c1", "12345", "13912345678", "carrier")


def walked(*outcomes: Outcome, caller: str = "13912345678") -> Call:
    """A call that found the queue full, and what followed."""
    return replace(ARRIVED, caller_id=caller, path=(FULL, *outcomes))


def message(result: str) -> Outcome:
    return Outcome("message", result)


def test_key_2_records_for_as_long_as_the_catalogue_says(nanjing: Catalogue) -> None:
    step = next_step(nanjing, walked(KEY_2), NOW)
    assert isinstance(step, Message)
    assert (step.seconds, step.silence) == (90, 5)
    assert step.speech.prompts == ("message-ask",), "with the notice that it is recorded"
    assert (step.speech.keys, step.reason.rule) == ("0", Rule.MESSAGE)


@pytest.mark.parametrize("caller", ["", "110", "95588", "+14155550100"])
def test_who_cannot_be_rung_back_may_leave_a_message_and_is_promised_nothing(
    nanjing: Catalogue, caller: str
) -> None:
    offered = next_step(nanjing, walked(caller=caller), NOW)
    assert (offered.speech.prompts, offered.speech.keys) == (("full", "message-offer"), "2")
    assert isinstance(next_step(nanjing, walked(KEY_2, caller=caller), NOW), Message)
    refused = next_step(nanjing, walked(Outcome("speech", "key:1"), caller=caller), NOW)
    assert isinstance(refused, Queue)


def test_a_message_left_ends_with_the_ticket_number_and_pin(nanjing: Catalogue) -> None:
    known = Known(ticket="NJ20261123-000042", pin="908172")
    step = next_step(nanjing, replace(walked(KEY_2, message("LEFT")), known=known), NOW)
    assert isinstance(step, Hangup)
    digits = [f"letters/{digit}" for digit in "20261123000042"]
    pin = [f"letters/{digit}" for digit in "908172"]
    assert step.speech.prompts == ("your-ticket", *digits, "your-pin", *pin, "message-kept")
    assert step.reason.rule is Rule.MESSAGE_LEFT


def test_where_nobody_can_make_the_ticket_in_time_the_message_is_thanked_for(
    nanjing: Catalogue,
) -> None:
    step = next_step(nanjing, walked(KEY_2, message("LEFT")), NOW)
    assert isinstance(step, Hangup)
    assert step.speech.prompts == ("message-kept",)


@pytest.mark.parametrize(
    ("result", "known", "rule"),
    [
        ("EMPTY", Known(), Rule.MESSAGE_EMPTY),
        ("LEFT", Known(message=SILENT), Rule.MESSAGE_EMPTY),
        ("PERSON", Known(), Rule.KEY_PERSON),
        ("nonsense", Known(), Rule.MESSAGE_EMPTY),
    ],
)
def test_who_says_nothing_or_wants_a_person_waits_for_one(
    nanjing: Catalogue, result: str, known: Known, rule: Rule
) -> None:
    step = next_step(nanjing, replace(walked(KEY_2, message(result)), known=known), NOW)
    assert isinstance(step, Queue)
    assert (step.queue, step.reason.rule, step.most_waiting) == ("general-seats", rule, 0)


def test_0_while_the_message_is_explained_is_a_person(nanjing: Catalogue) -> None:
    step = next_step(nanjing, walked(KEY_2, Outcome("speech", "key:0")), NOW)
    assert isinstance(step, Queue)
    assert step.reason.rule is Rule.KEY_PERSON


@pytest.mark.parametrize(
    "path",
    [
        (message("LEFT"),),
        (KEY_2, message("LEFT")),
        (Outcome("queue:general-seats", "TIMEOUT"), KEY_2, message("LEFT")),
        (FULL, Outcome("speech", "key:1"), message("LEFT")),
        (FULL, KEY_2, message("EMPTY"), message("LEFT")),
    ],
)
def test_a_message_that_was_not_offered_ends_no_call(
    nanjing: Catalogue, path: tuple[Outcome, ...]
) -> None:
    step = next_step(nanjing, replace(ARRIVED, path=path), NOW)
    assert not isinstance(step, (Hangup, CallBack))


def test_after_a_long_way_a_message_is_still_a_message(nanjing: Catalogue) -> None:
    """The last move that is allowed finds the queue full."""
    before = [Outcome("speech", "key:1"), Outcome("queue:enterprise", "JOINEMPTY")]
    path = (*before, FULL, KEY_2)
    while len(path) < nanjing.limits.automatic_moves:
        path = (Outcome("speech", "key:9"), *path)
    left = replace(ARRIVED, path=(*path, message("LEFT")))
    assert isinstance(next_step(nanjing, replace(left, path=path), NOW), Message)
    assert isinstance(next_step(nanjing, left, NOW), Hangup)


def test_a_caller_of_an_emergency_number_is_never_offered_it(nanjing: Catalogue) -> None:
    path = (Outcome("emergency:119", "CONGESTION"), FULL)
    step = next_step(nanjing, replace(ARRIVED, dnis="119", path=path), NOW)
    assert isinstance(step, Queue)
    assert step.speech.keys == ""


def test_the_ticket_knows_line_caller_audience_and_the_experts_gone_without(
    nanjing: Catalogue,
) -> None:
    assert left_message(nanjing, walked(KEY_2), NOW) is None
    plain = left_message(nanjing, walked(KEY_2, message("LEFT")), NOW)
    assert plain is not None
    assert (plain.call_id, plain.hotline, plain.caller_id) == ("c1", "12345", "13912345678")
    assert (plain.audience, plain.expert_queue) == (Audience.PERSONAL, None)

    path = (Outcome("queue:expert-12348", "JOINEMPTY"), FULL, KEY_2, message("LEFT"))
    expert = left_message(nanjing, replace(ARRIVED, dnis="02512348", path=path), NOW)
    assert expert is not None
    assert (expert.hotline, expert.expert_queue) == ("12348", "expert-12348")

    first = (Outcome("speech", "key:1"), Outcome("queue:enterprise", "JOINEMPTY"))
    bound = replace(ARRIVED, path=(*first, FULL, KEY_2, message("LEFT")))
    enterprise = left_message(nanjing, bound, NOW)
    assert enterprise is not None
    assert enterprise.audience is Audience.ENTERPRISE


def test_a_city_without_the_section_offers_no_message(nanjing: Catalogue) -> None:
    silent = nanjing.model_copy(update={"message": None})
    step = next_step(silent, walked(), NOW)
    assert step.speech.keys == "1"
    assert isinstance(next_step(silent, walked(KEY_2), NOW), Queue)
