"""Each account, carrier and seat can do what it is for, and nothing else."""

import socket
from pathlib import Path

import pytest

from tests.support.line import Line
from tests.support.sipp import SCENARIOS, Carrier, Dial
from tests.support.until import until


class Manager:
    """A plain AMI client, logged in as one of our accounts."""

    def __init__(self, line: Line, account: str, secret: str) -> None:
        self._socket = socket.create_connection(("127.0.0.1", line.instance.ami_port), 5)
        self._file = self._socket.makefile("rb")
        self._file.readline()
        self.reply = self.act("Login", Username=account, Secret=secret)

    def act(self, action: str, **headers: str) -> str:
        """Send an action and return Asterisk's response to it."""
        lines = [f"Action: {action}", "ActionID: t1"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self._socket.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        while True:
            packet = b"".join(iter(self._file.readline, b"\r\n"))
            if b"ActionID: t1" in packet:
                return packet.decode()

    def close(self) -> None:
        self._file.close()
        self._socket.close()


ORIGINATE = {"Channel": "PJSIP/119@emergency", "Application": "Wait", "Data": "1", "Async": "true"}


@pytest.mark.parametrize(
    ("action", "headers"),
    [
        ("Originate", ORIGINATE),
        ("Command", {"Command": "core show version"}),
        ("QueueAdd", {"Queue": "general-seats", "Interface": "PJSIP/8001-desk"}),
        ("Redirect", {"Channel": "x", "Context": "hotline", "Exten": "arrive", "Priority": "1"}),
        ("UpdateConfig", {"SrcFilename": "queues.conf", "DstFilename": "queues.conf"}),
        ("Setvar", {"Variable": "HL_GENERAL", "Value": "nowhere"}),
    ],
)
def test_the_reader_may_only_read(line: Line, action: str, headers: dict[str, str]) -> None:
    reader = Manager(line, "reader", line.secrets.ami_reader)
    assert "Success" in reader.reply
    assert "Permission denied" in reader.act(action, **headers)
    reader.close()


@pytest.mark.parametrize(
    ("action", "headers"),
    [
        ("Command", {"Command": "core show version"}),
        ("Reload", {"Module": "app_queue.so"}),
        ("GetConfig", {"Filename": "manager.conf"}),
        ("ModuleLoad", {"Module": "app_system.so", "LoadType": "load"}),
    ],
)
def test_the_controller_may_not_run_commands_or_touch_files(
    line: Line, action: str, headers: dict[str, str]
) -> None:
    controller = Manager(line, "controller", line.secrets.ami_controller)
    assert "Success" in controller.reply
    assert "Permission denied" in controller.act(action, **headers)
    controller.close()


def test_a_wrong_password_is_nobody(line: Line) -> None:
    stranger = Manager(line, "reader", "wrong")
    assert "Authentication failed" in stranger.reply
    stranger.close()


def test_a_seat_with_a_wrong_password_does_not_register(line: Line, tmp_path: Path) -> None:
    seat = Carrier("127.0.0.6", line.target, tmp_path)
    try:
        with pytest.raises(AssertionError, match="refused"):
            seat.register("8003-desk", "wrong", 5099)
    finally:
        seat.stop()


@pytest.mark.parametrize("number", ["119", "12366", "12345", "13800001111", "8004"])
def test_a_seat_rings_other_seats_and_never_a_trunk(
    line: Line, tmp_path: Path, number: str
) -> None:
    """8004 exists and nobody is there; the others are not numbers a seat can dial."""
    seat = Carrier("127.0.0.6", line.target, tmp_path)
    password = line.secrets.seats["8003"]
    text = (SCENARIOS / "seat_calls.xml").read_text("utf-8")
    text = text.replace("[field1]", f"[authentication username=8003-desk password={password}]")
    scenario = tmp_path / "seat_calls.xml"
    scenario.write_text(text.replace("[field0]", number), "utf-8")
    before = len(line.queue_log())
    try:
        call = seat.run(scenario, ("-m", "1", "-timeout", "20", line.target))
        call.wait(25)
        assert "SIP/2.0 200" not in call.errors()
        refused = "503" if number == "8004" else "404"
        assert f"SIP/2.0 {refused}" in call.errors()
    finally:
        seat.stop()
    assert line.queue_log()[before:] == []


def test_a_carrier_may_not_register_as_a_seat_and_still_rings_us(
    line: Line, carrier: Carrier, caller: str
) -> None:
    with pytest.raises(AssertionError, match="refused"):
        carrier.register("8003-desk", line.secrets.seats["8003"], 5099)
    carrier.place([Dial("12345", caller, stay=9)])
    until(lambda: line.entered(caller), 10)
