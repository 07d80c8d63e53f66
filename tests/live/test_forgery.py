"""What a call says about itself is data: it forges no event, no variable and no route."""

import re
import socket
from pathlib import Path

import pytest

from tests.support.line import Line
from tests.support.sipp import SCENARIOS, Carrier, Dial
from tests.support.until import until

# As a carrier could send it: legal in a URI, and decoded it would be lines of AMI and AGI.
EVIL = "%0d%0aEvent%3a%20QueueCallerAbandon%0d%0aagi_network_script%3a%20evil%0d%0a"


def evil_scenario(folder: Path, **headers: str) -> Path:
    """Write the caller's scenario with escapes in From, To or the request URI."""
    text = (SCENARIOS / "caller.xml").read_text("utf-8")
    if "from_user" in headers:
        text = text.replace("From: <sip:[field1]@", f"From: <sip:{headers['from_user']}@")
    if "to_user" in headers:
        text = re.sub(
            r"(INVITE .*?To: <sip:)\[field0\]",
            rf"\g<1>{headers['to_user']}",
            text,
            count=1,
            flags=re.S,
        )
    if "uri_user" in headers:
        text = text.replace("INVITE sip:[field0]@", f"INVITE sip:{headers['uri_user']}@")
    path = folder / "evil.xml"
    path.write_text(text, "utf-8")
    return path


class Listener:
    """A plain AMI reader that keeps every byte Asterisk sends."""

    def __init__(self, line: Line) -> None:
        self._socket = socket.create_connection(("127.0.0.1", line.instance.ami_port), 5)
        self._socket.settimeout(0.3)
        secret = line.secrets.ami_reader
        login = f"Action: Login\r\nUsername: reader\r\nSecret: {secret}\r\n\r\n"
        self._socket.sendall(login.encode())
        self.text = ""

    def hear(self) -> str:
        try:
            while more := self._socket.recv(65536):
                self.text += more.decode("utf-8", "replace")
        except TimeoutError:
            pass
        return self.text

    def close(self) -> None:
        self._socket.close()


@pytest.mark.parametrize(
    "headers",
    [
        {"from_user": f"13800001234{EVIL}"},
        {"to_user": f"12333{EVIL}"},
        {"from_user": f"x{EVIL}", "to_user": f"y{EVIL}"},
    ],
    ids=["from", "to", "both"],
)
def test_escapes_in_headers_forge_nothing_and_the_caller_is_served(
    line: Line, carrier: Carrier, tmp_path: Path, headers: dict[str, str]
) -> None:
    listener = Listener(line)
    before = len(line.queue_log())
    carrier.place(
        [Dial("12369", "13800001234", stay=9)], scenario=evil_scenario(tmp_path, **headers)
    )
    until(lambda: any(r.event == "ENTERQUEUE" for r in line.queue_log()[before:]), 10)
    carrier.stop()

    heard = listener.hear()
    listener.close()
    assert "Event: QueueCallerJoin" in heard, "the listener really listens"
    assert "\nEvent: QueueCallerAbandon\r" not in heard.split("Event: QueueCallerJoin")[0]
    assert "evil" not in heard
    joined = [row for row in line.queue_log()[before:] if row.event == "ENTERQUEUE"]
    assert [row.queue for row in joined] == ["general-seats"]
    expected = "13800001234" if headers.get("from_user", "").startswith("138") else ""
    if "from_user" in headers:
        assert joined[0].details[1] == expected


def test_headers_nobody_asked_for_change_nothing(
    line: Line, carrier: Carrier, caller: str, tmp_path: Path
) -> None:
    """The module that reads them is loaded for our own calls out; the trunk is not believed."""
    listener = Listener(line)
    text = (SCENARIOS / "caller.xml").read_text("utf-8")
    evil = "\n".join(
        (
            f'P-Asserted-Identity: "evil" <sip:666{EVIL}@x>',
            f'Remote-Party-ID: "evil" <sip:667{EVIL}@x>;party=calling;screen=yes',
            f"Diversion: <sip:668{EVIL}@x>;reason=unconditional",
            "Privacy: id",
            "Content-Type",
        )
    )
    scenario = tmp_path / "evil.xml"
    scenario.write_text(text.replace("Content-Type", evil, 1), "utf-8")

    carrier.place([Dial("12369", caller, stay=9)], scenario=scenario)

    assert until(lambda: line.entered(caller), 10) == ["general-seats"]
    heard = listener.hear()
    listener.close()
    assert "Event: QueueCallerJoin" in heard
    assert not re.search("evil|66[678]", heard)


@pytest.mark.parametrize(
    "name", ['"x:13911111111@y"', '"<sip:13911111111@y>"', '":"'], ids=["number", "address", ":"]
)
def test_a_name_the_caller_chose_is_not_the_number(
    line: Line, carrier: Carrier, caller: str, tmp_path: Path, name: str
) -> None:
    text = (SCENARIOS / "caller.xml").read_text("utf-8")
    scenario = tmp_path / "named.xml"
    scenario.write_text(text.replace("From: <", f"From: {name} <"), "utf-8")
    carrier.place([Dial("12369", caller, stay=9)], scenario=scenario)
    until(lambda: line.entered(caller), 10, "known by the number, not by the name")


def test_escapes_in_the_request_uri_reach_no_number(
    line: Line, carrier: Carrier, tmp_path: Path
) -> None:
    listener = Listener(line)
    before = len(line.queue_log())
    scenario = evil_scenario(tmp_path, uri_user=f"12333{EVIL}")
    call = carrier.place([Dial("12333", "13800001235", stay=1)], scenario=scenario)

    assert call.wait(15) != 0, "Asterisk refuses the call"
    assert "404" in call.errors()
    assert "evil" not in listener.hear()
    listener.close()
    assert line.queue_log()[before:] == []


def test_a_number_of_two_hundred_digits_is_no_caller_id(line: Line, carrier: Carrier) -> None:
    before = len(line.queue_log())
    carrier.place([Dial("12369", "1" * 200, stay=9)])
    row = until(lambda: line.queue_log()[before:], 10)[0]
    assert (row.event, row.details[1]) == ("ENTERQUEUE", "")


def test_an_unknown_address_is_nobody(line: Line, tmp_path: Path) -> None:
    stranger = Carrier("127.0.0.9", line.target, tmp_path)
    call = stranger.place([Dial("12345", "13800001236", stay=1)])
    try:
        assert call.wait(15) != 0
        assert "401" in call.errors()
        assert line.entered("13800001236") == []
    finally:
        stranger.stop()
