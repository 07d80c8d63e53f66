"""Every number of the plan's annex, dialled for real, reaches what the plan says.

The tables are written by hand from annex 1 of 宁政办发〔2021〕57号; they do not read the catalogue.
One day is placed: each number with nobody pressing anything, with 0, with a key that means nothing
and with each key that is offered, all at once, while the seats are staffed as the catalogue says.
What happened is read from Asterisk's queue_log and channel event log, what was heard from the
sound itself; sipp judges whether every caller was served.
"""

import pytest

from tests.support.line import Line
from tests.support.walks import Walk
from tests.support.working_day import Caller, WorkingDay, working_day

MERGED = ["12349", "12336", "12312", "12301", "96119", "12316", "96510", "96196"]
JOINED = ["12330", "12331", "12358", "12365"]
PARALLEL = [
    *("12348", "12333", "12369", "12319", "12329", "12328", "12318"),
    *("12320", "12350", "12315", "12393", "12385", "12313"),
]
SUB_CENTRE = "12366"
EMERGENCY = ["110", "119", "120", "122"]
EXPERT_SEATS = {"12316", "12348", "12333", "12329", "12320", "12393"}
SERVICE_SEATS = {"12313"}
OFFERED = {"12345": {"1": "enterprise", "3": "english", "4": "dialect"}}
PERSON, NO_MEANING, SILENCE = "0", "9", ""
GENERAL = "general-seats"
OURS = ["12345", *MERGED, *JOINED, *PARALLEL]
SPOKEN = [*OURS, SUB_CENTRE]

CALLS = [
    (number, key)
    for number in SPOKEN
    for key in (SILENCE, PERSON, NO_MEANING, *OFFERED.get(number, ()))
]
CALLS += [("12345", "*"), *((number, SILENCE) for number in EMERGENCY)]


def queue_of(number: str, key: str) -> str:
    """Return the queue the annex implies for a number when a key is pressed, or none."""
    if number in SERVICE_SEATS:
        return f"service-{number}"
    if number in EXPERT_SEATS and key == SILENCE:
        return f"expert-{number}"
    return OFFERED.get(number, {}).get(key, GENERAL)


def steps_of(number: str, key: str) -> list[str]:
    """Return the decisions that bring a caller to a person."""
    if number in EMERGENCY:
        return [f"emergency:{number}"]
    first = "subcentre:12366" if number == SUB_CENTRE else f"queue:{queue_of(number, SILENCE)}"
    return [first] if key == SILENCE else [first, f"queue:{queue_of(number, key)}"]


def led(way: Walk) -> list[str]:
    """Return the steps that led to somebody; what is asked after the talk leads nowhere."""
    return [word for word in way.words if word.startswith(("queue:", "subcentre:", "emergency:"))]


def opening(caller: Caller, line: Line) -> list[str]:
    """Return the greetings and notices a caller heard to their ends."""
    heard = caller.ear.heard(line.instance.prompts / "zh")
    return [prompt for prompt in heard if prompt.startswith(("greeting", "notice"))]


def prompts_of(number: str) -> list[str]:
    """Return what a caller who presses nothing hears before anybody is rung."""
    if number in JOINED:
        return ["greeting-12315", f"notice-{number}"]
    if number in MERGED:
        return ["greeting", f"notice-{number}"]
    return [] if number in EMERGENCY else [f"greeting-{number}"]


def name(call: object) -> str:
    """Name a call in the list of tests: ``12345-3``."""
    return "-".join(word or "silence" for word in call) if isinstance(call, tuple) else str(call)


@pytest.fixture(scope="module")
def day(
    line: Line, peers: dict[str, tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> WorkingDay:
    return working_day(line, peers, CALLS, tmp_path_factory.mktemp("day"))


def test_every_caller_is_served_by_a_person(day: WorkingDay) -> None:
    assert day.counts == {"created": len(CALLS), "successful": len(CALLS), "failed": 0}, day.errors


@pytest.mark.parametrize("call", [c for c in CALLS if c[0] in OURS or c[1]], ids=name)
def test_a_call_is_answered_in_the_queue_of_its_number_and_key_and_in_no_other(
    day: WorkingDay, line: Line, call: tuple[str, str]
) -> None:
    walk, queue = day.walk(call), queue_of(*call)

    assert walk.entered == [queue]
    [(connected_in, seat)] = walk.answered_by
    assert connected_in == queue
    assert queue in line.catalogue.seat_queues(seat)
    assert walk.rung == (f"{seat}-desk",)
    assert led(walk) == steps_of(*call)
    assert {(s.source, s.dnis, s.landed) for s in walk.steps} == {("loop", call[0], "uri")}


@pytest.mark.parametrize("number", [SUB_CENTRE, *EMERGENCY])
def test_a_number_that_is_not_ours_is_dialled_there_and_enters_no_queue(
    day: WorkingDay, number: str
) -> None:
    walk = day.walk((number, SILENCE))
    peer = "emergency" if number in EMERGENCY else "subcentre-12366"

    assert walk.rung == (peer,)
    assert walk.queue_rows == ()
    assert led(walk) == steps_of(number, SILENCE)


def test_each_peer_is_asked_for_exactly_the_numbers_that_were_dialled(day: WorkingDay) -> None:
    """Number in the request URI and caller, as they arrive; keys and other numbers add nothing."""
    assert day.asked["emergency"] == {(n, day.caller((n, SILENCE)).caller_id) for n in EMERGENCY}
    called = day.caller((SUB_CENTRE, SILENCE)).caller_id
    assert day.asked["subcentre-12366"] == {(SUB_CENTRE, called)}


@pytest.mark.parametrize("number", SPOKEN)
def test_who_presses_nothing_hears_the_greeting_and_the_notice_to_their_ends(
    day: WorkingDay, line: Line, number: str
) -> None:
    assert opening(day.caller((number, SILENCE)), line) == prompts_of(number)


@pytest.mark.parametrize("number", [*JOINED, *MERGED])
def test_a_notice_is_over_before_the_queue_is_entered(
    day: WorkingDay, line: Line, number: str
) -> None:
    walk = day.walk((number, SILENCE))
    files = [line.instance.prompts / f"zh/{prompt}.alaw" for prompt in prompts_of(number)]
    spoken = sum(file.stat().st_size for file in files) / 8000

    assert walk.answered_at is not None
    waited = (walk.queue_rows[0].at - walk.answered_at).total_seconds()
    assert waited > spoken - 1, "queue_log knows whole seconds"


@pytest.mark.parametrize("call", [c for c in CALLS if c[1]], ids=name)
def test_a_key_cuts_the_greeting_short(day: WorkingDay, line: Line, call: tuple[str, str]) -> None:
    assert opening(day.caller(call), line) == []


def test_the_keys_are_those_of_the_catalogue(line: Line) -> None:
    """A key that is offered and not pressed here would be a key nobody has tried."""
    offered = {h.number: dict(h.keys) for h in line.catalogue.hotlines if h.keys}
    assert offered == OFFERED
