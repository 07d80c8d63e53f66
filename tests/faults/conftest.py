"""A real Asterisk, real callers and phones, and a recorder that can be killed at any moment."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.house import House, running_house
from tests.support.clock import Clock
from tests.support.ports import free_port
from tests.support.sipp import Carrier
from tests.support.until import until

CARRIER = "127.0.0.2"
DESKS = "127.0.0.4"
SEATS = ("8001", "8002", "8003", "8004")


@pytest.fixture(scope="module")
def volume() -> Path | None:
    """Where the database is, if not in the home."""
    return None


@pytest.fixture(scope="module")
def clock() -> Clock | None:
    """The clock that the house goes by, if not the machine's."""
    return None


@pytest.fixture(scope="module")
def house(
    tmp_path_factory: pytest.TempPathFactory, volume: Path | None, clock: Clock | None
) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("house"), volume, clock=clock) as house:
        yield house


@pytest.fixture
def recorder(house: House) -> Iterator[None]:
    house.start_recorder()
    yield
    house.kill_recorder()


@pytest.fixture
def carrier(house: House, tmp_path: Path) -> Iterator[Carrier]:
    carrier = Carrier(CARRIER, house.line.target, tmp_path)
    yield carrier
    carrier.stop()
    # Who stops without a goodbye is on the line for two minutes more.
    house.line.cli("channel request hangup all")
    until(lambda: house.line.channels() == 0, 10, "the line is quiet")


@pytest.fixture
def seats(house: House, tmp_path: Path) -> Iterator[None]:
    """Phones that answer each call, members of the general queue while the test runs."""
    desks = Carrier(DESKS, house.line.target, tmp_path)
    for seat in SEATS:
        port = free_port(DESKS, socket.SOCK_DGRAM)
        desks.register(f"{seat}-desk", house.line.secrets.seats[seat], port)
        desks.answer(port)
        house.line.cli(f"queue add member PJSIP/{seat}-desk to general-seats penalty 0 as {seat}")
    yield
    for seat in SEATS:
        house.line.cli(f"queue remove member PJSIP/{seat}-desk from general-seats")
    desks.stop()
