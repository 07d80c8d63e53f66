"""Hold every figure against the recount from Asterisk's own logs, day by day."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from routing.catalogue import Catalogue

from .intervals import Interval, Span, cut
from .raw_logs import RawLogs, read_logs
from .recount import Key, Value, recount
from .report import By, Question, report

# Calls go on while two things are read one after the other: look again before saying "differs".
LOOKS: Final = 3
LOOK_AGAIN_SECONDS: Final = 1.0
GROUPS: Final = (By.HOTLINE, By.QUEUE, By.AGENT)


@dataclass(frozen=True, slots=True)
class Difference:
    """One figure that is not what the logs say; None where one side has no such row."""

    day: date
    by: str
    key: str
    figure: str
    kept: float | None
    logged: Value | None


@dataclass(frozen=True, slots=True)
class Checked:
    """What was compared and what differs."""

    span: Span
    calls: int
    figures: int
    unreadable: int
    differences: tuple[Difference, ...]


async def check(
    engine: AsyncEngine,
    catalogue: Catalogue,
    node: str,
    logs: Path,
    start: datetime | None = None,
    end: datetime | None = None,
) -> Checked:
    """Compare what the database says with what the logs say; by default from their first line.

    A difference that is gone at the next look was a call in motion. Raises FileNotFoundError.
    """
    for look in range(LOOKS):
        if look:
            await asyncio.sleep(LOOK_AGAIN_SECONDS)
        told = await asyncio.to_thread(read_logs, logs)
        checked = await _look(engine, catalogue, node, told, _span(told, start, end))
        if not checked.differences:
            break
    return checked


async def _look(
    engine: AsyncEngine, catalogue: Catalogue, node: str, told: RawLogs, span: Span
) -> Checked:
    zone = catalogue.index.zone
    spans = list(cut(span, Interval.DAY, zone))
    # A day that is asked for in part would be counted whole.
    first, last = spans[0].start.timestamp(), spans[-1].end.timestamp()
    counted = recount(told, zone, first=first, last=last)
    kept: dict[Key, dict[str, float]] = {}
    for day_span in spans:
        day = day_span.start.astimezone(zone).date()
        for by in GROUPS:
            found = await report(engine, catalogue, Question(day_span, by, node=node))
            kept[day, "all", ""] = _numbers(found.total)
            kept.update({(day, str(by), row.key): _numbers(row.figures) for row in found.rows})
    differences = tuple(_differences(kept, counted))
    calls = sum(int(one["offered"].low) for key, one in counted.items() if key[1] == "all")
    figures = sum(len(one) for one in counted.values())
    return Checked(span, calls, figures, told.unreadable, differences)


def _differences(
    kept: dict[Key, dict[str, float]], counted: dict[Key, dict[str, Value]]
) -> list[Difference]:
    found = []
    for key in sorted({*kept, *counted}):
        ours, logged = kept.get(key, {}), counted.get(key)
        if logged is None:
            # A row without a call is not a difference.
            for name in ("offered", "answered", "missed"):
                if ours.get(name):
                    found.append(Difference(*key, name, ours[name], None))
            continue
        for name, value in logged.items():
            figure = ours.get(name)
            if figure is None and value.low > 0:
                found.append(Difference(*key, name, None, value))
            elif figure is not None and not value.holds(figure):
                found.append(Difference(*key, name, figure, value))
    return found


def _numbers(figures: object) -> dict[str, float]:
    names: tuple[str, ...] = tuple(getattr(figures, "__dataclass_fields__", ()))
    values = {name: getattr(figures, name) for name in names}
    return {name: float(value) for name, value in values.items() if value is not None}


def _span(told: RawLogs, start: datetime | None, end: datetime | None) -> Span:
    """From the first line in the files until now, or within it what was asked for."""
    now = datetime.now(UTC)
    first = min((line.at for line in told.channels), default=now.timestamp())
    begins = datetime.fromtimestamp(first, UTC)
    begins = max(begins, start) if start else begins
    ends = min(now, end) if end else now
    return Span(begins, max(ends, begins + timedelta(microseconds=1)))
