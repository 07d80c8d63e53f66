"""A call's next step, walked as callers and failures walk it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from routing.catalogue import Catalogue
from routing.next_step import language_chosen, next_step
from routing.steps import (
    Call,
    Emergency,
    Hangup,
    Known,
    Outcome,
    Queue,
    Rule,
    Step,
    SubCentre,
    Survey,
)

MONDAY_NOON = datetime(2026, 11, 23, 12, 0)


def after(catalogue: Catalogue, dnis: str, *path: str, now: datetime = MONDAY_NOON) -> Step:
    """The step of a call to `dnis` after outcomes written like "queue:general-seats=TIMEOUT".

    The number is withheld: such a caller is not offered a call-back (test_offers.py).
    """
    outcomes = tuple(Outcome(*outcome.split("=")) for outcome in path)
    return next_step(catalogue, Call("c1", dnis, "", "carrier", outcomes), now)


def queued(step: Step) -> Queue:
    assert isinstance(step, Queue)
    return step


def test_given_12345_when_silent_then_a_person_without_end(nanjing: Catalogue) -> None:
    step = queued(after(nanjing, "12345"))
    assert (step.queue, step.wait_seconds, step.priority) == ("general-seats", 0, 0)
    assert step.speech.prompts == ("greeting-12345",)
    assert step.speech.keys == "01234"
    assert step.reason.rule is Rule.MAIN


def test_given_12345_when_1_is_pressed_then_the_enterprise_line_at_once(
    nanjing: Catalogue,
) -> None:
    step = queued(after(nanjing, "12345", "speech=key:1"))
    assert (step.queue, step.speech.prompts, step.reason.rule) == ("enterprise", (), Rule.KEY)


@pytest.mark.parametrize("key", ["0", "7", "*", "", "12", "x"])
def test_given_any_other_key_then_a_person(nanjing: Catalogue, key: str) -> None:
    step = queued(after(nanjing, "12333", f"speech=key:{key}"))
    assert (step.queue, step.reason.rule) == ("general-seats", Rule.KEY_PERSON)


def test_given_speech_that_ended_without_a_key_then_the_step_itself_in_silence(
    nanjing: Catalogue,
) -> None:
    step = queued(after(nanjing, "12333", "speech=TIMEOUT"))
    assert (step.queue, step.speech.prompts) == ("expert-12333", ())


@pytest.mark.parametrize(
    "number", ["02512333", "+862512333", "862512333", "8602512333", "+8602512333", "00862512333"]
)
def test_dialled_forms_of_one_number_are_one_number(nanjing: Catalogue, number: str) -> None:
    assert queued(after(nanjing, number)).queue == "expert-12333"


@pytest.mark.parametrize(
    "number", ["", "7", "99999999", "s", "12345;rm", "\uff11\uff12\uff13\uff14\uff15", "0" * 300]
)
def test_given_an_unknown_number_then_the_general_queue(nanjing: Catalogue, number: str) -> None:
    step = queued(after(nanjing, number))
    assert (step.queue, step.reason.rule) == ("general-seats", Rule.UNKNOWN_NUMBER)


@pytest.mark.parametrize("number", ["84000000", "051284000000", "+8651284000000"])
def test_a_pilot_number_is_answered_as_the_main_number(
    small_city: str, loaded: Callable[[str], Catalogue], number: str
) -> None:
    main = 'hotline_number: "12345"\n'
    city = loaded(small_city.replace(main, f"{main}  pilot_numbers: [84000000]\n"))
    step = queued(after(city, number))
    assert (step.queue, step.speech.prompts, step.reason.rule) == (
        "general-seats",
        ("hello",),
        Rule.MAIN,
    )


@pytest.mark.parametrize("number", ["12330", "12331", "12358", "12365"])
def test_numbers_that_joined_12315_are_served_as_12315(nanjing: Catalogue, number: str) -> None:
    step = queued(after(nanjing, number))
    assert step.speech.prompts == ("greeting-12315", f"notice-{number}")
    assert (step.queue, step.reason.rule) == ("general-seats", Rule.JOINED)


def test_a_notice_is_heard_until_midnight_of_its_last_day_in_the_city(nanjing: Catalogue) -> None:
    last = datetime(2027, 12, 31, 15, 59, 59, tzinfo=UTC)  # 23:59:59 in Nanjing
    past = datetime(2027, 12, 31, 16, 0, tzinfo=UTC)
    assert queued(after(nanjing, "12349", now=last)).speech.prompts == ("greeting", "notice-12349")
    assert queued(after(nanjing, "12349", now=past)).speech.prompts == ("greeting",)


@pytest.mark.parametrize("result", ["TIMEOUT", "JOINEMPTY", "FULL", "UNKNOWN", "WITHDRAW", ""])
def test_given_no_expert_answers_then_the_general_queue(nanjing: Catalogue, result: str) -> None:
    step = queued(after(nanjing, "12348", f"queue:expert-12348={result}"))
    assert (step.queue, step.wait_seconds) == ("general-seats", 0)
    assert step.speech.prompts == ("overflow",)
    assert step.reason.rule is Rule.OVERFLOW
    assert step.priority == (1 if result == "TIMEOUT" else 0)


@pytest.mark.parametrize("result", ["TIMEOUT", "JOINEMPTY", "FULL", "UNKNOWN", "LEAVEEMPTY", ""])
def test_the_general_queue_is_asked_again_whatever_it_returns(
    nanjing: Catalogue, result: str
) -> None:
    step = queued(after(nanjing, "12345", *[f"queue:general-seats={result}"] * 30))
    assert (step.queue, step.wait_seconds) == ("general-seats", 0)
    assert step.speech.prompts == ("still-waiting",)


@pytest.mark.parametrize("word", ["queue:general-seats", "subcentre:12366", "emergency:119"])
def test_a_caller_who_has_spoken_with_a_person_is_hung_up(nanjing: Catalogue, word: str) -> None:
    step = after(nanjing, "12366", f"{word}=ANSWER")
    assert isinstance(step, Hangup)
    assert (step.cause, step.reason.rule) == (16, Rule.SERVED)
    many = [f"{word}=BUSY"] * 20
    assert isinstance(after(nanjing, "12366", *many, "queue:general-seats=CONTINUE"), Survey)


@pytest.mark.parametrize("result", ["NOANSWER", "BUSY", "CHANUNAVAIL", "CONGESTION", "CANCEL", ""])
def test_given_the_sub_centre_fails_then_back_ahead_of_others(
    nanjing: Catalogue, result: str
) -> None:
    first = after(nanjing, "12366")
    assert isinstance(first, SubCentre)
    assert (first.speech.prompts, first.ring_seconds) == (("greeting-12366",), 20)
    step = queued(after(nanjing, "12366", f"subcentre:12366={result}"))
    assert (step.queue, step.priority) == ("general-seats", 20)
    assert step.speech.prompts == ("sub-centre-return",)


def test_given_12366_when_0_is_pressed_then_one_of_our_own_people(nanjing: Catalogue) -> None:
    assert queued(after(nanjing, "12366", "speech=key:0")).queue == "general-seats"


def test_given_an_emergency_that_nobody_took_then_first_in_the_general_queue(
    nanjing: Catalogue,
) -> None:
    assert isinstance(after(nanjing, "119"), Emergency)
    step = queued(after(nanjing, "119", "emergency:119=CONGESTION"))
    assert (step.queue, step.priority) == ("general-seats", 30)
    still = queued(after(nanjing, "119", "emergency:119=BUSY", "queue:general-seats=FULL"))
    assert (still.queue, still.priority) == ("general-seats", 30)


def test_who_goes_without_experts_is_marked_until_a_person_answers(nanjing: Catalogue) -> None:
    bound = queued(after(nanjing, "12333"))
    assert bound.wanted == ""
    for result in ("TIMEOUT", "FULL", "JOINEMPTY"):
        step = queued(after(nanjing, "12333", f"queue:expert-12333={result}"))
        assert (step.queue, step.wanted) == ("general-seats", "expert-12333")
    service = queued(after(nanjing, "12313", "queue:service-12313=FULL"))
    assert service.wanted == "service-12313"
    enterprise = queued(after(nanjing, "12345", "speech=key:1", "queue:enterprise=TIMEOUT"))
    assert (enterprise.queue, enterprise.wanted) == ("general-seats", "")
    by_choice = queued(after(nanjing, "12333", "speech=key:0"))
    assert by_choice.wanted == "", "who presses 0 wants a person, any person"


def test_a_limit_on_waiting_is_for_those_who_come_new(
    small_city: str, loaded: Callable[[str], Catalogue]
) -> None:
    legal = "    overflow: general-seats\n    hours:"
    tax = (
        "  - {name: tax, name_zh: 税, name_en: Tax, kind: service, wait_seconds: 9,\n"
        "     overflow: legal}\nseats:\n"
    )
    text = small_city.replace(legal, f"    most_waiting: 3\n{legal}").replace("seats:\n", tax, 1)
    city = loaded(text.replace("expert_queue: legal", "expert_queue: tax"))
    key = queued(after(city, "12345", "speech=key:1"))
    assert (key.queue, key.most_waiting) == ("legal", 3)
    full = queued(after(city, "12348", "queue:tax=FULL"))
    assert (full.queue, full.most_waiting, full.wanted) == ("legal", 3, "")
    waited = queued(after(city, "12348", "queue:tax=TIMEOUT"))
    assert (waited.queue, waited.most_waiting) == ("legal", 0)
    on = queued(after(city, "12348", "queue:tax=TIMEOUT", "queue:legal=TIMEOUT"))
    assert (on.queue, on.wanted) == ("general-seats", "legal")


def test_given_expert_seats_out_of_hours_then_the_overflow_at_once(
    small_city: str, loaded: Callable[[str], Catalogue]
) -> None:
    city = loaded(small_city)
    open_step = queued(after(city, "12348", now=datetime(2026, 11, 23, 9, 0)))
    shut_step = queued(after(city, "12348", now=datetime(2026, 11, 23, 17, 0)))
    key_step = queued(after(city, "12345", "speech=key:1", now=datetime(2026, 11, 22, 10, 0)))
    assert (open_step.queue, open_step.wait_seconds) == ("legal", 20)
    assert (shut_step.queue, shut_step.reason.rule) == ("general-seats", Rule.OUT_OF_HOURS)
    assert shut_step.reason.source == "city.yaml:50"
    assert (shut_step.wanted, key_step.wanted) == ("legal", "legal")
    assert shut_step.speech.prompts == ("hello",)
    assert key_step.queue == "general-seats"


def test_given_a_day_off_then_experts_are_away_and_on_a_make_up_day_they_work(
    small_city: str, loaded: Callable[[str], Catalogue]
) -> None:
    calendar = (
        "calendar:\n"
        "  days_off: [{first: 2026-10-01, last: 2026-10-07, name_zh: 国庆, name_en: National}]\n"
        "  workdays: [{day: 2026-10-10, name_zh: 调休, name_en: Make-up}]\n"
    )
    city = loaded(small_city + calendar)
    off = queued(after(city, "12348", now=datetime(2026, 10, 5, 10, 0)))
    worked = queued(after(city, "12348", now=datetime(2026, 10, 10, 10, 0)))
    assert (off.queue, off.reason.rule) == ("general-seats", Rule.OUT_OF_HOURS)
    assert worked.queue == "legal"
    on_duty = 'hours: ["mon-fri 09:00-17:00"]'
    city = loaded(
        (small_city + calendar).replace(
            on_duty, f'{on_duty}\n    holiday_hours: ["mon 10:00-11:00"]'
        )
    )
    assert queued(after(city, "12348", now=datetime(2026, 10, 5, 10, 0))).queue == "legal"
    city = loaded((small_city + calendar).replace(f"    {on_duty}\n", ""))
    assert queued(after(city, "12348", now=datetime(2026, 10, 5, 3, 0))).queue == "legal"


def test_an_open_list_line_is_a_merged_number(
    small_city: str, loaded: Callable[[str], Catalogue]
) -> None:
    text = small_city + (
        "open_list:\n"
        "  {name_zh: 各区热线, name_en: Lines, unit_zh: 各区, unit_en: Districts, clause: 附,\n"
        "   queue: general-seats, notice: {prompt: moved, until: 2027-12-31}, lines: [\n"
        '   {number: "65000000", name_zh: 某区, name_en: A, unit_zh: 某, unit_en: B}]}\n'
    )
    city = loaded(text)
    line = city.hotline("051265000000")
    assert line is not None
    assert (line.line, line.mode.value, line.clause) == (True, "merged", "附")
    assert queued(after(city, "65000000")).speech.prompts == ("hello", "moved")


@pytest.mark.parametrize("known", [Known(missed=True), Known(call_back=True)])
def test_given_a_caller_who_rang_in_vain_when_ringing_again_then_before_new_callers(
    nanjing: Catalogue, known: Known
) -> None:
    for dnis, queue in (("12345", "general-seats"), ("12333", "expert-12333")):
        call = Call("c1", dnis, "13812345678", "carrier", (), known)
        step = queued(next_step(nanjing, call, MONDAY_NOON))
        assert (step.queue, step.priority) == (queue, nanjing.limits.repeat_priority)
        assert step.priority > nanjing.limits.overflow_priority
    assert isinstance(
        next_step(nanjing, Call("c1", "110", "", "", (), known), MONDAY_NOON), Emergency
    )


@pytest.mark.parametrize(
    ("key", "queue", "language"), [("3", "english", "en"), ("4", "dialect", "zh")]
)
def test_who_chose_a_language_by_key_is_spoken_to_in_it_from_there_on(
    nanjing: Catalogue, key: str, queue: str, language: str
) -> None:
    assert after(nanjing, "12345").speech.language == "zh"
    path = [f"speech=key:{key}"]
    for result in ("TIMEOUT", "JOINEMPTY"):
        step = queued(after(nanjing, "12345", *path))
        assert (step.queue, step.speech.language) == (queue, language)
        gone = queued(after(nanjing, "12345", *path, f"queue:{queue}={result}"))
        assert (gone.queue, gone.speech.prompts) == ("general-seats", ("overflow",))
        assert gone.speech.language == language
    again = after(nanjing, "12345", *path, f"queue:{queue}=TIMEOUT", "queue:general-seats=FULL")
    assert again.speech.language == language


def test_who_chose_a_language_before_is_led_there_and_0_is_still_a_person(
    nanjing: Catalogue,
) -> None:
    def rings(dnis: str, language: str) -> Step:
        call = Call("c1", dnis, "13812345678", "carrier", (), Known(language=language))
        return next_step(nanjing, call, MONDAY_NOON)

    step = queued(rings("12345", "english"))
    assert (step.queue, step.reason.rule) == ("english", Rule.LANGUAGE)
    assert (step.speech.prompts, step.speech.keys) == (("greeting-12345",), "01234")
    assert step.speech.language == "en"
    assert queued(after(nanjing, "12345", "speech=key:0")).queue == "general-seats"
    for word in ("", "en", "expert-12333", "x" * 99):
        assert queued(rings("12345", word)).queue == "general-seats", "no language's queue"
    other = queued(rings("12333", "english"))
    assert (other.queue, other.speech.language) == ("expert-12333", "zh"), "the main number's alone"
    assert isinstance(rings("119", "english"), Emergency)


@pytest.mark.parametrize(
    ("dnis", "path", "chosen"),
    [
        ("12345", "speech=key:3", "english"),
        ("12345", "speech=key:4", "dialect"),
        ("12345", "speech=key:0", ""),
        ("12345", "speech=key:1", None),
        ("12345", "speech=key:9", None),
        ("12345", "queue:english=TIMEOUT", None),
        ("12333", "speech=key:0", None),
        ("12333", "speech=key:3", None),
    ],
)
def test_what_a_key_says_about_languages(
    nanjing: Catalogue, dnis: str, path: str, chosen: str | None
) -> None:
    outcomes = (Outcome(*path.split("=")),)
    assert language_chosen(nanjing, Call("c1", dnis, "", "carrier", outcomes)) == chosen
    assert language_chosen(nanjing, Call("c1", dnis, "", "carrier")) is None


def test_the_enterprise_line_may_have_a_number_of_its_own(
    small_city: str, loaded: Callable[[str], Catalogue]
) -> None:
    own = (
        '  - {number: "65001234", name_zh: 一企来, name_en: Enterprises, unit_zh: 政务办,\n'
        "     unit_en: Office, mode: parallel, queue: legal, clause: 五}\nqueues:\n"
    )
    text = small_city.replace("queues:\n  -", f"{own}  -").replace("expert", "enterprise")
    city = loaded(text.replace("enterprise_queue", "expert_queue"))
    step = queued(after(city, "051265001234"))
    assert (step.queue, step.reason.rule) == ("legal", Rule.ENTERPRISE)
    assert step.speech.keys == "0"
