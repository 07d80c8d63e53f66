"""Where nobody sits, or a sub-centre does not take the call, the caller goes on to a person.

One night is placed: every number of the annex at once, with no seat staffed and nobody at 12366.
"""

import itertools
from pathlib import Path

import pytest

from tests.live.conftest import CARRIER
from tests.live.test_annex import EXPERT_SEATS, GENERAL, OURS, SERVICE_SEATS, SUB_CENTRE
from tests.support.line import Line
from tests.support.sipp import SCENARIOS, Carrier, Dial
from tests.support.until import until
from tests.support.walks import Walk, walks

SPELLINGS = ["02512319", "862512319", "+862512319", "8602512319"]
UNKNOWN = ["12399", "+862512399", "008602512345678"]
_callers = itertools.count(13710000001)


@pytest.fixture(scope="module")
def night(line: Line, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Walk]:
    """Each number's call, until it is in the general queue."""
    callers = {n: str(next(_callers)) for n in [*OURS, *SPELLINGS, *UNKNOWN, SUB_CENTRE]}
    ringing = line.catalogue.sub_centres[0].ring_seconds
    with Carrier(CARRIER, line.target, tmp_path_factory.mktemp("night")) as carrier:
        carrier.place([Dial(n, caller, stay=ringing + 20) for n, caller in callers.items()])
        for number, caller in callers.items():
            until(lambda who=caller: GENERAL in line.entered(who), ringing + 18, number)
        found = walks(line)
    return {number: found[caller] for number, caller in callers.items()}


@pytest.mark.parametrize("number", OURS)
def test_with_nobody_at_a_seat_a_number_ends_in_the_general_queue(
    night: dict[str, Walk], number: str
) -> None:
    """Experts who are not there are passed by; the general queue is left by nobody."""
    special = EXPERT_SEATS | SERVICE_SEATS
    first = {f"queue:{kind}-{number}" for kind in ("expert", "service")} & set(night[number].words)
    assert len(first) == (number in special)
    assert night[number].words == [*first, f"queue:{GENERAL}"]
    assert night[number].entered == [GENERAL]


@pytest.mark.parametrize("number", SPELLINGS)
def test_every_spelling_a_carrier_sends_is_the_same_number(
    night: dict[str, Walk], number: str
) -> None:
    assert night[number].entered == [GENERAL]
    assert [step.dnis for step in night[number].steps] == ["12319"]


@pytest.mark.parametrize("number", UNKNOWN)
def test_a_number_nobody_knows_from_a_trusted_carrier_reaches_a_person(
    night: dict[str, Walk], number: str
) -> None:
    assert night[number].entered == [GENERAL]


def test_12366_that_never_answers_gives_the_call_back_and_a_person_takes_it(
    night: dict[str, Walk],
) -> None:
    assert night[SUB_CENTRE].words == [f"subcentre:{SUB_CENTRE}", f"queue:{GENERAL}"]
    assert night[SUB_CENTRE].rung == ("subcentre-12366",)
    assert night[SUB_CENTRE].entered == [GENERAL]


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

    carrier.place([Dial(SUB_CENTRE, caller, stay=20)])

    assert until(lambda: line.entered(caller), 20) == [GENERAL]
    assert walks(line)[caller].rung == ("subcentre-12366",)
