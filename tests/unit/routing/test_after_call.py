"""A caller whose agent has hung up is asked once how it was, and in the end thanked."""

from datetime import datetime

import pytest

from routing.catalogue import Catalogue
from routing.next_step import next_step
from routing.steps import Call, Hangup, Known, Outcome, Step, Survey

NOON = datetime(2026, 11, 27, 12, 0)
TALKED = (Outcome("queue:expert-12333", "TIMEOUT"), Outcome("queue:general-seats", "CONTINUE"))


def asked(catalogue: Catalogue, *answers: str) -> Step:
    path = (*TALKED, *(Outcome("survey", answer) for answer in answers))
    return next_step(catalogue, Call("c1", "12333", "", "carrier", path), NOON)


def test_who_stays_is_asked(nanjing: Catalogue) -> None:
    step = asked(nanjing)
    assert isinstance(step, Survey)
    assert (step.seconds, step.speech.prompts, step.reason.rule) == (6, ("survey",), "survey")


@pytest.mark.parametrize("answer", ["key:1", "key:5", "SILENCE", "key"])
def test_an_answer_or_none_is_thanked_for(nanjing: Catalogue, answer: str) -> None:
    step = asked(nanjing, answer)
    assert isinstance(step, Hangup)
    assert (step.cause, step.speech.prompts, step.reason.rule) == (16, ("thanks",), "surveyed")


@pytest.mark.parametrize("key", ["0", "6", "9", "*"])
def test_a_key_that_means_nothing_is_told_once(nanjing: Catalogue, key: str) -> None:
    again = asked(nanjing, f"key:{key}")
    assert isinstance(again, Survey)
    assert again.speech.prompts == ("survey-again",)
    for second in ("key:4", f"key:{key}", "SILENCE"):
        assert isinstance(asked(nanjing, f"key:{key}", second), Hangup)


def test_a_city_without_a_survey_says_goodbye_at_once(nanjing: Catalogue) -> None:
    quiet = nanjing.model_copy(update={"after_call": None})
    step = asked(quiet)
    assert isinstance(step, Hangup)
    assert step.speech.prompts == ()


def test_who_has_a_ticket_hears_its_digits_and_its_pin(nanjing: Catalogue) -> None:
    known = Known(ticket="NJ20261127-000042", pin="908172")
    path = (*TALKED, Outcome("survey", "key:5"))
    step = next_step(nanjing, Call("c1", "12333", "", "carrier", path, known), NOON)
    said = step.speech.prompts
    assert (said[0], said[15], said[-1]) == ("your-ticket", "your-pin", "thanks")
    digits = "".join(prompt.removeprefix("letters/") for prompt in (*said[1:15], *said[16:-1]))
    assert digits == "20261127000042" + "908172"
