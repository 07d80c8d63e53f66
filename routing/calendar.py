"""The days on which opening hours are others."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from .entry import Entry, Text


class DaysOff(Entry):
    """A public holiday: every day from `first` to `last`, which is `first` unless given."""

    first: date
    last: date | None = None
    name_zh: Text
    name_en: Text

    @property
    def until(self) -> date:
        """The last day off."""
        return self.last or self.first


class Weekday(StrEnum):
    """Days of the week, as opening hours name them."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


class MakeUpDay(Entry):
    """A day at the week-end that is worked to make up for a holiday, with the hours of `like`."""

    day: date
    like: Weekday = Weekday.MON
    name_zh: Text
    name_en: Text


class Calendar(Entry):
    """Days off and make-up workdays, as the State Council announces them year by year."""

    days_off: tuple[DaysOff, ...] = ()
    workdays: tuple[MakeUpDay, ...] = ()
