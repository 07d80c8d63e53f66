"""Days, intervals, the worst 24 hours, and how agents spend their time."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.agent_time import StateChange, agent_figures, spells, time_of, wrapups
from insight.figures import Tally
from insight.intervals import (
    Interval,
    NoMoment,
    Span,
    cut,
    interval_start,
    local_midnight,
    midnight,
    read_moment,
)
from insight.worst_day import DAY, worst_day

NANJING = ZoneInfo("Asia/Shanghai")
START = datetime(2026, 11, 22, 16, tzinfo=UTC)


def test_the_citys_day_begins_at_16_hours_utc() -> None:
    last = datetime(2026, 11, 22, 15, 59, 59, 999999, tzinfo=UTC)
    assert local_midnight(last, NANJING) == datetime(2026, 11, 21, 16, tzinfo=UTC)
    assert local_midnight(START, NANJING) == START == midnight(date(2026, 11, 23), NANJING)


@pytest.mark.parametrize(
    ("interval", "count"), [(Interval.QUARTER, 96), (Interval.HOUR, 24), (Interval.DAY, 1)]
)
def test_a_day_is_cut_without_gap_or_overlap(interval: Interval, count: int) -> None:
    spans = list(cut(Span(START, START + DAY), interval, NANJING))
    assert len(spans) == count
    assert spans[0].start == START
    assert spans[-1].end == START + DAY
    assert all(one.end == two.start for one, two in pairwise(spans))


def test_an_empty_range_has_no_interval() -> None:
    assert list(cut(Span(START, START), Interval.HOUR, NANJING)) == []


def test_the_first_and_the_last_interval_may_be_parts() -> None:
    span = Span(START + timedelta(minutes=50), START + timedelta(minutes=70))
    assert [(s.end - s.start).seconds // 60 for s in cut(span, Interval.HOUR, NANJING)] == [10, 10]


MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC))


@given(MOMENTS, st.sampled_from(Interval))
def test_every_moment_lies_in_exactly_one_interval(at: datetime, interval: Interval) -> None:
    began = interval_start(at, interval, NANJING)
    ((span),) = cut(Span(began, at + timedelta(microseconds=1)), interval, NANJING)
    assert span.start <= at < span.end
    assert interval_start(began, interval, NANJING) == began


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2026-11-23", "2026-11-22T16:00"),
        ("2026-11-23T08:30", "2026-11-23T00:30"),
        ("2026-11-23 08:30", "2026-11-23T00:30"),
        ("2026-11-23T08:30Z", "2026-11-23T08:30"),
        ("2026-11-23T08:30 08:00", "2026-11-23T00:30"),
    ],
)
def test_a_moment_is_read_by_the_citys_clock(text: str, utc: str) -> None:
    assert read_moment(text, NANJING) == datetime.fromisoformat(utc).replace(tzinfo=UTC)


def test_a_bare_day_at_the_end_is_a_whole_day() -> None:
    assert read_moment("2026-11-23", NANJING, ends=True) == START + DAY


@pytest.mark.parametrize("text", ["", "today", "2026-13-01", "0001-01-01", "9999-12-31"])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(NoMoment):
        read_moment(text, NANJING, ends=True)


def calls_at(*hours: tuple[float, bool]) -> list[tuple[datetime, bool]]:
    return [(START + timedelta(hours=hour), answered) for hour, answered in hours]


def test_the_worst_day_lies_across_a_midnight() -> None:
    calls = calls_at((1, True), (20, False), (30, False), (47, True))
    worst = worst_day(calls, Span(START, START + 2 * DAY))
    assert worst is not None
    assert (worst.offered, worst.answered, worst.connected_rate) == (2, 0, 0.0)
    assert worst.start > START + timedelta(hours=1)
    assert worst.end == worst.start + DAY


def test_of_a_shorter_range_the_whole_is_the_worst() -> None:
    worst = worst_day(calls_at((1, True), (2, False)), Span(START, START + timedelta(hours=3)))
    assert worst is not None
    assert (worst.start, worst.connected_rate) == (START, 0.5)
    assert worst_day([], Span(START, START + 3 * DAY)) is None


@given(st.lists(st.tuples(st.integers(0, 71), st.booleans())))
def test_no_24_hours_are_worse_than_the_worst(found: list[tuple[int, bool]]) -> None:
    calls = calls_at(*sorted(found))
    worst = worst_day(calls, Span(START, START + 3 * DAY))
    for quarter in range(48 * 4 + 1):
        begins = START + timedelta(minutes=15 * quarter)
        inside = [answered for at, answered in calls if begins <= at < begins + DAY]
        if inside:
            assert worst is not None
            assert worst.connected_rate <= sum(inside) / len(inside)


def test_an_agents_hour_by_hand() -> None:
    changes = [
        StateChange("8001", START + timedelta(minutes=minute), state, call)
        for minute, state, call in (
            (-10, "ready", None),
            (10, "ringing", "n1-1.1"),
            (11, "talking", "n1-1.1"),
            (20, "wrapup", "n1-1.1"),
            (21, "paused", None),
            (30, "ready", None),
            (50, "offline", None),
        )
    ]
    found = list(spells(changes))
    present, busy = time_of(found, START, START + timedelta(hours=1))["8001"]
    # Present 00:00–00:21 and 00:30–00:50; busy while talking and in wrap-up.
    assert (present, busy) == (41 * 60_000, 10 * 60_000)
    assert wrapups(found) == {"n1-1.1": 60_000}
    figures = agent_figures(Tally().figures(), 2, (present, busy))
    assert figures.occupancy == 10 / 41
    assert figures.missed == 2


def test_an_agent_who_was_never_there_has_no_occupancy() -> None:
    assert agent_figures(Tally().figures(), 0).occupancy is None
