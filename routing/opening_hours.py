"""When the seats of a queue are staffed: weekly windows on the city's own clock."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY_MINUTES = 24 * 60
_WEEK_MINUTES = 7 * _DAY_MINUTES
_WINDOW = re.compile(
    r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))?"
    r" (?P<open>[0-2][0-9]:[0-5][0-9])-(?P<close>[0-2][0-9]:[0-5][0-9])",
    re.ASCII,
)


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """Spans of minutes since Monday 00:00, closed at the left and open at the right."""

    spans: tuple[tuple[int, int], ...]
    zone: tzinfo

    @classmethod
    def parse(cls, windows: Iterable[str], zone: tzinfo) -> OpeningHours:
        """Read windows such as "mon-fri 09:00-17:30"; ValueError for any other text."""
        spans = [span for window in windows for span in _spans(window)]
        return cls(tuple(sorted(spans)), zone)

    def open_at(self, now: datetime) -> bool:
        """Whether seats are staffed; a time without a zone is the city's own clock."""
        local = local_time(now, self.zone)
        minute = local.weekday() * _DAY_MINUTES + local.hour * 60 + local.minute
        return any(start <= minute < end for start, end in self.spans)


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
    _spans(text)
    return text


def known_timezone(name: str) -> str:
    """The zone's name as written, or ValueError if the time zone list does not hold it."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError) as error:
        raise ValueError("timezone") from error
    return name


def _spans(window: str) -> list[tuple[int, int]]:
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
    spans: list[tuple[int, int]] = []
    day = DAYS.index(first)
    while True:
        spans += _on_day(day % 7, opens, closes)
        if DAYS[day % 7] == last:
            return spans
        day += 1


def _on_day(day: int, opens: int, closes: int) -> list[tuple[int, int]]:
    start, end = day * _DAY_MINUTES + opens, day * _DAY_MINUTES + closes
    if end <= _WEEK_MINUTES:
        return [(start, end)]
    return [(start, _WEEK_MINUTES), (0, end - _WEEK_MINUTES)]


def _minute(clock: str) -> int:
    hour, minute = int(clock[:2]), int(clock[3:])
    if hour * 60 + minute > _DAY_MINUTES:
        raise ValueError("window")
    return hour * 60 + minute
