"""What a real Asterisk 22.10 wrote, and what a killed one leaves behind."""

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from call_events.cel import parse_cel, step_of
from call_events.log_calls import LogCalls
from call_events.log_reader import LogFollower
from call_events.log_story import tell
from call_events.queue_log import QueueRow, parse_queue_log

LOGS = Path(__file__).parents[2] / "replay/logs"
ENTERED = b"1795392647|t1-1795392643.5|general-seats|NONE|ENTERQUEUE||13800000005|1\n"
STARTED = b"1795392599|NONE|NONE|NONE|QUEUESTART|\n"
HANGUP = (
    b'"HANGUP","1795392602.726069","t1-1.0","t1-1.0","t1-1.0","PJSIP/carrier-0","138","queue","",'
    b'"{""hangupcause"":16}",""\n'
)


def test_recorded_files_are_read_whole() -> None:
    for name, parse, rows in (
        ("queue_log.0", parse_queue_log, 10),
        ("cel.csv", parse_cel, 62),
    ):
        data = (LOGS / name).read_bytes()
        parsed = parse(data)
        assert (len(parsed.rows), parsed.faults, parsed.end) == (rows, [], len(data))


def test_a_row_of_queue_log_and_a_step_have_their_parts() -> None:
    (row,) = parse_queue_log(ENTERED).rows
    at = datetime.fromtimestamp(1795392647, UTC)
    call = "t1-1795392643.5"
    assert row == QueueRow(
        at, call, "general-seats", "NONE", "ENTERQUEUE", ("", "13800000005", "1")
    )
    steps = [step_of(row) for row in parse_cel((LOGS / "cel.csv").read_bytes()).rows]
    first = next(step for step in steps if step)
    assert (first.seq, first.step, first.dnis) == (1, "queue:general-seats", "12345")


def test_a_step_of_today_also_says_which_header_named_the_number() -> None:
    old = b'1 loop queue:general-seats main 12345"'
    data = (LOGS / "cel.csv").read_bytes()
    assert old in data, "recorded before steps said so"
    rows = parse_cel(data.replace(old, old[:-1] + b' diversion expert-12333"')).rows
    known = LogCalls()
    known.add((), rows)
    told = [tell(calls, "t1", {}) for calls in known.ours()]
    calls = [one.call for one in told if one and one.call.dnis == "12345"]
    assert {(call.landed_by, call.wants_expert) for call in calls} == {
        ("diversion", "expert-12333")
    }


@pytest.mark.parametrize("cut", [1, 20, len(ENTERED) - 1])
def test_a_line_without_its_end_waits_for_it(cut: int) -> None:
    parsed = parse_queue_log(STARTED + ENTERED[:cut], start=100)
    assert (len(parsed.rows), parsed.end, parsed.faults) == (1, 100 + len(STARTED), [])


def test_what_follows_a_torn_line_is_not_lost_with_it() -> None:
    parsed = parse_queue_log(ENTERED[:30] + STARTED)
    assert [row.event for row in parsed.rows] == ["QUEUESTART"]
    assert [(fault.position, fault.why) for fault in parsed.faults] == [(0, "torn")]
    torn = parse_cel(HANGUP[:40] + HANGUP)
    assert ([row.event for row in torn.rows], len(torn.faults)) == (["HANGUP"], 1)


@pytest.mark.parametrize(
    "broken", [b"\n", b"\xff\xfe\n", b"now|a|b\n", b'"HANGUP","x"\n', b'"a"b",\n', b"99|||||\n"]
)
def test_a_broken_line_is_counted_with_its_place_and_passed_over(broken: bytes) -> None:
    for parse, good in ((parse_queue_log, ENTERED), (parse_cel, HANGUP)):
        parsed = parse(good + broken + good)
        assert len(parsed.rows) == 2
        assert [fault.position for fault in parsed.faults] == [len(good)]


def test_the_files_tell_the_calls_and_what_asterisk_never_finished() -> None:
    known = LogCalls()
    known.add((), parse_cel((LOGS / "cel.csv").read_bytes()).rows)
    for name in ("queue_log.0", "queue_log"):
        known.add(parse_queue_log((LOGS / name).read_bytes()).rows, ())
    known.add(parse_queue_log(STARTED.replace(b"1795392599", b"1795392700")).rows, ())
    told = [tell(rows, "t1", {}) for rows in known.settled(datetime.now(UTC))]
    found = [(one.call.caller_id[-1], one.call.outcome, one.call.wait_ms) for one in told if one]
    assert found == [
        ("1", "abandoned", 3010),
        ("2", "abandoned", 3009),
        ("3", "abandoned", 33043),
        ("4", "abandoned", 4007),
        ("5", "abandoned", 882),
        ("6", "abandoned", 19964),
        ("7", "abandoned", 2013),
        ("8", "interrupted", 0),
    ]


def test_asterisk_back_within_the_second_has_not_kept_its_callers() -> None:
    known = LogCalls()
    known.add((), parse_cel((LOGS / "cel.csv").read_bytes()).rows)
    left = (LOGS / "queue_log").read_bytes().splitlines(keepends=True)[-1]
    known.add(parse_queue_log(left + STARTED.replace(b"1795392599", left[:10])).rows, ())
    over = {rows.call_id: rows.interrupted for rows in known.settled(datetime.now(UTC))}
    assert over["t1-1795392679.12"]


def test_rotation_truncation_and_a_used_again_inode(tmp_path: Path) -> None:
    log = tmp_path / "queue_log"
    log.write_bytes(STARTED)
    follower = LogFollower(log, parse_queue_log)
    assert len(follower.read()) == 1
    place = follower.place()
    with log.open("ab") as file:
        file.write(ENTERED)
    log.rename(tmp_path / "queue_log.0")
    log.write_bytes(ENTERED + ENTERED)
    later = LogFollower(log, parse_queue_log, place)
    assert [len(later.read()) for _ in range(3)] == [1, 2, 0]
    os.truncate(log, 0)
    with log.open("ab") as file:
        file.write(STARTED)
    assert [row.event for row in later.read()] == ["QUEUESTART"]
    assert [fault.why for fault in later.faults] == ["truncated"]
    place = later.place()
    assert place is not None
    log.write_bytes(ENTERED)  # the same inode, another file
    again = LogFollower(log, parse_queue_log, place)
    assert [len(again.read()) for _ in range(3)] == [2, 1, 0], "all there is, rather than a guess"
