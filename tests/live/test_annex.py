"""Every number of the plan's annex, dialled for real, reaches what the plan says.

The table is written by hand from annex 1 of 宁政办发〔2021〕57号; it does not read the catalogue.
What happened is read from Asterisk's queue_log and channel event log.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ear import Ear
from tests.support.line import Line
from tests.support.seat import ringing_seat
from tests.support.sipp import SCENARIOS, Carrier, Dial
from tests.support.until import until

MERGED = [
    "12349",
    "12336",
    "12312",
    "12301",
    "96119",
    "12330",
    "12331",
    "12358",
    "12365",
    "12316",
    "96510",
    "96196",
]
PARALLEL = [
    "12348",
    "12333",
    "12369",
    "12319",
    "12329",
    "12328",
    "12318",
    "12320",
    "12350",
    "12315",
    "12393",
    "12385",
    "12313",
]
EXPERT_SEATS = {"12316", "12348", "12333", "12329", "12320", "12393"}
SERVICE_SEATS = {"12313"}
_callers = itertools.count(13700000001)


def expected_queue(number: str) -> str:
    """Return the queue the annex implies for a number."""
    if number in EXPERT_SEATS:
        return f"expert-{number}"
    if number in SERVICE_SEATS:
        return f"service-{number}"
    return "general-seats"


@pytest.fixture
def desk(line: Line, tmp_path: Path) -> Iterator[None]:
    """A seat with a desk phone sits in every queue; it rings and is not picked up."""
    with ringing_seat(line, tmp_path, "8020", *(queue.name for queue in line.catalogue.queues)):
        yield


ANNEX = ["12345", *MERGED, *PARALLEL]


@pytest.mark.usefixtures("desk")
def test_every_number_of_the_annex_reaches_its_seats_without_a_key(
    line: Line, carrier: Carrier
) -> None:
    """Silence is the common case: the notice or greeting, then a queue, in hours that are open."""
    callers = {number: str(next(_callers)) for number in ANNEX}

    calls = carrier.place([Dial(number, callers[number], stay=14) for number in ANNEX])

    for number in ANNEX:
        entered = until(
            lambda number=number: line.entered(callers[number]), 15, f"{number} enters a queue"
        )
        assert entered[0] == expected_queue(number), number
        first_step = line.steps(number)[0].split()
        assert first_step[:3] == ["1", "loop", f"queue:{expected_queue(number)}"], number
    assert calls.wait(40) == 0, calls.errors()


def test_with_no_expert_at_a_seat_every_number_reaches_the_general_seats(
    line: Line, carrier: Carrier
) -> None:
    callers = {number: str(next(_callers)) for number in ANNEX}

    carrier.place([Dial(number, callers[number], stay=18) for number in ANNEX])

    for number in ANNEX:
        entered = until(
            lambda number=number: line.entered(callers[number]), 20, f"{number} enters a queue"
        )
        assert entered[-1] == "general-seats", number


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("number", ["12345", "12349", "12333", "12313"])
def test_a_key_during_the_greeting_brings_a_person_at_once(
    line: Line, carrier: Carrier, caller: str, number: str
) -> None:
    ear = Ear(carrier.host)
    carrier.place([Dial(number, caller, ear.port, stay=6)])
    until(lambda: ear.heard_seconds > 0.5, 5, "the greeting is heard")
    assert line.entered(caller) == [], "the greeting is not over, so there is no queue yet"

    ear.press("0")

    until(lambda: line.entered(caller), 1.5, "0 brings a person at once")
    ear.close()


def test_every_spelling_a_carrier_sends_is_the_same_number(line: Line, carrier: Carrier) -> None:
    forms = ["12319", "02512319", "862512319", "+862512319", "8602512319"]
    callers = {form: str(next(_callers)) for form in forms}

    carrier.place([Dial(form, callers[form], stay=10) for form in forms])

    for form in forms:
        queues = until(lambda form=form: line.entered(callers[form]), 12, form)
        assert queues == ["general-seats"], form
    assert len(line.steps("12319")) >= len(forms)


@pytest.mark.parametrize("number", ["12399", "+862512399", "008602512345678"])
def test_a_number_nobody_knows_from_a_trusted_carrier_reaches_a_person(
    line: Line, carrier: Carrier, caller: str, number: str
) -> None:
    carrier.place([Dial(number, caller, stay=10)])
    assert until(lambda: line.entered(caller), 12) == ["general-seats"]


def test_12366_is_dialled_at_the_sub_centre_and_the_caller_stays_ours(
    line: Line,
    carrier: Carrier,
    other_centre: Carrier,
    caller: str,
    peers: dict[str, tuple[str, int]],
) -> None:
    centre = other_centre.answer(peers["subcentre-12366"][1])
    call = carrier.place([Dial("12366", caller, stay=9)])

    until(lambda: centre.counts()["created"] == 1, 12, "the sub-centre rings")
    assert call.wait(15) == 0, call.errors()
    assert line.entered(caller) == [], "the sub-centre answered: no queue of ours"
    assert line.steps("12366")[-1].split()[2] == "subcentre:12366"


@pytest.mark.parametrize("answer", ["486 Busy Here", "503 Service Unavailable"])
def test_12366_that_refuses_a_call_gives_it_back_and_a_person_takes_it(
    line: Line,
    carrier: Carrier,
    other_centre: Carrier,
    caller: str,
    peers: dict[str, tuple[str, int]],
    answer: str,
    tmp_path: Path,
) -> None:
    scenario = tmp_path / "refuser.xml"
    text = (SCENARIOS / "refuser.xml").read_text("utf-8")
    scenario.write_text(text.replace("486 Busy Here", answer), "utf-8")
    other_centre.answer(peers["subcentre-12366"][1], scenario)

    carrier.place([Dial("12366", caller, stay=20)])

    assert until(lambda: line.entered(caller), 20) == ["general-seats"]


def test_12366_that_never_answers_gives_the_call_back_and_a_person_takes_it(
    line: Line, carrier: Carrier, caller: str
) -> None:
    ring_seconds = line.catalogue.sub_centres[0].ring_seconds
    carrier.place([Dial("12366", caller, stay=ring_seconds + 20)])
    assert until(lambda: line.entered(caller), ring_seconds + 18) == ["general-seats"]


@pytest.mark.parametrize("number", ["110", "119", "120", "122"])
def test_an_emergency_number_is_passed_on_at_once(
    line: Line,
    carrier: Carrier,
    other_centre: Carrier,
    caller: str,
    number: str,
    peers: dict[str, tuple[str, int]],
) -> None:
    service = other_centre.answer(peers["emergency"][1])
    call = carrier.place([Dial(number, caller, stay=1)])

    until(lambda: service.counts()["created"] == 1, 10, "the emergency service rings")
    assert call.wait(10) == 0, call.errors()
    assert line.entered(caller) == []
