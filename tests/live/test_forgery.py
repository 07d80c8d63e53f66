"""What a call says about itself is data: it forges no event, no variable, no route and no row.

An honest caller is in the queue the whole time. Beside it come calls that differ from it in one
thing: somewhere they carry escapes that, decoded, would be lines of AMI, AGI, queue_log and CEL.
Each must look exactly as the honest one wherever Asterisk or we write something down.
"""

import itertools
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

import pytest
from redis import Redis

from call_events.cel import parse_cel
from call_events.events import STREAM
from call_events.queue_log import parse_queue_log
from call_events.tables import call_events, calls
from tests.faults.house import House, running_house
from tests.live.conftest import CARRIER
from tests.support.line import Line
from tests.support.ports import free_port
from tests.support.sipp import SCENARIOS, Carrier, Dial, failed_codes
from tests.support.until import until
from tests.support.walks import Walk, walks

# As a carrier could send it: legal in a URI, and decoded it would be lines of AMI, AGI and logs.
EVIL = (
    "%0d%0aEvent%3a%20QueueCallerAbandon%0d%0aUniqueid%3a%20evil%0d%0a%0d%0aagi_network_script%3a"
    "%20evil%0aHL_GENERAL=evil%0a1700000000%7cevil%7cevil%7cNONE%7cABANDON%7c1%7c1%7c1%0a"
    "%22%2c%22evil%22%0a%22ANSWER%22%2c%221700000000.000000%22%2c%22evil%22%0d%0a%00"
)
FROM = ("From: <sip:[field1]@", f"From: <sip:[field1]{EVIL}@")
TO = ("To: <sip:[field0]@", f"To: <sip:[field0]{EVIL}@")
URI = ("INVITE sip:[field0]@", f"INVITE sip:[field0]{EVIL}@")
OPTION = ("INVITE sip:[field0]@", f"INVITE sip:[field0];x={EVIL}@")
UNASKED = (
    "Content-Type",
    f'P-Asserted-Identity: "evil" <sip:666{EVIL}@x>\n'
    f'Remote-Party-ID: "evil" <sip:667{EVIL}@x>;party=calling;screen=yes\n'
    f"Diversion: <sip:668{EVIL}@x>;reason=unconditional\nPrivacy: id\nContent-Type",
)

SERVED = {
    "From": [FROM],
    "To": [TO],
    "From and To": [FROM, TO],
    "request URI, behind a semicolon": [OPTION],
    "everywhere, behind a semicolon": [FROM, TO, OPTION, UNASKED],
    "headers nobody asked for": [UNASKED],
    "name with a number": [("From: <", 'From: "x:13911111111@y" <')],
    "name with an address": [("From: <", 'From: "<sip:13911111111@y>" <')],
    "name with a colon": [("From: <", 'From: ":" <')],
    "name with escapes": [("From: <", f'From: "{EVIL}" <')],
}
REFUSED = {
    "request URI": [URI],
    "From and request URI": [FROM, URI],
    "To and request URI": [TO, URI],
    "all three": [FROM, TO, URI],
}
SEATS = "127.0.0.6"
NUMBER, HONEST = "12369", "13800001000"
CALLERS = {case: str(13800001001 + nth) for nth, case in enumerate([*SERVED, *REFUSED])}
_others = itertools.count(13800002001)


