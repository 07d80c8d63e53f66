"""When the seats of a queue are staffed: weekly windows on the city's own clock and calendar."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MINUTES = 24 * 60
_WINDOW = re.compile(
    r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))?"
    r" (?P<open>[0-2][0-9]:[0-5][0-9])-(?P<close>[0-2][0-9]:[0-5][0-9])",
    re.ASCII,
)

# Minutes since midnight, closed at the left and open at the right, by day of the week; a night
# shift runs on past 24:00.
Week = tuple[tuple[tuple[int, int], ...], ...]
# What days are instead of a day of the week: one that is worked like another, or None, a day off.
Calendar = Mapping[date, int | None]
PLAIN: Final[Calendar] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Weekly windows, others on days off, and the calendar that says which days those are."""

    week: Week
    days_off: Week
    calendar: Calendar
    zone: tzinfo

    @classmethod
    def parse(
        cls,
        windows: Iterable[str],
        zone: tzinfo,
        on_days_off: Iterable[str] = (),
        calendar: Calendar = PLAIN,
    ) -> OpeningHours:
        """Read windows such as "mon-fri 09:00-17:30"; ValueError for any other text."""
        return cls(_week(windows), _week(on_days_off), calendar, zone)

    def open_at(self, now: datetime) -> bool:
        """Whether seats are staffed; a time without a zone is the city's own clock."""
        local = local_time(now, self.zone)
        minute, today = local.hour * 60 + local.minute, local.date()
        if any(start <= minute < end for start, end in self._of(today)):
            return True
        # A night shift belongs to the day on which it began.
        if today == date.min:
            return False
        shifts = self._of(today - timedelta(days=1))
        return any(start <= minute + _DAY_MINUTES < end for start, end in shifts)

    def _of(self, day: date) -> tuple[tuple[int, int], ...]:
        like = self.calendar.get(day, day.weekday())
        return self.days_off[day.weekday()] if like is None else self.week[like]


def local_time(now: datetime, zone: tzinfo) -> datetime:
    """The city's wall clock; the first and last hours of the calendar stay as they are."""
    if now.tzinfo is None:
        return now
    try:
        return now.astimezone(zone)
    except OverflowError:
        return now


def readable_window(text: str) -> str:
    """The window as written, or ValueError if it cannot be read."""
    _window(text)
    return text


def known_timezone(name: str) -> str:
    """The zone's name as written, or ValueError if the time zone list does not hold it."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("timezone") from error
    return name


def _week(windows: Iterable[str]) -> Week:
    week: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    for window in windows:
        days, span = _window(window)
        for day in days:
            week[day].append(span)
    return tuple(tuple(spans) for spans in week)


def _window(window: str) -> tuple[list[int], tuple[int, int]]:
    match = _WINDOW.fullmatch(window)
    if not match:
        raise ValueError("window")
    first, last = match["first"], match["last"] or match["first"]
    if first not in DAYS or last not in DAYS:
        raise ValueError("window")
    opens, closes = _minute(match["open"]), _minute(match["close"])
    if opens in (closes, _DAY_MINUTES):
        raise ValueError("window")
    if closes < opens:
        closes += _DAY_MINUTES  # a night shift ends on the next day
    begin = DAYS.index(first)
    count = (DAYS.index(last) - begin) % len(DAYS) + 1
    return [(begin + day) % len(DAYS) for day in range(count)], (opens, closes)


def _minute(clock: str) -> int:
    hour, minute = int(clock[:2]), int(clock[3:])
    if hour * 60 + minute > _DAY_MINUTES:
        raise ValueError("window")
    return hour * 60 + minute
