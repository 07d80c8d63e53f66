"""The callers of a test, and the judge of what is kept of them."""

import contextlib
import itertools
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.faults.house import House
from tests.support.sipp import Carrier, Dial, Sipp
from tests.support.until import until

GENERAL = "general-seats"
_numbers = itertools.count(13700000001)


@dataclass(frozen=True)
class Storm:
    """Calls that were placed, and sipp's own account of them."""

    placed: list[Dial]
    sipp: Sipp


def dials(count: int, stay: float, spread: float = 0.0, number: str = "12345") -> list[Dial]:
    """Calls, each from a number of its own; they stay for `stay` seconds, then up to more."""
    return [
        Dial(number, str(next(_numbers)), stay=stay + spread * index / count)
        for index in range(count)
    ]


def all_over(house: House, placed: list[Dial]) -> bool:
    """Tell whether each caller has a call that ended, and the files agree with the tables."""
    known = house.calls()
    return all(
        dial.caller in known and all(row["ended_at"] for row in known[dial.caller])
        for dial in placed
    )


def connected(house: House) -> set[str]:
    """Calls that app_queue put through, read as plainly as can be."""
    text = "".join(path.read_text("utf-8", "replace") for path in house.logs.glob("queue_log*"))
    return {line.split("|")[1] for line in text.splitlines() if "|CONNECT|" in line}


def entered(house: House) -> set[str]:
    """Callers whom app_queue took in since the last rotation."""
    text = (house.logs / "queue_log").read_text("utf-8", "replace")
    return {line.split("|")[6] for line in text.splitlines() if "|ENTERQUEUE|" in line}


def judge(house: House, placed: list[Dial], within: float = 5.0) -> None:
    """Each caller has one call, with the outcome app_queue gave it and the time sipp stayed.

    What AMI told wrongly may take some seconds to be put right from the files.
    """
    wrong: list[tuple[str, Any]] = []

    def right() -> bool:
        wrong[:] = wrongly_kept(house, placed)
        return not wrong

    with contextlib.suppress(AssertionError):
        until(right, within)
    assert wrong == [], "\n".join(map(str, wrong[:6]))


def wrongly_kept(house: House, placed: list[Dial]) -> list[tuple[str, Any]]:
    """Callers whose call is not kept as it was, and what is kept instead."""
    known, answered, events = house.calls(), connected(house), house.all_events()
    wrong: list[tuple[str, Any]] = []
    for dial in placed:
        rows = known.get(dial.caller, [])
        if len(rows) != 1:
            wrong.append((dial.caller, len(rows)))
            continue
        (row,) = rows
        outcome = "answered" if row["call_id"] in answered else "abandoned"
        spent = (row["wait_ms"] or 0) + (row["talk_ms"] or 0)
        right = (
            (row["dnis"], row["queue"], row["state"]) == (dial.number, GENERAL, "ended")
            and row["outcome"] == outcome
            and (row["agent"] is not None) == (outcome == "answered")
            and abs(spent - dial.stay * 1000) <= 1000
            and [step["seq"] for step in row["path"]] == [1]
        )
        if not right:
            wrong.append((dial.caller, {"stay": dial.stay, "expected": outcome, **row}))
        told = events[row["call_id"]]
        once = ("CallArrived", "StepTaken", "CallQueued", "CallEnded")
        if [told.count(kind) for kind in once] != [1] * len(once):
            wrong.append((dial.caller, told))
        if told.count("CallConnected") != int(outcome == "answered"):
            wrong.append((dial.caller, told))
    return wrong


def storm(carrier: Carrier, count: int = 60, per_second: int = 8) -> Storm:
    """Callers who come one after another for some seconds and stay for 2 to 5 s each."""
    placed = dials(count, stay=2, spread=3)
    return Storm(placed, carrier.place(placed, per_second=per_second))


def well_kept(house: House, calls: Storm, within: float = 20.0) -> None:
    """Every call ended as sipp says, has one row, and the figures equal the recount."""
    count = len(calls.placed)
    assert calls.sipp.wait(90) == 0, calls.sipp.errors()
    assert calls.sipp.counts() == {"created": count, "successful": count, "failed": 0}
    until(lambda: all_over(house, calls.placed), within, "every call is over in the tables")
    judge(house, calls.placed)
    recounted(house)


def writing(house: House, calls: int) -> None:
    """Wait until the recorder has written some more calls."""
    before = len(house.calls())
    until(lambda: len(house.calls()) >= before + calls, 20, "the recorder writes")


def pass_by(seconds: float) -> None:
    """Let time pass while calls go on."""
    began = time.monotonic()
    until(lambda: time.monotonic() - began > seconds, seconds + 1)


def recounted(house: House) -> None:
    """The figures of the tables are those of Asterisk's own files."""
    since = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
    until(
        lambda: "all equal" in house.hotline("figures", "--check", "--from", since),
        10,
        "the figures agree",
    )