def telling(folder: Path, changes: list[tuple[str, str]]) -> Path:
    """Write the caller's scenario with changes in its INVITE."""
    text = (SCENARIOS / "caller.xml").read_text("utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    path = folder / f"{next(_others)}.xml"
    path.write_text(text, "utf-8")
    return path


class Listener:
    """A plain AMI reader that keeps every byte Asterisk sends."""

    def __init__(self, line: Line) -> None:
        self._socket = socket.create_connection(("127.0.0.1", line.instance.ami_port), 5)
        self._socket.settimeout(0.5)
        secret = line.secrets.ami_reader
        login = f"Action: Login\r\nUsername: reader\r\nSecret: {secret}\r\n\r\n"
        self._socket.sendall(login.encode())

    def hear(self) -> str:
        """Return all that was said; the connection ends."""
        heard = b""
        try:
            while more := self._socket.recv(65536):
                heard += more
        except TimeoutError:
            self._socket.close()
        return heard.decode("utf-8", "replace")


@dataclass
class Aftermath:
    """Everything that was written down while the honest caller and the others were there."""

    house: House
    ami: str
    ways: dict[str, Walk]
    variables: dict[str, list[str]]
    """Names of each channel's variables by call_id, as Asterisk had them in the queue."""
    statuses: dict[str, tuple[int, str]] = field(default_factory=dict)
    """What sipp says of each call: its exit status and the errors."""

    def packets(self, caller: str) -> list[list[str]]:
        """The header names of each AMI event about a caller's channel, in order."""
        unique = f"\r\nUniqueid: {self.ways[caller].call_id}\r\n"
        packets = [p for p in self.ami.split("\r\n\r\n") if unique in f"\r\n{p}\r\n"]
        return [[p.split("\r\n")[0], *_names(p)] for p in packets]

    def channel_events(self, caller: str) -> list[str]:
        rows = parse_cel(self.house.line.cel().encode()).rows
        return [row.event for row in rows if row.unique_id == self.ways[caller].call_id]


# What QUEUE_VARIABLES() tells of the general queue to who finds others waiting there.
TOLD = {"QUEUENAME", "QUEUEMAX", "QUEUESTRATEGY", "QUEUECALLS", "QUEUEHOLDTIME", "QUEUETALKTIME",
        "QUEUECOMPLETED", "QUEUEABANDONED", "QUEUESRVLEVEL", "QUEUESRVLEVELPERF"}  # fmt: skip


def _names(packet: str) -> list[str]:
    return sorted(line.partition(":")[0] for line in packet.split("\r\n"))


def _variables(line: Line) -> dict[str, list[str]]:
    """Return the names of the variables of each channel, by unique id, but for TOLD."""
    found = {}
    for row in line.cli("core show channels concise").splitlines():
        shown = line.cli(f"core show channel {row.split('!')[0]}").splitlines()
        unique = next(text.split(": ")[1] for text in shown if "UniqueID:" in text)
        start = next(n for n, text in enumerate(shown) if text.strip() == "Variables:")
        names = {text.partition("=")[0] for text in shown[start + 1 :] if "=" in text}
        found[unique] = sorted(names - TOLD)
    return found


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("house")) as house:
        house.start_recorder()
        reader = "manager show connected"
        until(lambda: "reader" in house.line.cli(reader), 20, "the recorder listens")
        yield house


@pytest.fixture(scope="module")
def aftermath(house: House, tmp_path_factory: pytest.TempPathFactory) -> Aftermath:
    line, folder = house.line, tmp_path_factory.mktemp("calls")
    listener = Listener(line)
    with Carrier(CARRIER, line.target, folder) as carrier:
        honest = carrier.place([Dial(NUMBER, HONEST, stay=14)])
        until(lambda: line.entered(HONEST), 10, "the honest caller waits")
        placed = {
            case: carrier.place(
                [Dial(NUMBER, CALLERS[case], stay=6)], scenario=telling(folder, changes)
            )
            for case, changes in (SERVED | REFUSED).items()
        }
        for case in SERVED:
            until(lambda who=CALLERS[case]: line.entered(who), 10, case)
        variables = _variables(line)
        statuses = {case: (call.wait(20), call.errors()) for case, call in placed.items()}
        assert honest.process.poll() is None, "the honest call goes on when the others are over"
        statuses["honest"] = honest.wait(20), honest.errors()
    ended = len(SERVED) + 1
    until(lambda: [r["state"] for r in house.rows(calls)].count("ended") >= ended, 10, "recorded")
    return Aftermath(house, listener.hear(), walks(line), variables, statuses)


def test_the_honest_caller_and_all_who_are_let_in_are_served_to_the_end(
    aftermath: Aftermath,
) -> None:
    for case in ("honest", *SERVED):
        assert aftermath.statuses[case][0] == 0, aftermath.statuses[case]


@pytest.mark.parametrize("case", REFUSED)
def test_escapes_in_the_request_uri_are_no_number(aftermath: Aftermath, case: str) -> None:
    status, errors = aftermath.statuses[case]
    assert status != 0
    assert "SIP/2.0 404" in errors
    assert CALLERS[case] not in aftermath.ways


@pytest.mark.parametrize("case", SERVED)
def test_a_call_with_escapes_is_written_down_as_an_honest_one(
    aftermath: Aftermath, case: str
) -> None:
    caller, honest = CALLERS[case], aftermath.ways[HONEST]
    way = aftermath.ways[caller]

    assert way.words == honest.words == ["queue:general-seats"], "no route is forged"
    assert way.entered == honest.entered == ["general-seats"]
    assert way.rung == honest.rung == ()
    assert [r.event for r in way.queue_rows] == [r.event for r in honest.queue_rows]
    assert aftermath.channel_events(caller) == aftermath.channel_events(HONEST)
    assert aftermath.packets(caller) == aftermath.packets(HONEST), "no event, no header of one"
    assert aftermath.variables[way.call_id] == aftermath.variables[honest.call_id]
    [row] = aftermath.house.calls()[caller]
    assert (row["call_id"], row["dnis"], row["queue"]) == (way.call_id, NUMBER, "general-seats")
    events = aftermath.house.events
    assert events(way.call_id) == events(honest.call_id)


