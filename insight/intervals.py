"""Days and intervals by the city's clock; every range has its first moment and not its last."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo


class Interval(StrEnum):
    """How finely a range is cut."""

    QUARTER = "15min"
    HOUR = "hour"
    DAY = "day"


YEARS: Final = range(2000, 2100)
_LENGTHS: Final = {Interval.QUARTER: timedelta(minutes=15), Interval.HOUR: timedelta(hours=1)}


@dataclass(frozen=True, slots=True)
class Span:
    """[start, end), in UTC."""

    start: datetime
    end: datetime


def midnight(day: date, zone: ZoneInfo) -> datetime:
    """When a day of the city begins, in UTC."""
    return datetime.combine(day, time(), zone).astimezone(UTC)


def local_midnight(now: datetime, zone: ZoneInfo) -> datetime:
    """When the city's present day began, in UTC."""
    return midnight(now.astimezone(zone).date(), zone)


def interval_start(at: datetime, interval: Interval, zone: ZoneInfo) -> datetime:
    """When the interval that holds this moment began, in UTC."""
    began = local_midnight(at, zone)
    length = _LENGTHS.get(interval)
    return began if length is None else began + (at - began) // length * length


def next_start(start: datetime, interval: Interval, zone: ZoneInfo) -> datetime:
    """When the interval after the one that begins at `start` begins, in UTC."""
    tomorrow = midnight(start.astimezone(zone).date() + timedelta(days=1), zone)
    length = _LENGTHS.get(interval)
    return tomorrow if length is None else min(start + length, tomorrow)


def cut(span: Span, interval: Interval, zone: ZoneInfo) -> Iterator[Span]:
    """The intervals of a range; the first and the last may be parts of one."""
    start = span.start
    while start < span.end:
        end = next_start(interval_start(start, interval, zone), interval, zone)
        yield Span(start, min(end, span.end))
        start = end


class NoMoment(ValueError):
    """A text that names no moment of this century."""


def read_moment(text: str, zone: ZoneInfo, *, ends: bool = False) -> datetime:
    """A moment as people write it, in UTC: without a zone it is the city's clock; a bare day is
    its beginning, or with `ends` its end. Raises NoMoment.
    """
    text = text.strip()
    try:
        if len(text) == len("2026-01-01"):
            day = date.fromisoformat(text) + timedelta(days=ends)
            moment = datetime.combine(day, time(), zone)
        else:
            # "+" in an address is a space.
            written = datetime.fromisoformat(text.replace(" ", "+") if "T" in text else text)
            moment = written if written.tzinfo else written.replace(tzinfo=zone)
    except (ValueError, OverflowError) as malformed:
        raise NoMoment(text) from malformed
    if moment.year not in YEARS:
        raise NoMoment(text)
    return moment.astimezone(UTC)
