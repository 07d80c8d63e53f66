"""Which number did the caller dial? From trusted carriers, what Diversion and History-Info say."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from call_events.cel import parse_cel, step_of
from tests.support.catalogue import edited_copy
from tests.support.ear import Ear
from tests.support.line import Line, running_line
from tests.support.prompts import rendered_prompts
from tests.support.sipp import SCENARIOS, Carrier, Dial
from tests.support.until import until

TRUSTED, STRANGER = "127.0.0.2", "127.0.0.8"
PILOT = "84000000"
DISTRICT = "84000001"
DISTRICT_LINE = (
    f'{{number: "{DISTRICT}", name_zh: 某区便民服务热线, name_en: A district line, '
    "unit_zh: 某区人民政府, unit_en: A district government}"
)
EVIL = "%0d%0aEvent%3a%20QueueCallerAbandon%0d%0a"
_callers = itertools.count(13600000001)


@pytest.fixture(scope="module")
def landings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A line with a pilot number and a second carrier, which is not trusted."""
    home = tmp_path_factory.mktemp("landings")
    catalogue = edited_copy(
        home / "catalogue",
        ("pilot_numbers: []", f'pilot_numbers: ["{PILOT}"]'),
        ("trunks:\n", f"trunks:\n  - {{name: stranger, host: {STRANGER}}}\n"),
        ("  lines: []\n", f"  lines:\n    - {DISTRICT_LINE}\n"),
    )
    with running_line(home, rendered_prompts(), catalogue_path=catalogue) as running:
        yield running


@pytest.fixture
def trusted(landings: Line, tmp_path: Path) -> Iterator[Carrier]:
    with Carrier(TRUSTED, landings.target, tmp_path) as carrier:
        yield carrier


@pytest.fixture
def stranger(landings: Line, tmp_path: Path) -> Iterator[Carrier]:
    with Carrier(STRANGER, landings.target, tmp_path) as carrier:
        yield carrier


def redirected(carrier: Carrier, number: str, *headers: str, stay: float = 0.5) -> str:
    """Place one call with these headers; return the caller's number."""
    caller = str(next(_callers))
    scenario = carrier.folder / f"{caller}.xml"
    text = (SCENARIOS / "caller.xml").read_text("utf-8")
    scenario.write_text(text.replace("Content-Type", "\n".join((*headers, "Content-Type")), 1))
    carrier.place([Dial(number, caller, stay=stay)], scenario=scenario)
    return caller


def landed(line: Line, caller: str) -> str:
    """Return number and header of the first step in Asterisk's own log: ``12333 diversion``."""

    def first() -> str:
        rows = parse_cel(line.cel().encode()).rows
        steps = [step_of(row) for row in rows if row.caller == caller]
        return next((f"{step.dnis} {step.landed}" for step in steps if step), "")

    return until(first, 10, f"the call of {caller} gets its first step")


DIVERTED = {
    "bottom-most header": (
        ["Diversion: <sip:12348@a>;reason=no-answer", "Diversion: <sip:12333@b>;reason=unknown"],
        "12333 diversion",
    ),
    "last entry": (["Diversion: <sip:12348@a>;reason=x, <sip:12333@b>"], "12333 diversion"),
    "last entry of the last header": (
        ["Diversion: <sip:12348@a>", "Diversion: <sip:12319@a>, <sip:12333@b>;counter=1"],
        "12333 diversion",
    ),
    "with country code": (['Diversion: "x" <sip:+862512333@b>;privacy=off'], "12333 diversion"),
    "with area code": (["Diversion: <sip:02512333@b:5060;user=phone>"], "12333 diversion"),
    "with zero": (["Diversion: <sip:8602512333@b>"], "12333 diversion"),
    "header in small letters": (["diversion: <sip:12333@b>"], "12333 diversion"),
    "beside a header of 5 kB": (
        [f"X-Long: {'x' * 5000}", "Diversion: <sip:12333@b>"],
        "12333 diversion",
    ),
    "tel": (["Diversion: <tel:+862512333>;reason=unconditional"], "12333 diversion"),
    "bare address": (["Diversion: sip:12333@b;reason=unconditional"], "12333 diversion"),
    "next later": (
        ["Diversion: <sip:12348@a>", "Diversion: <sip:13800001111@b>"],
        "12348 diversion",
    ),
    "name with a comma": (['Diversion: "<sip:12348@a>, x" <sip:12333@b>'], "12333 diversion"),
    "earliest history": (
        ["History-Info: <sip:12333@a>;index=1,<sip:12345@b;cause=302>;index=1.1"],
        "12333 history",
    ),
    "later history": (
        ["History-Info: <sip:x@a>;index=1", "History-Info: <sip:12329@b?Reason=SIP>;index=1.1"],
        "12329 history",
    ),
    "Diversion before history": (
        ["History-Info: <sip:12329@a>;index=1", "Diversion: <sip:12333@b>"],
        "12333 diversion",
    ),
    "history where Diversion knows nothing": (
        ["History-Info: <sip:12329@a>;index=1", "Diversion: <sip:025@b>"],
        "12329 history",
    ),
    "five of five": (
        ["Diversion: <sip:025@b>"] * 4 + ["Diversion: <sip:12333@b>"],
        "12333 diversion",
    ),
}


