"""Look-up tables of the catalogue, so that a call's next step costs a few dictionary reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from .numbers import dialled_forms
from .opening_hours import DAYS, OpeningHours
from .transfers import Target, build_targets

if TYPE_CHECKING:
    from .calendar import Calendar
    from .catalogue import Catalogue, Hotline, QueueRule
    from .neighbours import PartnerLine, SubCentre

ALWAYS: Final = ("mon-sun 00:00-24:00",)


@dataclass(frozen=True, slots=True)
class CatalogueIndex:
    """Every look-up the walk of a call needs; `hotlines` is keyed by each dialled form."""

    main: Hotline
    general: QueueRule
    hotlines: Mapping[str, Hotline]
    queues: Mapping[str, QueueRule]
    hours: Mapping[str, OpeningHours]
    sub_centres: Mapping[str, SubCentre]
    seats: Mapping[str, Mapping[str, int]]
    targets: Mapping[str, Target]
    zone: ZoneInfo


def build_index(catalogue: Catalogue) -> CatalogueIndex:
    """Build the tables of a catalogue that the checker has passed."""
    hotlines = {
        form: hotline
        for hotline in catalogue.hotlines
        for form in dialled_forms(hotline.number, catalogue.city)
    }
    main = next(line for line in catalogue.hotlines if line.mode == "main")
    for pilot in catalogue.city.pilot_numbers:
        hotlines |= dict.fromkeys(dialled_forms(pilot, catalogue.city), main)
    days = special_days(catalogue.calendar)
    zone = ZoneInfo(catalogue.city.timezone)
    places: tuple[QueueRule | PartnerLine, ...] = (*catalogue.queues, *catalogue.partner_lines)
    hours = {
        place.name: OpeningHours.parse(
            ALWAYS if place.hours is None else place.hours, zone, place.holiday_hours or (), days
        )
        for place in places
        if place.hours is not None or place.holiday_hours is not None
    }
    return CatalogueIndex(
        main=main,
        general=next(queue for queue in catalogue.queues if queue.kind == "general"),
        hotlines=hotlines,
        queues={queue.name: queue for queue in catalogue.queues},
        hours=hours,
        sub_centres={centre.number: centre for centre in catalogue.sub_centres},
        seats={seat: group.queues for group in catalogue.seats for seat in group.numbers},
        targets=build_targets(catalogue, hours),
        zone=zone,
    )


def special_days(calendar: Calendar) -> dict[date, int | None]:
    """Each day of the calendar: a day off (None), or the day of the week it is worked like."""
    days: dict[date, int | None] = {}
    for off in calendar.days_off:
        for after in range((off.until - off.first).days + 1):
            days[off.first + timedelta(days=after)] = None
    return days | {made_up.day: DAYS.index(made_up.like) for made_up in calendar.workdays}
