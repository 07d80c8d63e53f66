"""The clock of the whole house is set back an hour while calls go on; that of sipp is not.

Asterisk, the loop, the recorder and the console go by the same clock, as on one machine. Redis
keeps the machine's own (its allocator and the shim do not go together): nobody asks it the time.
"""

import socket
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from call_events.tables import call_events
from tests.faults.callers import GENERAL, Storm, connected, dials, storm, well_kept
from tests.faults.conftest import DESKS, SEATS
from tests.faults.house import House
from tests.faults.screens import WALL, Screen, all_right, screens, truth
from tests.support.clock import Clock
from tests.support.ports import free_port
from tests.support.sipp import SCENARIOS, Carrier, Dial
from tests.support.until import until

HOUR = 3600.0
RIGHT_SECONDS = 5.0
TALKS_SECONDS = 15.0
SECOND = timedelta(seconds=1)

pytestmark = pytest.mark.usefixtures("recorder")


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Clock:
    return Clock(tmp_path_factory.mktemp("clock"))


@pytest.fixture(scope="module")
def opened(house: House) -> Iterator[dict[str, Screen]]:
    with screens(house) as opened:
        yield opened


@pytest.fixture
def desks(house: House, tmp_path: Path) -> Iterator[Carrier]:
    """Two phones of the general queue: one that is never picked up, and one that is."""
    desks = Carrier(DESKS, house.line.target, tmp_path)
    phones = {"8001": SCENARIOS / "ringing_phone.xml", "8002": SCENARIOS / "answerer.xml"}
    for seat, phone in phones.items():
        port = free_port(DESKS, socket.SOCK_DGRAM)
        desks.register(f"{seat}-desk", house.line.secrets.seats[seat], port)
        desks.answer(port, phone)
    yield desks
    for seat in phones:
        house.line.cli(f"queue remove member PJSIP/{seat}-desk from {GENERAL}")
    desks.stop()


@pytest.fixture
def calls(house: House, carrier: Carrier, seats: None, opened: dict[str, Screen]) -> Storm:
    """Each seat has talked before and talks now; five wait, and every screen shows it."""
    well_kept(house, storm(carrier, 8))
    placed = dials(4, stay=TALKS_SECONDS) + dials(5, stay=2 * TALKS_SECONDS, spread=5)
    calls = Storm(placed, carrier.place(placed, per_second=20))
    until(lambda: truth(house) == (5, frozenset(SEATS)), 15, "four talk, five wait")
    until(lambda: all_right(house, opened), 10, "the screens are right before")
    return calls


def row(house: House, dial: Dial) -> dict[str, Any]:
    (row,) = house.calls()[dial.caller]
    return row


def put_through(house: House, calls: Storm) -> None:
    """Those who waited as the clock was set are put to the agents as these become free."""
    waited = {row(house, dial)["call_id"] for dial in calls.placed[4:]}
    until(lambda: len(waited & connected(house)) >= 4, TALKS_SECONDS + 5, "four are put through")


def ages_right(clock: Clock, wall: Screen) -> bool:
    """Nobody is seen to wait, or to be at it, for an hour or for less than no time."""
    waits = [q["longest_wait_ms"] / 1000 for q in wall.floor["queues"] if q["waiting"]]
    since = [datetime.fromisoformat(agent["since"]) for agent in wall.floor["agents"]]
    ages = [(clock.now() - at).total_seconds() for at in since]
    return all(-1 < seconds < 120 for seconds in (*waits, *ages))


def right(house: House, clock: Clock, shown: dict[str, Screen]) -> bool:
    return ages_right(clock, shown[WALL]) and all_right(house, shown)


def sane(house: House, placed: list[Dial]) -> None:
    """Waits and talks are those the row's own moments tell, by one clock."""
    for dial in placed:
        kept = row(house, dial)
        over = kept["answered_at"] or kept["ended_at"]
        assert abs(over - kept["queued_at"] - timedelta(milliseconds=kept["wait_ms"])) < SECOND
        talked = kept["ended_at"] - over
        assert abs(talked - timedelta(milliseconds=kept["talk_ms"] or 0)) < SECOND
        assert kept["arrived_at"] <= kept["queued_at"]


def illegal_moves(house: House) -> list[dict[str, Any]]:
    return [event for event in house.rows(call_events) if event["type"] == "IllegalMove"]


def test_given_the_clock_set_back_an_hour_no_call_is_lost_and_the_screens_are_right(
    house: House, carrier: Carrier, clock: Clock, calls: Storm, opened: dict[str, Screen]
) -> None:
    clock.set_back(HOUR)

    until(lambda: right(house, clock, opened), RIGHT_SECONDS, "every screen is right")
    put_through(house, calls)
    until(lambda: all_right(house, opened), RIGHT_SECONDS, "every screen is right")
    well_kept(house, calls)
    sane(house, calls.placed)
    after = storm(carrier, 12)
    well_kept(house, after)
    sane(house, after.placed)
    assert illegal_moves(house) == []


@pytest.mark.usefixtures("desks")
def test_given_a_phone_that_nobody_picks_up_the_caller_is_not_left_to_it_for_the_hour(
    house: House, carrier: Carrier, clock: Clock
) -> None:
    join = "queue add member PJSIP/{0}-desk to " + GENERAL + " penalty 0 as {0}"
    house.line.cli(join.format("8001"))
    placed = dials(1, stay=15)
    calls = Storm(placed, carrier.place(placed))
    until(lambda: house.agents().get("8001") == "ringing", 10, "it rings")
    house.line.cli(join.format("8002"))
    clock.set_back(HOUR)

    until(lambda: house.agents().get("8002") == "talking", RIGHT_SECONDS, "somebody else has it")
    well_kept(house, calls)
    sane(house, placed)
    assert row(house, placed[0])["agent"] == "8002"


@pytest.mark.usefixtures("seats")
def test_given_free_agents_who_had_talked_before_the_next_callers_are_put_through(
    house: House, carrier: Carrier, clock: Clock
) -> None:
    before = dials(4, stay=2)
    well_kept(house, Storm(before, carrier.place(before, per_second=20)))
    assert len({row(house, dial)["agent"] for dial in before}) == 4
    clock.set_back(HOUR)

    after = dials(4, stay=4)
    well_kept(house, Storm(after, carrier.place(after, per_second=20)))
    assert {row(house, dial)["outcome"] for dial in after} == {"answered"}
    sane(house, after)


def test_given_the_clock_set_back_while_the_recorder_is_away_it_finds_out_and_puts_it_right(
    house: House, carrier: Carrier, clock: Clock, calls: Storm, opened: dict[str, Screen]
) -> None:
    house.kill_recorder()
    clock.set_back(HOUR)
    house.start_recorder()

    until(lambda: right(house, clock, opened), RIGHT_SECONDS, "every screen is right")
    put_through(house, calls)
    well_kept(house, calls)
    sane(house, calls.placed)
    after = storm(carrier, 12)
    well_kept(house, after)
    sane(house, after.placed)
    assert illegal_moves(house) == []