@pytest.mark.parametrize("case", DIVERTED)
@pytest.mark.parametrize("number", ["12345", f"025{PILOT}"])
def test_a_diverted_call_lands_at_the_number_that_was_dialled_first(
    landings: Line, trusted: Carrier, case: str, number: str
) -> None:
    headers, where = DIVERTED[case]
    assert landed(landings, redirected(trusted, number, *headers)) == where


@pytest.mark.parametrize("form", [DISTRICT, f"025{DISTRICT}", f"+8625{DISTRICT}"])
def test_a_districts_line_is_merged_whole_and_its_caller_is_told_so(
    landings: Line, trusted: Carrier, form: str
) -> None:
    """Line 13 of the annex is an open list: a number that is added to it is one of the annex."""
    caller, ear = str(next(_callers)), Ear(TRUSTED)
    trusted.place([Dial(form, caller, ear.port, stay=12)])
    assert until(lambda: landings.entered(caller), 12) == ["general-seats"]
    assert landed(landings, caller) == f"{DISTRICT} uri"
    assert ear.heard(landings.instance.prompts / "zh")[:2] == ["greeting", "notice-line"]
    ear.close()


def test_a_call_that_was_not_diverted_lands_where_its_request_says(
    landings: Line, trusted: Carrier
) -> None:
    assert landed(landings, redirected(trusted, "12345")) == "12345 uri"
    assert landed(landings, redirected(trusted, f"86025{PILOT}")) == f"{PILOT} uri"
    diverted = redirected(trusted, "12369", "Diversion: <sip:12333@b>")
    assert landed(landings, diverted) == "12369 uri", "only 12345 and pilot numbers are looked into"


@pytest.mark.parametrize("number", ["110", "119", "120", "122", "025110", "+8625119"])
@pytest.mark.parametrize("header", ["Diversion", "History-Info"])
def test_no_header_leads_to_an_emergency_number(
    landings: Line, trusted: Carrier, header: str, number: str
) -> None:
    caller = redirected(trusted, "12345", f"{header}: <sip:{number}@b>;index=1")
    assert landed(landings, caller) == "12345 uri"


@pytest.mark.parametrize("number", ["12345", PILOT])
def test_an_untrusted_carrier_is_believed_its_request_alone(
    landings: Line, stranger: Carrier, number: str
) -> None:
    headers = ("Diversion: <sip:12333@b>", "History-Info: <sip:12329@b>;index=1")
    assert landed(landings, redirected(stranger, number, *headers)) == f"{number} uri"


BAD = {
    "nonsense": ["Diversion: ;;;,,,<<<>>>"],
    "no value": ["Diversion:", "History-Info: "],
    "two hundred digits": [f"Diversion: <sip:{'1' * 200}@b>"],
    "two hundred digits around a number": [f"Diversion: <sip:{'0' * 195}12333@b>"],
    "escapes": [f"Diversion: <sip:12399{EVIL}@b>", f"History-Info: <sip:{EVIL}12333@b>"],
    "escapes in the name": [f'Diversion: "{EVIL}12333" <sip:x{EVIL}@b>'],
    "name that is no ASCII": ['Diversion: "南京市政务热线🏮" <sip:政务@b>'],
    "quotes": ['Diversion: "x" | "1"="1', 'Diversion: ${HL_GENERAL}, "&0'],
    "commands": ["Diversion: <sip:12399,1)=Hangup(16)@b>, <sip:${EXTEN}@b>"],
    "ten headers": [f"Diversion: <sip:0{n}@b>" for n in range(9)] + ["Diversion: <sip:12333@b>"],
    "a hundred entries": ["Diversion: " + ", ".join(["<sip:12333@b>"] + ["<sip:0@b>"] * 100)],
    "a long name": [f'Diversion: "{"x" * 3000}" <sip:110@b>'],
    "telephone without a number": ["Diversion: <tel:>", "History-Info: <tel:;index=1>"],
}


def test_nonsense_in_the_headers_forges_nothing_and_the_caller_is_in_a_queue(
    landings: Line, trusted: Carrier
) -> None:
    before = len(landings.queue_log())
    callers = {case: redirected(trusted, "12345", *BAD[case], stay=12) for case in BAD}

    for case, caller in callers.items():
        assert landed(landings, caller) == "12345 uri", case
    for case, caller in callers.items():
        queues = until(lambda caller=caller: landings.entered(caller), 15, case)
        assert queues == ["general-seats"], case
    events = {row.event for row in landings.queue_log()[before:]}
    assert events <= {"ENTERQUEUE", "ABANDON"}
    assert "Event:" not in landings.cel()
