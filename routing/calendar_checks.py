"""Checks on the calendar: each day is said once, and no holiday ends before it begins."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from .draft import Draft
from .faults import Fault, Place, fault

# A holiday is a week or two; a year typed wrong is not.
MAX_DAYS_OFF = 60


def days_are_said_once(draft: Draft) -> Iterator[Fault]:
    """A day is a day off or a make-up workday, once."""
    calendar = draft.calendar
    if calendar is None:
        return
    spans: list[tuple[date, date, Place]] = []
    for i, off in enumerate(calendar.days_off):
        place = draft.at("calendar", "days_off", i, "first")
        if not 0 <= (off.until - off.first).days < MAX_DAYS_OFF:
            wrong = draft.at("calendar", "days_off", i, "last")
            yield fault(wrong, "days_off_wrong", first=off.first, last=off.until, most=MAX_DAYS_OFF)
            continue
        yield from _said_before(spans, off.first, off.until, place)
        spans.append((off.first, off.until, place))
    for i, made_up in enumerate(calendar.workdays):
        place = draft.at("calendar", "workdays", i, "day")
        yield from _said_before(spans, made_up.day, made_up.day, place)
        spans.append((made_up.day, made_up.day, place))


def _said_before(
    spans: list[tuple[date, date, Place]], first: date, last: date, place: Place
) -> Iterator[Fault]:
    for begins, ends, before in spans:
        if begins <= last and first <= ends:
            yield fault(place, "day_twice", day=max(begins, first), first=before)
            return
