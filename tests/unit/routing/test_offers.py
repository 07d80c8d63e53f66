"""Who waits long is offered a call-back; who comes when too many wait is told so first."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

import pytest

from routing.catalogue import Catalogue
from routing.next_step import next_step
from routing.numbers import dialable
from routing.steps import Call, CallBack, Known, Outcome, Queue, Rule

NOW = datetime(2026, 11, 23, 10, 0)
GENERAL = "queue:general-seats"
ARRIVED = Call("c1", "12345", "13912345678", "carrier")


def walked(call: Call, *results: str) -> Call:
    """The call after these results of the general queue, or keys."""
    path = tuple(
        Outcome("speech" if result.startswith("key:") else GENERAL, result) for result in results
    )
    return replace(call, path=call.path + path)


def test_after_a_minute_a_call_back_is_offered_and_again_after_the_next(nanjing: Catalogue) -> None:
    first = next_step(nanjing, ARRIVED, NOW)
    assert isinstance(first, Queue)
    assert (first.wait_seconds, first.speech.keys) == (60, "01234")
    call = ARRIVED
    for _ in range(3):
        call = walked(call, "TIMEOUT")
        step = next_step(nanjing, call, NOW)
        assert isinstance(step, Queue)
        assert step.speech.prompts == ("still-waiting", "call-back-offer")
        assert (step.speech.keys, step.reason.rule) == ("1", Rule.CALL_BACK_OFFER)
        assert step.priority == nanjing.limits.overflow_priority, "ahead of those who come new"


def test_the_offer_accepted_is_a_promise_and_no_other_key_is(nanjing: Catalogue) -> None:
    step = next_step(nanjing, walked(ARRIVED, "TIMEOUT", "key:1"), NOW)
    assert isinstance(step, CallBack)
    assert (step.word, step.speech.prompts) == ("callback:general-seats", ("call-back-promise",))
    english = next_step(nanjing, walked(ARRIVED, "key:3"), NOW)
    assert isinstance(english, Queue)
    other = next_step(nanjing, walked(ARRIVED, "TIMEOUT", "key:4"), NOW)
    assert isinstance(other, Queue)


def test_who_comes_when_a_long_wait_would_be_told_is_offered_a_call_back_at_once(
    nanjing: Catalogue,
) -> None:
    first = next_step(nanjing, ARRIVED, NOW)
    assert isinstance(first, Queue)
    assert first.longest_expected == nanjing.call_backs.offer_at_wait_seconds == 300
    told = next_step(nanjing, walked(ARRIVED, "LONG"), NOW)
    assert isinstance(told, Queue)
    assert told.speech.prompts == ("long-wait", "call-back-offer")
    assert (told.speech.keys, told.reason.rule) == ("1", Rule.LONG_WAIT)
    assert (told.longest_expected, told.priority) == (0, 0), "once, and no place is lost or won"
    assert isinstance(next_step(nanjing, walked(ARRIVED, "LONG", "key:1"), NOW), CallBack)


def test_a_long_wait_concerns_only_who_joins_at_the_end_and_can_be_rung_back(
    nanjing: Catalogue,
) -> None:
    withheld = replace(ARRIVED, caller_id="")
    owed = replace(ARRIVED, known=Known(missed=True))
    kept_waiting = replace(ARRIVED, dnis="12348", path=(Outcome("queue:expert-12348", "TIMEOUT"),))
    for call in (withheld, owed, kept_waiting, walked(ARRIVED, "TIMEOUT")):
        step = next_step(nanjing, call, NOW)
        assert isinstance(step, Queue)
        assert step.longest_expected == 0


def test_the_last_offer_of_all_is_accepted_too(nanjing: Catalogue) -> None:
    most = nanjing.limits.automatic_moves
    last = walked(ARRIVED, *["TIMEOUT"] * (most - 1))
    assert next_step(nanjing, last, NOW).speech.keys == "1"
    assert isinstance(next_step(nanjing, walked(last, "key:1"), NOW), CallBack)


@pytest.mark.parametrize("caller", ["", "110", "119", "12345", "95588", "8001", "+14155550100"])
def test_who_cannot_be_rung_back_is_not_asked_and_waits_for_ever(
    nanjing: Catalogue, caller: str
) -> None:
    assert not dialable(caller)
    call = replace(ARRIVED, caller_id=caller)
    first, later = next_step(nanjing, call, NOW), next_step(nanjing, walked(call, "TIMEOUT"), NOW)
    assert isinstance(first, Queue)
    assert isinstance(later, Queue)
    assert (first.wait_seconds, later.wait_seconds, later.speech.keys) == (0, 0, "")
    assert isinstance(next_step(nanjing, walked(call, "TIMEOUT", "key:1"), NOW), Queue)


def test_a_caller_of_an_emergency_number_is_never_offered_to_wait(nanjing: Catalogue) -> None:
    call = replace(ARRIVED, dnis="119", path=(Outcome("emergency:119", "CONGESTION"),))
    step = next_step(nanjing, walked(call, "TIMEOUT"), NOW)
    assert isinstance(step, Queue)
    assert (step.wait_seconds, step.speech.keys) == (0, "")


def test_where_as_many_wait_as_may_a_new_caller_is_told_offered_and_waits_all_the_same(
    nanjing: Catalogue,
) -> None:
    first = next_step(nanjing, ARRIVED, NOW)
    assert isinstance(first, Queue)
    assert first.most_waiting == nanjing.general.most_waiting == 400
    told = next_step(nanjing, walked(ARRIVED, "FULL"), NOW)
    assert isinstance(told, Queue)
    assert told.speech.prompts == ("full", "call-back-offer", "message-offer")
    assert told.speech.keys == "12"
    assert (told.most_waiting, told.reason.rule) == (0, Rule.FULL)
    assert isinstance(next_step(nanjing, walked(ARRIVED, "FULL", "key:1"), NOW), CallBack)


def test_a_limit_turns_away_nobody_who_is_owed_a_call(nanjing: Catalogue) -> None:
    owed = replace(ARRIVED, known=Known(missed=True))
    step = next_step(nanjing, owed, NOW)
    assert isinstance(step, Queue)
    assert (step.most_waiting, step.priority) == (0, nanjing.limits.repeat_priority)


def test_a_general_limit_with_words_for_it_is_no_fault(
    small_city: str, loaded: Callable[[str], Catalogue]
) -> None:
    text = small_city.replace("kind: general}", "kind: general, most_waiting: 300}")
    assert loaded(text + "  full: wait\n").general.most_waiting == 300
