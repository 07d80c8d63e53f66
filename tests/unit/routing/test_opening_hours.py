"""Weekly windows on the city's clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.opening_hours import OpeningHours

SHANGHAI = ZoneInfo("Asia/Shanghai")


def open_at(windows: list[str], now: str, zone: tzinfo | None = None) -> bool:
    hours = OpeningHours.parse(windows, SHANGHAI)
    return hours.open_at(datetime.fromisoformat(now).replace(tzinfo=zone))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-23T08:59", False),
        ("2026-11-23T09:00", True),
        ("2026-11-23T11:59:59", True),
        ("2026-11-23T12:00", False),
        ("2026-11-27T17:29", True),
        ("2026-11-28T10:00", False),
    ],
)
def test_a_window_opens_at_its_first_minute_and_shuts_before_its_last(
    now: str, expected: bool
) -> None:
    assert open_at(["mon-fri 09:00-12:00", "mon-fri 13:30-17:30"], now) is expected


def test_the_citys_clock_counts() -> None:
    assert open_at(["mon 09:00-17:00"], "2026-11-23T01:00", UTC)
    assert not open_at(["mon 09:00-17:00"], "2026-11-23T09:00", UTC)


def test_a_night_shift_ends_on_the_next_day_also_over_the_week_end() -> None:
    assert open_at(["sun 22:00-06:00"], "2026-11-22T23:00")
    assert open_at(["sun 22:00-06:00"], "2026-11-23T05:59")
    assert not open_at(["sun 22:00-06:00"], "2026-11-23T06:00")


def test_days_may_run_over_the_week_end() -> None:
    assert open_at(["fri-mon 00:00-24:00"], "2026-11-22T00:00")
    assert not open_at(["fri-mon 00:00-24:00"], "2026-11-25T00:00")


@pytest.mark.parametrize(
    "window", ["", "mon", "mon 9-17", "mon 09:00-09:00", "day 09:00-17:00", "mon 24:00-06:00",
               "mon 25:00-26:00", "mon 09:60-10:00", "mon-xyz 09:00-10:00", "mon 09:00-10:00\n"]
)  # fmt: skip
def test_other_texts_are_not_windows(window: str) -> None:
    with pytest.raises(ValueError, match="window"):
        OpeningHours.parse([window], SHANGHAI)


@given(st.datetimes(timezones=st.none() | st.timezones()))
def test_all_week_is_always_open(now: datetime) -> None:
    assert OpeningHours.parse(["mon-sun 00:00-24:00"], SHANGHAI).open_at(now)


NATIONAL_DAY = {date(2026, 10, 1): None, date(2026, 10, 2): None, date(2026, 10, 10): 0}


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-09-30T10:00", True),
        ("2026-10-01T02:00", True),  # Wednesday's night shift
        ("2026-10-01T10:00", False),
        ("2026-10-01T23:00", False),
        ("2026-10-02T02:00", False),
        ("2026-10-05T10:00", True),
        ("2026-10-10T10:00", True),  # a Saturday, worked like a Monday
        ("2026-10-11T02:00", False),  # Monday has no night shift
    ],
)
def test_days_off_are_closed_and_make_up_workdays_are_worked(now: str, expected: bool) -> None:
    windows = ["mon-fri 09:00-17:00", "wed-fri 22:00-06:00"]
    hours = OpeningHours.parse(windows, SHANGHAI, calendar=NATIONAL_DAY)
    assert hours.open_at(datetime.fromisoformat(now)) is expected


def test_days_off_may_have_hours_of_their_own() -> None:
    hours = OpeningHours.parse(
        ["mon-fri 09:00-17:00"], SHANGHAI, ["mon-sun 10:00-12:00"], NATIONAL_DAY
    )
    assert hours.open_at(datetime(2026, 10, 1, 10, 0))
    assert not hours.open_at(datetime(2026, 10, 1, 9, 0))
    assert not hours.open_at(datetime(2026, 10, 3, 10, 0)), "a Saturday that is no day off"