def test_nothing_is_written_down_beside_those_calls(aftermath: Aftermath) -> None:
    """Not in AMI, not in a log, not in the database, not on the stream."""
    house = aftermath.house
    served = {HONEST, *(CALLERS[case] for case in SERVED)}
    call_ids = {aftermath.ways[caller].call_id for caller in served}
    cel = parse_cel(house.line.cel().encode())
    queue_log = parse_queue_log(house.line.queue_log_text().encode())

    packets = [p for p in aftermath.ami.split("\r\n\r\n") if p.startswith("Event: ")]
    about = {line for p in packets for line in p.split("\r\n") if line.startswith("Uniqueid: ")}
    assert about == {f"Uniqueid: {call_id}" for call_id in call_ids}
    alone = {p.split("\r\n")[0] for p in packets if "\r\nUniqueid: " not in p}
    assert alone <= {"Event: FullyBooted"}
    assert set(aftermath.ways) == served
    assert {row.linked_id for row in cel.rows} == call_ids
    assert {row.call_id for row in queue_log.rows} == call_ids | {"NONE"}
    assert [row.event for row in queue_log.rows if row.call_id == "NONE"] == ["QUEUESTART"]
    assert cel.faults == queue_log.faults == []
    assert {row["caller_id"] for row in house.rows(calls)} == served
    assert len(house.rows(calls)) == len(served)
    events = house.rows(call_events)
    assert {event["call_id"] for event in events} == call_ids
    assert Redis(port=house.redis.port).xlen(STREAM) == len(events)
    written = [aftermath.ami, house.line.cel(), house.line.queue_log_text(), str(events)]
    assert not [text for text in written if "evil" in text.lower() or "%0d" in text.lower()]


@pytest.mark.parametrize("user", [f"x{EVIL}", "1" * 200, "anonymous", "13800001234x"])
def test_what_is_no_number_is_no_caller_id(house: House, tmp_path: Path, user: str) -> None:
    line = house.line
    before = len(line.queue_log())
    scenario = telling(tmp_path, [("From: <sip:[field1]@", f"From: <sip:{user}@")])
    with Carrier(CARRIER, line.target, tmp_path) as carrier:
        carrier.place([Dial(NUMBER, stay=5)], scenario=scenario)
        row = until(lambda: line.queue_log()[before:], 10)[0]
    assert (row.event, row.queue, row.details[1]) == ("ENTERQUEUE", "general-seats", "")


@pytest.mark.parametrize("name", ["张三", "Zoë ÿ", "😀" * 40, "12345", "%E5%BC%A0 %00", "x" * 300])
def test_a_name_in_any_script_is_passed_over_and_the_number_counts(
    house: House, tmp_path: Path, name: str
) -> None:
    line = house.line
    before = len(line.queue_log())
    scenario = telling(tmp_path, [("From: <sip:[field1]@", f'From: "{name}" <sip:[field1]@')])
    with Carrier(CARRIER, line.target, tmp_path) as carrier:
        carrier.place([Dial(NUMBER, "13800001239", stay=5)], scenario=scenario)
        row = until(lambda: line.queue_log()[before:], 10)[0]
    assert (row.event, row.queue, row.details[1]) == ("ENTERQUEUE", "general-seats", "13800001239")
    assert name == "12345" or name not in line.cel()


NAMES = ("13800001236", "carrier", "subcentre-12366", "emergency", "8003-desk")


def test_an_unknown_address_is_nobody_whatever_name_it_takes(house: House, tmp_path: Path) -> None:
    """A carrier is known by its address: its name in From opens nothing."""
    catalogue = house.line.catalogue
    ours = {trunk.name for trunk in catalogue.trunks} | {s.peer for s in catalogue.sub_centres}
    assert ours <= set(NAMES), "every name that could be taken is tried"
    before = house.line.queue_log_text()
    with Carrier("127.0.0.9", house.line.target, tmp_path) as stranger:
        calls = stranger.place([Dial("12345", name, stay=1) for name in NAMES])
        assert calls.wait(20) != 0
        assert calls.errors().count("SIP/2.0 401") >= len(NAMES), calls.errors()
    assert house.line.queue_log_text() == before
    assert house.line.entered("13800001236") == []


def forged(written: str) -> set[str]:
    """Return which lines of the escapes stand in what was written, each as a line of its own."""
    return {text for text in unquote(EVIL).splitlines() if text} & set(written.splitlines())


