"""110, 119, 120 and 122: asked for exactly as dialled, and reached by nothing else."""

import itertools
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.conftest import CARRIER, OTHER_CENTRES
from tests.support.ear import Ear
from tests.support.line import Line
from tests.support.ports import free_port
from tests.support.sipp import SCENARIOS, Carrier, Dial, Sipp
from tests.support.until import until
from tests.support.walks import walks
from tests.support.working_day import asked_for

EMERGENCY = ["110", "119", "120", "122"]
DIALLED = {f"{prefix}{n}": n for n in EMERGENCY for prefix in ("", "025", "8625", "+8625")}
SEAT = "127.0.0.6"
_callers = itertools.count(13720000001)

# What a call to 12345 may say of itself, as text that takes the place of another in its INVITE.
CLAIMS = {
    "From": ("From: <sip:[field1]@", "From: <sip:119@"),
    "name": ("From: <sip:[field1]@", 'From: "119" <sip:[field1]@'),
    "To": ("To: <sip:[field0]@", "To: <sip:119@"),
    "Contact": ("Contact: sip:carrier@", "Contact: sip:119@"),
    "parameter": ("INVITE sip:[field0]@", "INVITE sip:[field0];phone-context=119@"),
    **{
        header: ("Content-Type", f"{header}: <sip:119@[remote_ip]>\nContent-Type")
        for header in (
            *("Diversion", "History-Info", "P-Asserted-Identity", "Remote-Party-ID"),
            *("P-Called-Party-ID", "Route", "Refer-To", "Referred-By", "Target-Dialog"),
        )
    },
}

OK = """<send><![CDATA[
SIP/2.0 200 OK
[last_Via:]
[last_From:]
[last_To:]
[last_Call-ID:]
[last_CSeq:]
Content-Length: 0
]]></send>
"""
REFUSED = f"""<send retrans="500"><![CDATA[
REFER sip:asterisk@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:person@[local_ip]>;tag=[pid]SIPpTag01[call_number]
To:[$caller]
Call-ID: [call_id]
CSeq: {{turn}} REFER
Contact: <sip:[local_ip]:[local_port]>
Refer-To: <sip:{{number}}@[remote_ip]>
Max-Forwards: 70
Content-Length: 0
]]></send>
<recv response="202"/>
<recv request="NOTIFY"/>{OK}
<recv request="NOTIFY"><action>
<ereg regexp="SIP/2.0 404" search_in="body" check_it="true" assign_to="refused"/>
</action></recv>{OK}"""


@pytest.fixture
def service(line: Line, peers: dict[str, tuple[str, int]], tmp_path: Path) -> Iterator[Sipp]:
    """The emergency services: they pick up, and remember what they were asked for."""
    host, port = peers["emergency"]
    with Carrier(host, line.target, tmp_path) as carrier:
        yield carrier.run(SCENARIOS / "person.xml", ("-p", str(port), line.target))


def claiming(claim: str, folder: Path) -> Path:
    """Write the caller's scenario with a claim in the INVITE."""
    old, new = CLAIMS[claim]
    text = (SCENARIOS / "caller.xml").read_text("utf-8")
    assert old in text
    path = folder / f"{claim}.xml"
    path.write_text(text.replace(old, new, 1), "utf-8")
    return path


def test_the_number_that_is_dialled_is_asked_for_at_once_with_its_caller(
    line: Line, carrier: Carrier, service: Sipp
) -> None:
    callers = {form: str(next(_callers)) for form in DIALLED}

    calls = carrier.place(
        [Dial(form, caller) for form, caller in callers.items()],
        scenario=SCENARIOS / "patient_caller.xml",
    )

    assert calls.wait(30) == 0, calls.errors()
    expected = {(number, callers[form]) for form, number in DIALLED.items()}
    assert len(asked_for(service)) == len(DIALLED)
    assert set(asked_for(service)) == expected
    ways = walks(line)
    for caller in callers.values():
        assert ways[caller].rung == ("emergency",)
        assert ways[caller].queue_rows == ()


def test_nothing_a_call_says_of_itself_leads_there(
    line: Line, carrier: Carrier, service: Sipp, tmp_path: Path
) -> None:
    callers = {claim: str(next(_callers)) for claim in CLAIMS}
    for claim, caller in callers.items():
        carrier.place([Dial("12345", caller, stay=15)], scenario=claiming(claim, tmp_path))

    for claim, caller in callers.items():
        known_as = "119" if claim == "From" else caller
        until(lambda who=known_as: line.entered(who), 15, claim)
        way = walks(line)[known_as]
        assert (way.entered, way.rung) == (["general-seats"], ()), claim
    assert asked_for(service) == []


