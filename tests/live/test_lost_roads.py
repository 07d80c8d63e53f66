"""Where a road ends without a person, the caller is led to one."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.line import Line
from tests.support.ports import free_port
from tests.support.sipp import SCENARIOS, Carrier, Dial
from tests.support.until import until

SEAT = "127.0.0.7"


@pytest.fixture
def seats(line: Line, tmp_path: Path) -> Iterator[Carrier]:
    """Desk phones at an address of their own."""
    phones = Carrier(SEAT, line.target, tmp_path)
    yield phones
    phones.stop()


def test_an_emergency_line_that_is_dead_does_not_keep_the_caller_in_silence(
    line: Line, carrier: Carrier, caller: str
) -> None:
    """Nothing listens there, and left alone SIP goes on trying for 32 s."""
    carrier.place([Dial("119", caller, stay=20)])
    assert until(lambda: line.entered(caller), 22) == ["general-seats"]
    assert line.steps("119")[-1].split()[2:] == ["queue:general-seats", "emergency-return"]


def test_experts_whose_phones_are_gone_are_nobody(
    line: Line, carrier: Carrier, caller: str
) -> None:
    line.cli("queue add member PJSIP/8010-desk to expert-12348 penalty 0 as 8010")
    try:
        carrier.place([Dial("12348", caller, stay=20)])
        assert until(lambda: line.entered(caller), 15) == ["general-seats"]
    finally:
        line.cli("queue remove member PJSIP/8010-desk from expert-12348")


def test_a_caller_transferred_to_a_seat_where_nobody_is_comes_back_to_a_person(
    line: Line, carrier: Carrier, seats: Carrier, caller: str
) -> None:
    member, queue, port = "PJSIP/8006-desk", "service-12313", free_port(SEAT, socket.SOCK_DGRAM)
    seats.register("8006-desk", line.secrets.seats["8006"], port)
    phone = seats.run(SCENARIOS / "transferring_phone.xml", ("-p", str(port), line.target))
    line.cli(f"queue add member {member} to {queue} penalty 0 as 8006")
    try:
        call = carrier.place([Dial("12313", caller, stay=25)])
        queues = until(lambda: len(line.entered(caller)) > 1 and line.entered(caller), 25)
    finally:
        line.cli(f"queue remove member {member} from {queue}")
    assert queues == [queue, "general-seats"], phone.errors()
    assert call.process.poll() is None, "the caller is still there"
