"""One real Asterisk for all live tests of a run; each test has its own callers."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ear import Ear
from tests.support.house import House
from tests.support.line import Line, running_line
from tests.support.ports import free_port
from tests.support.prompts import rendered_prompts
from tests.support.sipp import Carrier

CARRIER = "127.0.0.2"
OTHER_CENTRES = "127.0.0.3"
_callers = itertools.count(13900000001)


@pytest.fixture(scope="session")
def peers() -> dict[str, tuple[str, int]]:
    """Addresses at which tests stand as sub-centre and emergency services."""
    return {
        "subcentre-12366": (OTHER_CENTRES, free_port(OTHER_CENTRES)),
        "emergency": (OTHER_CENTRES, free_port(OTHER_CENTRES)),
    }


@pytest.fixture(scope="session")
def line(
    tmp_path_factory: pytest.TempPathFactory, peers: dict[str, tuple[str, int]]
) -> Iterator[Line]:
    """The 12345 line, with its loop."""
    home = tmp_path_factory.mktemp("line")
    with running_line(home, rendered_prompts(), peers=peers) as running:
        yield running


@pytest.fixture
def carrier(line: Line, tmp_path: Path) -> Iterator[Carrier]:
    """A carrier at its own address, known to Asterisk by it."""
    carrier = Carrier(CARRIER, line.target, tmp_path)
    yield carrier
    carrier.stop()


@pytest.fixture
def other_centre(line: Line, tmp_path: Path) -> Iterator[Carrier]:
    """The far end of sub-centres and emergency services."""
    centre = Carrier(OTHER_CENTRES, line.target, tmp_path)
    yield centre
    centre.stop()


@pytest.fixture
def caller() -> str:
    """A caller's number nobody else uses in this run."""
    return str(next(_callers))


@pytest.fixture
def house(running: House) -> Iterator[House]:
    """The house that this file runs; who stood in it for a test is gone after it."""
    yield running
    running.close()


@pytest.fixture
def ear() -> Iterator[Ear]:
    """What a caller hears, at the carrier's address."""
    ear = Ear(CARRIER)
    yield ear
    ear.close()
