"""Whatever broke: 5 s after it is mended every screen shows what is."""

from collections.abc import Iterator

import pytest

from tests.faults.callers import Storm, dials, pass_by
from tests.faults.house import House
from tests.faults.screens import Screen, all_right, screens, truth
from tests.support.proxy import Proxy
from tests.support.sipp import Carrier
from tests.support.until import until

RIGHT_SECONDS = 5.0

pytestmark = pytest.mark.usefixtures("seats")


@pytest.fixture(scope="module")
def opened(house: House) -> Iterator[dict[str, Screen]]:
    with screens(house) as opened:
        yield opened


@pytest.fixture
def wire(house: House) -> Iterator[Proxy]:
    """A wire between the recorder and Asterisk's manager interface."""
    proxy = Proxy(house.line.instance.ami_port)
    yield proxy
    house.kill_recorder()
    proxy.close()


def busy_hour(house: House, carrier: Carrier, shown: dict[str, Screen]) -> Storm:
    """Four talk, five wait, and every screen shows it."""
    placed = dials(9, stay=90)
    calls = Storm(placed, carrier.place(placed, per_second=20))
    until(lambda: truth(house) == (5, frozenset(("8001", "8002", "8003", "8004"))), 15)
    until(lambda: all_right(house, shown), 10, "the screens are right before anything breaks")
    return calls


def meanwhile(house: House) -> None:
    """What nobody of ours hears: two talks end and two who waited are put through, one gives up."""
    waiting, _ = truth(house)
    rows = [row.split("!") for row in house.line.cli("core show channels concise").splitlines()]
    callers = [row for row in rows if row[0].startswith("PJSIP/carrier")]
    bridged = [row[0] for row in callers if row[12]]
    alone = [row[0] for row in callers if not row[12]]
    for channel in (*bridged[:2], alone[-1]):
        house.line.cli(f"channel request hangup {channel}")
    until(lambda: truth(house)[0] == waiting - 3, 10, "two are put through, one is gone")
    until(lambda: len(truth(house)[1]) == 4, 10, "all four talk again")


def test_given_the_recorder_was_killed_the_screens_are_right(
    house: House, carrier: Carrier, opened: dict[str, Screen]
) -> None:
    house.start_recorder()
    busy_hour(house, carrier, opened)
    house.kill_recorder()
    meanwhile(house)
    house.start_recorder()
    until(lambda: all_right(house, opened), RIGHT_SECONDS, "every screen is right")
    house.kill_recorder()


def test_given_redis_was_killed_the_screens_are_right(
    house: House, carrier: Carrier, opened: dict[str, Screen]
) -> None:
    house.start_recorder()
    busy_hour(house, carrier, opened)
    house.redis.kill()
    meanwhile(house)
    house.redis.start()
    until(lambda: all_right(house, opened), RIGHT_SECONDS, "every screen is right")
    house.kill_recorder()


def test_given_a_link_that_carried_nothing_the_screens_are_right(
    house: House, carrier: Carrier, opened: dict[str, Screen], wire: Proxy
) -> None:
    house.start_recorder(ami_port=str(wire.port))
    busy_hour(house, carrier, opened)
    frozen = wire.freeze()
    meanwhile(house)
    until(lambda: all(one.left_at for one in frozen), 6, "both links are given up")
    until(lambda: all_right(house, opened), RIGHT_SECONDS, "every screen is right")
    pass_by(1)
    assert all_right(house, opened), "and stays right"
