"""Key 2 at 12345: a ticket's number, its PIN, its state in plain words, and a person at the end."""

from datetime import datetime

import pytest

from routing.catalogue import Catalogue
from routing.next_step import next_step
from routing.steps import Ask, Call, Keyed, Known, Outcome, Queue, Step

NOON = datetime(2026, 11, 27, 12, 0)
KEY = Outcome("speech", "key:2")
NUMBER = Outcome("ask:number", "DIGITS")
PIN = Outcome("ask:pin", "DIGITS")
CHOICE = Outcome("ask:choice", "DIGITS")
GIVEN = Keyed("20261127000001", "123456")


def step_after(
    catalogue: Catalogue, *path: Outcome, told: str = "", keyed: Keyed = GIVEN, dnis: str = "12345"
) -> Step:
    call = Call("c1", dnis, "", "carrier", path, Known(progress=told), keyed)
    return next_step(catalogue, call, NOON)


def asked(step: Step) -> tuple[str, tuple[str, ...]]:
    assert isinstance(step, Ask)
    return step.what, step.speech.prompts


def person(step: Step) -> tuple[str, ...]:
    """Return what is said on the way to a person."""
    assert isinstance(step, Queue)
    assert step.queue == "general-seats"
    return step.speech.prompts


def test_number_then_pin_then_the_state_then_a_choice(nanjing: Catalogue) -> None:
    assert asked(step_after(nanjing, KEY)) == ("number", ("progress-number",))
    assert asked(step_after(nanjing, KEY, NUMBER)) == ("pin", ("progress-pin",))
    told = step_after(nanjing, KEY, NUMBER, PIN, told="accepted")
    assert asked(told) == ("choice", ("progress-accepted", "progress-choice"))
    unheard_of = step_after(nanjing, KEY, NUMBER, PIN, told="supervised")
    assert asked(unheard_of) == ("choice", ("progress-other", "progress-choice"))
    assert person(step_after(nanjing, KEY, NUMBER, PIN, CHOICE)) == ()


def test_a_wrong_pin_may_be_tried_three_times(nanjing: Catalogue) -> None:
    path = (KEY,)
    for _ in range(2):
        path = (*path, NUMBER, PIN)
        again = step_after(nanjing, *path, told="wrong")
        assert asked(again) == ("number", ("progress-wrong", "progress-number"))
    assert person(step_after(nanjing, *path, NUMBER, PIN, told="wrong")) == ("progress-wrong",)


@pytest.mark.parametrize(
    ("path", "told", "keyed", "said"),
    [
        ((KEY, Outcome("ask:number", "SILENCE")), "", Keyed(), ()),
        ((KEY, NUMBER), "", Keyed("0"), ()),
        ((KEY, NUMBER, Outcome("ask:pin", "SILENCE")), "", GIVEN, ()),
        ((KEY, NUMBER, PIN), "", GIVEN, ()),
        ((KEY, NUMBER, PIN), "locked", GIVEN, ("progress-locked",)),
        ((KEY, NUMBER, PIN, Outcome("ask:choice", "SILENCE")), "", GIVEN, ()),
    ],
    ids=["silence", "0", "no-pin", "nobody-could-tell", "locked", "nothing-chosen"],
)
def test_every_other_road_leads_to_a_person(
    nanjing: Catalogue, path: tuple[Outcome, ...], told: str, keyed: Keyed, said: tuple[str, ...]
) -> None:
    assert person(step_after(nanjing, *path, told=told, keyed=keyed)) == said


def test_the_key_means_nothing_at_other_numbers(nanjing: Catalogue) -> None:
    assert isinstance(step_after(nanjing, KEY, dnis="12333"), Queue)


def test_what_was_keyed_in_is_not_printed() -> None:
    assert "123456" not in repr(Call("c1", "12345", "", "carrier", keyed=GIVEN))
