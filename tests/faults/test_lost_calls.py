"""No call is lost, none is double, whatever was killed: the callers' own account is the judge."""

import time
from datetime import timedelta
from typing import Any

import pytest

from call_events.tables import call_events, calls
from tests.faults.callers import GENERAL, all_over, dials, entered, judge, recounted
from tests.faults.house import House
from tests.support.sipp import Carrier
from tests.support.until import until

pytestmark = pytest.mark.usefixtures("recorder")

AWAY_SECONDS = 8.0


def away(house: House, seconds: float) -> None:
    """The recorder is gone for a while; calls go on."""
    gone = time.monotonic()
    house.kill_recorder()
    until(lambda: time.monotonic() - gone > seconds, seconds + 1)


def everything(house: House) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    key = lambda row: str(row.get("source") or row["call_id"])  # noqa: E731
    return sorted(house.rows(calls), key=key), sorted(house.rows(call_events), key=key)


@pytest.mark.usefixtures("seats")
def test_given_the_recorder_is_killed_mid_storm_no_call_is_lost_or_double(
    house: House, carrier: Carrier
) -> None:
    placed = dials(150, stay=3, spread=4)
    storm = carrier.place(placed, per_second=15)
    until(lambda: len(house.calls()) >= 40, 20, "the recorder writes")

    away(house, AWAY_SECONDS)
    house.start_recorder()

    assert storm.wait(60) == 0, storm.errors()
    assert storm.counts() == {"created": 150, "successful": 150, "failed": 0}
    until(lambda: all_over(house, placed), 20, "every call is over in the tables")
    away(house, 0)
    before = everything(house)
    assert "0 added, 0 corrected" in house.hotline("backfill")
    assert everything(house) == before
    judge(house, placed)
    recounted(house)


def test_given_rotation_while_the_recorder_is_away_every_call_is_found(
    house: House, carrier: Carrier
) -> None:
    before = dials(10, stay=2)
    first = carrier.place(before, per_second=10)
    until(lambda: all(dial.caller in house.calls() for dial in before), 10, "the recorder writes")
    house.kill_recorder()

    assert first.wait(20) == 0, first.errors()
    rotate(house)
    meanwhile = dials(10, stay=1)
    assert carrier.place(meanwhile, per_second=20).wait(20) == 0
    rotate(house)
    tear(house)
    house.start_recorder()
    after = dials(5, stay=1)
    assert carrier.place(after, per_second=10).wait(20) == 0

    placed = before + meanwhile + after
    until(lambda: all_over(house, placed), 15, "every call is over in the tables")
    judge(house, placed)
    recounted(house)


def test_given_asterisk_is_killed_the_calls_it_held_are_interrupted_with_their_numbers(
    house: House, carrier: Carrier
) -> None:
    placed = dials(12, stay=60)
    carrier.place(placed, per_second=20)
    waiting = [dial.caller for dial in placed]
    until(lambda: entered(house) >= set(waiting), 10, "they all wait")
    killed = time.time()
    house.kill_asterisk()
    carrier.stop()
    house.start_asterisk()

    def interrupted() -> bool:
        known = house.calls()
        outcomes = [row["outcome"] for caller in waiting for row in known.get(caller, [])]
        return outcomes == ["interrupted"] * len(waiting)

    until(interrupted, 20, "what Asterisk never finished is closed")
    for caller in waiting:
        (row,) = house.calls()[caller]
        assert (row["state"], row["queue"], row["answered_at"]) == ("ended", GENERAL, None)
        assert row["ended_at"].timestamp() <= killed + 1, "it ended when it was last seen"
        assert row["ended_at"] - row["arrived_at"] < timedelta(seconds=10)
        assert house.events(row["call_id"]).count("CallEnded") == 1

    again = dials(3, stay=1)
    assert carrier.place(again, per_second=10).wait(20) == 0
    until(lambda: all_over(house, again), 15, "the line works as before")
    judge(house, again)


def test_given_a_lost_database_the_logs_tell_the_same_again(house: House) -> None:
    until(lambda: house.calls(), 5)
    house.kill_recorder()
    known = {row["call_id"]: row for row in house.rows(calls)}
    for name in ("hotline.db", "hotline.db-wal", "hotline.db-shm"):
        (house.home / name).unlink(missing_ok=True)

    said = house.hotline("backfill")

    assert f"{len(known)} added, 0 corrected" in said
    for row in house.rows(calls):
        before = known.pop(row["call_id"])
        for name in ("dnis", "caller_id", "trunk", "hotline", "queue", "agent", "outcome", "state"):
            assert row[name] == before[name], (row["call_id"], name)
        assert abs(row["wait_ms"] - before["wait_ms"]) <= 1000
    assert known == {}


def rotate(house: House) -> None:
    """As logrotate does: rename, then tell Asterisk to open new files."""
    kept = len([*house.logs.glob("queue_log*")])
    for name in ("queue_log", "cel-custom/cel.csv"):
        (house.logs / name).rename(house.logs / f"{name}.old{kept}")
    house.line.cli("logger reload")


def tear(house: House) -> None:
    """What a writer leaves that was killed in the middle of a line, and lines that are none."""
    until((house.logs / "queue_log").exists, 5, "Asterisk opens its new log")
    with (house.logs / "queue_log").open("ab") as log:
        log.write(b"17953920|t1-1.1|gen\n\xff\xfe\n")
    with (house.logs / "cel-custom/cel.csv").open("ab") as log:
        log.write(b'"HANGUP","1795392602.726069","t1-17\n\n')