def everything(house: House, listener: Listener) -> str:
    """Return what was said on AMI and what Asterisk wrote down."""
    return listener.hear() + "\n" + house.line.cel() + "\n" + house.line.queue_log_text()


def dialling_seat(house: House, folder: Path, case: str) -> Path:
    """Write what seat 8003 sends when it rings 8004 and carries this case's escapes."""
    text = (SCENARIOS / "seat_calls.xml").read_text("utf-8")
    for old, new in (SERVED | REFUSED)[case]:
        text = text.replace(*(part.replace("[field1]", "8003-desk") for part in (old, new)))
    password = f"[authentication username=8003-desk password={house.line.secrets.seats['8003']}]"
    path = folder / f"{next(_others)}.xml"
    path.write_text(text.replace("[field1]", password).replace("[field0]", "8004"), "utf-8")
    return path


def test_what_an_agents_phone_says_of_itself_is_data_too(house: House, tmp_path: Path) -> None:
    """It rings seat 8004, where nobody is; with escapes in the number it rings nobody, and with
    escapes in its own name it is nobody."""
    rows, listener = len(house.rows(calls)), Listener(house.line)
    with Carrier(SEATS, house.line.target, tmp_path) as seat:
        placed = {
            case: seat.run(
                dialling_seat(house, tmp_path, case),
                ("-m", "1", "-timeout", "20", house.line.target),
            )
            for case in SERVED | REFUSED
        }
        known = [case for case in placed if FROM not in (SERVED | REFUSED)[case]]
        for case in known:
            call, code = placed[case], 404 if case in REFUSED else 503
            until(lambda one=call, said=code: failed_codes(one.errors()) == [said], 20, case)

    assert forged(everything(house, listener)) == set()
    assert len(house.rows(calls)) == rows, "two seats that ring each other are no citizen's call"
    cel = parse_cel(house.line.cel().encode()).rows
    own = [row for row in cel if row.channel.startswith("PJSIP/8003-desk-")]
    assert {row.caller for row in own} == {"8003"}, "the seat whose password it knows"
    assert len({row.unique_id for row in own}) == len([c for c in known if c in SERVED])


def answered(line: Line, caller: str) -> bool:
    return caller in walks(line) and bool(walks(line)[caller].answered_by)


@pytest.mark.parametrize("place", ["Refer-To", "Referred-By"])
def test_a_transfer_with_escapes_forges_nothing_and_the_caller_stays_with_a_person(
    house: House, tmp_path: Path, place: str
) -> None:
    """To a number with escapes there is no way; to a seat where nobody is the caller comes back."""
    text = (SCENARIOS / "transferring_phone.xml").read_text("utf-8")
    if place == "Refer-To":
        text = text.replace("sip:8004@", f"sip:8004{EVIL}@")
    else:
        said = f'Referred-By: "{EVIL}" <sip:8006{EVIL}@[remote_ip]>'
        text = text.replace("Max-Forwards: 70", f"{said}\nMax-Forwards: 70")
    (tmp_path / "transfer.xml").write_text(text, "utf-8")
    line, caller, port = house.line, str(next(_others)), free_port(SEATS, socket.SOCK_DGRAM)
    member, queue = "PJSIP/8006-desk", "service-12313"
    line.cli("channel request hangup all")  # a carrier that was stopped says no goodbye
    until(lambda: line.channels() == 0, 10, "the line is quiet")
    with Carrier(SEATS, line.target, tmp_path) as seat, Carrier(CARRIER, line.target) as carrier:
        seat.register("8006-desk", line.secrets.seats["8006"], port)
        phone = seat.run(tmp_path / "transfer.xml", ("-p", str(port), line.target))
        line.cli(f"queue add member {member} to {queue} penalty 0 as 8006")
        listener = Listener(line)
        call = carrier.place([Dial("12313", caller, stay=12)])
        try:
            if place == "Refer-To":
                until(lambda: answered(line, caller), 15, "the seat answers")
                until(lambda: "SIP/2.0 404" in phone.errors(), 15, "the transfer is refused")
                assert line.channels() == 2, "the two talk on"
                assert line.entered(caller) == [queue]
            else:
                until(lambda: line.entered(caller) == [queue, "general-seats"], 20, "back")
            assert call.process.poll() is None, "the caller is still there"
        finally:
            line.cli(f"queue remove member {member} from {queue}")
        assert forged(everything(house, listener)) == set()
        until(lambda: line.channels() == 0, 20, "all have hung up")
    [row] = house.calls()[caller]
    assert row["dnis"] == "12313"