def test_no_keys_lead_there(line: Line, carrier: Carrier, service: Sipp) -> None:
    """1, 1, 9 during the greeting of 12345, and again in the queue of enterprises or after."""
    caller, ear = str(next(_callers)), Ear(CARRIER)
    carrier.place([Dial("12345", caller, ear.port, stay=20)])
    until(lambda: ear.heard_seconds > 0.5, 8, "the greeting is heard")
    for key in "119":
        ear.press(key)
    until(lambda: line.entered(caller), 10, "a queue")
    for key in "119#119*":
        ear.press(key)
    ear.close()

    assert set(line.entered(caller)) <= {"enterprise", "general-seats"}
    assert walks(line)[caller].rung == ()
    assert asked_for(service) == []


@pytest.mark.parametrize(
    ("host", "code"), [(OTHER_CENTRES, 404), ("127.0.0.9", 401)], ids=["sub-centre", "stranger"]
)
@pytest.mark.parametrize("name", ["13800001111", "carrier", "emergency", "8003-desk"])
def test_who_is_no_carrier_has_no_way_there(
    line: Line, service: Sipp, tmp_path: Path, host: str, code: int, name: str
) -> None:
    """Whatever name they take: a carrier is known by its address, and a sub-centre is none."""
    with Carrier(host, line.target, tmp_path) as stranger:
        calls = stranger.place([Dial(form, name) for form in DIALLED])
        assert calls.wait(20) != 0
        assert calls.errors().count(f"SIP/2.0 {code}") >= len(DIALLED)
    assert asked_for(service) == []


def test_an_agents_phone_cannot_dial_there(line: Line, service: Sipp, tmp_path: Path) -> None:
    password = line.secrets.seats["8003"]
    text = (SCENARIOS / "seat_calls.xml").read_text("utf-8")
    text = text.replace("[field1]", f"[authentication username=8003-desk password={password}]")
    (tmp_path / "numbers.csv").write_text("\n".join(["SEQUENTIAL", *DIALLED, ""]), "utf-8")
    (tmp_path / "seat_calls.xml").write_text(text, "utf-8")
    arguments = ("-inf", str(tmp_path / "numbers.csv"), "-m", str(len(DIALLED)), "-timeout", "20")
    with Carrier(SEAT, line.target, tmp_path) as seat:
        calls = seat.run(tmp_path / "seat_calls.xml", (*arguments, line.target))
        assert calls.wait(25) != 0
        assert calls.errors().count("SIP/2.0 404") >= len(DIALLED)
    assert asked_for(service) == []


def test_an_agents_phone_cannot_transfer_its_caller_there(
    line: Line, carrier: Carrier, service: Sipp, caller: str, tmp_path: Path
) -> None:
    """Each REFER ends in 404, and the two go on talking until the agent hangs up."""
    refused = "".join(
        REFUSED.format(turn=10 + turn, number=number) for turn, number in enumerate(DIALLED)
    )
    text = (SCENARIOS / "person.xml").read_text("utf-8")
    text = text.replace('  <pause milliseconds="300"/>', refused)
    text = text.replace("</scenario>", '<Reference variables="refused"/></scenario>')
    (tmp_path / "transfers.xml").write_text(text, "utf-8")
    port, member = free_port(SEAT, socket.SOCK_DGRAM), "PJSIP/8006-desk"
    with Carrier(SEAT, line.target, tmp_path) as seat:
        seat.register("8006-desk", line.secrets.seats["8006"], port)
        phone = seat.run(tmp_path / "transfers.xml", ("-m", "1", "-p", str(port), line.target))
        line.cli(f"queue add member {member} to service-12313 penalty 0 as 8006")
        try:
            call = carrier.place([Dial("12313", caller)], scenario=SCENARIOS / "patient_caller.xml")
            assert phone.wait(30) == 0, phone.errors()
            assert call.wait(40) == 0, call.errors()  # asked afterwards how it was
        finally:
            line.cli(f"queue remove member {member} from service-12313")
    assert walks(line)[caller].rung == ("8006-desk",)
    assert asked_for(service) == []
