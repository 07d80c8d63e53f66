"""Expert and service seats have hours, holidays and limits; whoever goes without them is marked.

Today is a holiday here. The legal experts (12348) work on holidays; one caller may wait for them,
for 8 s. Those of 12333 and the service seats of 12313 are at home.
"""

import itertools
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from call_events.cel import parse_cel, step_of
from tests.support.catalogue import edited_copy
from tests.support.line import Line, running_line
from tests.support.prompts import rendered_prompts
from tests.support.seat import ringing_seat
from tests.support.sipp import Carrier, Dial
from tests.support.until import until

CARRIER = "127.0.0.2"
ALWAYS = '["mon-sun 00:00-24:00"]'
_callers = itertools.count(13500000001)


@pytest.fixture(scope="module")
def holiday(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    home = tmp_path_factory.mktemp("holiday")
    changes = [
        (f"- name: {name}\n", f"- name: {name}\n    hours: {ALWAYS}\n")
        for name in ("expert-12333", "service-12313")
    ]
    legal = "- name: expert-12348\n"
    legal_hours = f"    hours: {ALWAYS}\n    holiday_hours: {ALWAYS}\n    most_waiting: 1\n"
    names = (
        "    name_zh: 公共法律服务专家\n    name_en: Public legal service experts\n"
        "    kind: expert\n    strategy: leastrecent\n    ring_seconds: 15\n    wait_seconds: "
    )
    changes.append((f"{legal}{names}30", f"{legal}{legal_hours}{names}8"))
    catalogue = edited_copy(home / "catalogue", *changes)
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    (catalogue / "calendar.yaml").write_text(
        f"calendar:\n  days_off:\n    - {{first: {today}, last: {today + timedelta(days=1)}, "
        "name_zh: 假日, name_en: Holiday}\n",
        "utf-8",
    )
    with running_line(home, rendered_prompts(), catalogue_path=catalogue) as running:
        yield running


@pytest.fixture
def carrier(holiday: Line, tmp_path: Path) -> Iterator[Carrier]:
    with Carrier(CARRIER, holiday.target, tmp_path) as carrier:
        yield carrier


@pytest.fixture
def lawyer(holiday: Line, tmp_path: Path) -> Iterator[None]:
    """A legal expert's phone rings and is not picked up."""
    with ringing_seat(holiday, tmp_path, "8009", "expert-12348"):
        yield


def steps(line: Line, caller: str) -> list[tuple[str, str, str]]:
    """Return step, rule and experts gone without of a caller's steps, from Asterisk's own log."""
    rows = parse_cel(line.cel().encode()).rows
    found = [step_of(row) for row in rows if row.caller == caller]
    return [(step.step, step.reason, step.wanted) for step in found if step]


@pytest.mark.parametrize(
    ("number", "queue"), [("12333", "expert-12333"), ("12313", "service-12313")]
)
def test_on_a_holiday_experts_are_away_and_the_caller_is_marked(
    holiday: Line, carrier: Carrier, number: str, queue: str
) -> None:
    caller = str(next(_callers))
    carrier.place([Dial(number, caller, stay=9)])
    assert until(lambda: holiday.entered(caller), 12) == ["general-seats"]
    assert steps(holiday, caller) == [("queue:general-seats", "out-of-hours", queue)]


@pytest.mark.usefixtures("lawyer")
def test_where_one_caller_waits_for_the_experts_the_next_goes_on_at_once(
    holiday: Line, carrier: Carrier
) -> None:
    first, second = str(next(_callers)), str(next(_callers))
    carrier.place([Dial("12348", first, stay=30)])
    until(lambda: holiday.entered(first) == ["expert-12348"], 12, "the first waits")

    carrier.place([Dial("12348", second, stay=20)])

    until(lambda: holiday.entered(second), 12, "the second is in a queue")
    assert holiday.entered(second) == ["general-seats"], "there was no room among the experts"
    expected = [
        ("queue:expert-12348", "expert", ""),
        ("queue:general-seats", "overflow", "expert-12348"),
    ]
    assert steps(holiday, second) == expected
    until(lambda: len(holiday.entered(first)) == 2, 15, "the first has waited long enough")
    assert holiday.entered(first) == ["expert-12348", "general-seats"]
    assert steps(holiday, first) == expected
