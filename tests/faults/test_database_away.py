"""The database is gone for a while: what happened meanwhile is written when it is back."""

from collections.abc import Iterator

import pytest

from tests.faults.callers import pass_by, storm, well_kept, writing
from tests.faults.house import House, running_house
from tests.support.ports import free_port
from tests.support.postgres import PostgresServer, postgres_server
from tests.support.sipp import Carrier

AWAY_SECONDS = 60.0

pytestmark = pytest.mark.usefixtures("recorder", "seats")


@pytest.fixture(scope="module")
def database() -> Iterator[PostgresServer]:
    with postgres_server(free_port()) as server:
        yield server


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory, database: PostgresServer) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("house"), postgresql=database.url) as house:
        yield house


def test_given_a_postgresql_that_stops_and_starts_no_call_is_lost_or_double(
    house: House, carrier: Carrier, database: PostgresServer
) -> None:
    calls = storm(carrier, count=280, per_second=4)
    writing(house, 10)
    database.stop()
    pass_by(AWAY_SECONDS)
    database.start()
    well_kept(house, calls)
    assert house.recorder is not None
    assert house.recorder.poll() is None, "one recorder lived through it all"


def test_given_it_was_away_a_second_recorder_is_refused_as_before(
    house: House, database: PostgresServer
) -> None:
    database.stop()
    database.start()
    pass_by(3)
    assert house.new_recorder().wait(15) != 0
    assert "RecorderTaken" in (house.home / "recorder.out").read_text("utf-8")
    assert house.recorder is not None
    assert house.recorder.poll() is None
