"""Wires that break, stores that go away, words that come twice: sipp's own list is the judge."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing

import pytest

from call_events.tables import call_events
from tests.faults.callers import pass_by, storm, well_kept, writing
from tests.faults.house import House
from tests.support.proxy import Proxy
from tests.support.sipp import Carrier
from tests.support.until import until

NOTICED_SECONDS = 3.0
# Several times as long as a writer waits for its turn (database.engine): its commits fail.
LOCKED_SECONDS = 60.0

pytestmark = pytest.mark.usefixtures("seats")


@pytest.fixture
def wire(house: House) -> Iterator[Proxy]:
    """A wire between the recorder and Asterisk's manager interface."""
    proxy = Proxy(house.line.instance.ami_port)
    yield proxy
    house.kill_recorder()
    proxy.close()


def test_given_a_link_that_carries_nothing_more_it_is_noticed_and_no_call_is_lost(
    house: House, carrier: Carrier, wire: Proxy
) -> None:
    house.start_recorder(ami_port=str(wire.port))
    calls = storm(carrier)
    writing(house, 10)
    frozen, since = wire.freeze(), time.monotonic()
    until(lambda: all(one.left_at for one in frozen), 6, "both links are given up")
    noticed = max((one.left_at or 0) - since for one in frozen)
    assert len(frozen) == 2
    assert noticed <= NOTICED_SECONDS
    well_kept(house, calls)


def test_given_a_reset_between_action_and_reply_no_agent_is_left_in_wrapup(
    house: House, carrier: Carrier, wire: Proxy
) -> None:
    house.start_recorder(ami_port=str(wire.port), wrapup="1")
    calls = storm(carrier)
    writing(house, 10)
    wire.reset_after = b"Action: QueuePause"
    until(lambda: not wire.reset_after, 15, "the link is cut behind a pause")
    well_kept(house, calls)
    until(lambda: set(house.agents().values()) == {"ready"}, 10, "everybody is ready again")


def test_given_redis_is_killed_every_event_is_on_the_stream_once(
    house: House, carrier: Carrier
) -> None:
    house.start_recorder()
    calls = storm(carrier)
    writing(house, 10)
    house.redis.kill()
    pass_by(3)
    house.redis.start()
    well_kept(house, calls)
    ids = sorted(event["id"] for event in house.rows(call_events))
    mine = {row["call_id"] for dial in calls.placed for row in house.calls()[dial.caller]}
    first = min(e["id"] for e in house.rows(call_events) if e["call_id"] in mine)
    committed = [number for number in ids if number >= first]
    until(lambda: house.streamed()[-1] == committed[-1], 10, "the stream has caught up")
    assert [number for number in house.streamed() if number >= first] == committed


def test_given_a_database_that_takes_nothing_for_a_while_every_call_is_written_after(
    house: House, carrier: Carrier
) -> None:
    house.start_recorder()
    calls = storm(carrier, count=280, per_second=4)
    writing(house, 10)
    with closing(sqlite3.connect(house.file, timeout=20, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        pass_by(LOCKED_SECONDS)
        other.execute("ROLLBACK")
    well_kept(house, calls, within=10)


def test_given_a_handler_that_raises_the_calls_it_broke_are_told_by_the_files(
    house: House, carrier: Carrier
) -> None:
    house.start_recorder(broken="QueueCallerJoin")
    calls = storm(carrier)
    well_kept(house, calls)
    assert "RuntimeError" in (house.home / "recorder.out").read_text("utf-8")


def test_given_every_word_twice_and_out_of_order_each_call_has_one_true_story(
    house: House, carrier: Carrier
) -> None:
    house.start_recorder(unruly="yes")
    calls = storm(carrier)
    well_kept(house, calls)
