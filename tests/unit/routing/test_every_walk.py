"""Whatever is dialled and whatever fails, at any time: a person, and never somebody else's 119."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from routing.catalogue import Catalogue, MergerMode
from routing.next_step import SPEECH, next_step
from routing.steps import (
    Call,
    CallBack,
    Emergency,
    Hangup,
    Known,
    Message,
    Outcome,
    Queue,
    Step,
    SubCentre,
)

FAILURES = ("TIMEOUT", "JOINEMPTY", "FULL", "UNKNOWN", "WITHDRAW", "NOANSWER", "BUSY",
            "CHANUNAVAIL", "CONGESTION", "CANCEL", "INVALIDARGS", "LONG", "")  # fmt: skip
FULL = "queue:general-seats"
WORDS = st.sampled_from(
    ["speech", "queue:general-seats", "queue:expert-12348", "queue:nowhere", "subcentre:12366",
     "subcentre:1", "emergency:119", "emergency:", "queue", "", "hangup", "survey", "::",
     "agent:8001-web", "partner:water", "message"]
)  # fmt: skip
# Words the memory may hold: queues of a language, one of another kind, one that is gone.
LANGUAGES = ("", "english", "dialect", "expert-12348", "esperanto")
CITIZEN = "+8613912345678"
CALLERS = st.sampled_from(["", CITIZEN, "110", "12345", "0" * 20])
TRANSFERS = ("transfer:water", "transfer:12366", "transfer:expert-12348", "transfer:119",
             "transfer:nobody", "transfer:")  # fmt: skip
RESULTS = st.sampled_from(
    [
        *FAILURES,
        *TRANSFERS,
        *(f"key:{key}" for key in ("0", "1", "2", "#", "")),
        "ANSWER",
        "CONTINUE",
        "LEFT",
    ]
)
MOMENTS = st.datetimes(timezones=st.none() | st.timezones())


def numbers(catalogue: Catalogue) -> st.SearchStrategy[str]:
    known = st.sampled_from(sorted(catalogue.index.hotlines))
    return known | st.text(max_size=20) | st.from_regex(r"[0-9]{3,15}", fullmatch=True)


@settings(max_examples=300, deadline=None)
@given(random=st.data())
def test_given_any_failures_then_the_call_settles_in_the_general_queue_or_ends_as_the_caller_chose(
    nanjing: Catalogue, random: st.DataObject
) -> None:
    dnis = random.draw(numbers(nanjing))
    caller = random.draw(CALLERS)
    now = random.draw(MOMENTS)
    known = Known(
        random.draw(st.sampled_from(LANGUAGES)),
        missed=random.draw(st.booleans()),
        sender_away=random.draw(st.booleans()),
    )
    call = Call("c1", dnis, caller, "carrier", known=known)
    settled = 0
    for _ in range(nanjing.limits.automatic_moves + 3):
        step = next_step(nanjing, call, now)
        if isinstance(step, Hangup):
            assert call.path[-1] == Outcome("message", "LEFT"), "nobody has spoken with the caller"
            assert call.path[-2] == Outcome(SPEECH, "key:2"), "only who asked for it"
            return
        if isinstance(step, CallBack):
            assert call.path[-1] == Outcome(SPEECH, "key:1"), "only who asked for it"
            assert caller == CITIZEN, "only who can be rung back"
            return
        settled = settled + 1 if _waits_for_ever(nanjing, step) else 0
        call = _after(call, step, random.draw(_ways_to_fail(step)))
    assert settled >= 2


@settings(max_examples=500, deadline=None)
@given(random=st.data())
def test_given_any_path_however_odd_then_a_step_that_fits_the_catalogue(
    nanjing: Catalogue, random: st.DataObject
) -> None:
    dnis = random.draw(numbers(nanjing))
    path = random.draw(st.lists(st.builds(Outcome, WORDS | st.text(), RESULTS | st.text())))
    caller = random.draw(CALLERS)
    step = next_step(nanjing, Call("c", dnis, caller, "", tuple(path)), random.draw(MOMENTS))
    hotline = nanjing.hotline(dnis)
    mode = hotline.mode if hotline else MergerMode.MAIN
    assert isinstance(step, Emergency) <= (mode is MergerMode.EMERGENCY)
    asked = Outcome("agent:8001-web", "transfer:12366") in path
    assert isinstance(step, SubCentre) <= (mode is MergerMode.SUB_CENTRE or asked)
    assert set(step.speech.prompts) <= set(nanjing.prompts)
    assert len(step.speech.prompts) <= 3
    if isinstance(step, Queue):
        assert nanjing.queue(step.queue) is not None
    if isinstance(step, CallBack):
        assert (path[-1], caller) == (Outcome(SPEECH, "key:1"), CITIZEN)
    if isinstance(step, Message):
        assert path[-2:] == [Outcome(FULL, "FULL"), Outcome(SPEECH, "key:2")]
    if isinstance(step, Hangup) and path[-1] == Outcome("message", "LEFT"):
        assert path[-3:-1] == [Outcome(FULL, "FULL"), Outcome(SPEECH, "key:2")]
    elif isinstance(step, Hangup):
        assert {outcome.result for outcome in path} & {"ANSWER", "CONTINUE"}
        assert path[-1].result in {"ANSWER", "CONTINUE"} or path[-1].step == "survey"


@settings(max_examples=200, deadline=None)
@given(random=st.data())
def test_given_an_emergency_number_then_only_that_number_is_dialled(
    nanjing: Catalogue, random: st.DataObject
) -> None:
    number = random.draw(st.sampled_from(["110", "119", "120", "122"]))
    path = random.draw(st.lists(st.builds(Outcome, WORDS, RESULTS), max_size=5))
    step = next_step(nanjing, Call("c", number, "", "", tuple(path)), datetime(2026, 1, 1))
    if isinstance(step, Emergency):
        assert step.number == number


def _waits_for_ever(catalogue: Catalogue, step: Step) -> bool:
    general = catalogue.general.name
    return isinstance(step, Queue) and step.queue == general and step.wait_seconds == 0


def _ways_to_fail(step: Step) -> st.SearchStrategy[str]:
    keys = [f"key:{key}" for key in step.speech.keys]
    if isinstance(step, Message):
        return st.sampled_from(["LEFT", "EMPTY", "PERSON", *keys])
    return st.sampled_from([*FAILURES, *keys])


def _after(call: Call, step: Step, result: str) -> Call:
    word = SPEECH if result.startswith("key:") else step.word
    path = (*call.path, Outcome(word, result))
    return replace(call, path=path, known=Known())  # asked for at the arrival only
