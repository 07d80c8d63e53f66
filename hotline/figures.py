"""`hotline figures`: the same figures as on the screens, and their recount from Asterisk's logs."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from database.engine import make_engine
from database.errors import AWAY, DatabaseUrlError
from insight.check import Checked, check
from insight.export import HEADINGS, as_csv, shown, table
from insight.intervals import Interval, NoMoment, Span, local_midnight, read_moment
from insight.report import By, Question, Report, report
from routing.catalogue import Catalogue
from routing.loader import load_catalogue

from .sentences import CannotStart, Problem, speaks_chinese
from .settings import Settings

T = TypeVar("T")


def figures(
    settings: Settings, start: str, end: str, by: By, interval: Interval
) -> tuple[Report, Catalogue]:
    """The report of a range; by default of the city's present day. Raises CannotStart."""
    catalogue = load_catalogue(settings.catalogue)
    zone, now = catalogue.index.zone, datetime.now(UTC)
    begins = _moment(start, catalogue) or local_midnight(now, zone)
    ends = _moment(end, catalogue, ends=True) or now
    question = Question(Span(begins, ends), by, interval)
    if begins > ends or question.too_much():
        raise CannotStart(
            Problem(
                "range_unusable",
                "时间范围无效：起始不能晚于结束，最长 366 天，按时段最多 3000 行",
                "this range cannot be used: it must not end before it begins, holds 366 days at"
                " most, and 3000 rows by interval",
            )
        )
    found = _with_database(settings, lambda engine: report(engine, catalogue, question))
    return found, catalogue


def recounted(settings: Settings, start: str, end: str) -> Checked:
    """Every figure against the raw logs; by default since their first line. Raises CannotStart."""
    catalogue = load_catalogue(settings.catalogue)
    begins, ends = _moment(start, catalogue), _moment(end, catalogue, ends=True)
    logs = settings.asterisk_home / "log"
    try:
        return _with_database(
            settings,
            lambda engine: check(engine, catalogue, settings.node, logs, begins, ends),
        )
    except FileNotFoundError as missing:
        raise CannotStart(
            Problem(
                "logs_missing",
                f"没有 Asterisk 的记录文件 {missing}",
                f"Asterisk has no log file {missing}",
            )
        ) from None


def rows(found: Report, catalogue: Catalogue) -> Iterator[list[str]]:
    """The table for a terminal, headings first."""
    return table(found, catalogue.index.zone, 0 if speaks_chinese() else 1)


def csv_text(found: Report, catalogue: Catalogue) -> str:
    """The file that the console offers too."""
    return as_csv(found, catalogue.index.zone)


def told(checked: Checked) -> Iterator[str]:
    """The result of a check, a sentence a line."""
    zh = speaks_chinese()
    if checked.unreadable:
        count = checked.unreadable
        yield f"{count} 行无法读取" if zh else f"{count} lines of the logs cannot be read"
    for one in checked.differences:
        name = HEADINGS[one.figure][0 if zh else 1]
        place = f"{one.day} {one.by} {one.key}".rstrip()
        kept = _said(one.figure, one.kept, one.kept)
        logged = _said(one.figure, *((one.logged.low, one.logged.high) if one.logged else ()))
        if zh:
            yield f"{place}:{name} 数据库 {kept},原始记录 {logged}"
        else:
            yield f"{place}: {name}: kept {kept}, logged {logged}"
    if not checked.differences:
        calls, count = checked.calls, checked.figures
        yield (
            f"{calls} 个呼叫、{count} 项指标与原始记录一致"
            if zh
            else f"{calls} calls, {count} figures: all equal the recount of Asterisk's logs"
        )


def _said(figure: str, low: float | None = None, high: float | None = None) -> str:
    """A number of the figure's own unit, or the span it must lie in."""
    if low is None or high is None:
        return "–"
    ends = (low, high) if figure.endswith("_ms") else (int(low), int(high))
    said = [shown(figure, end) for end in ends]
    return said[0] if said[0] == said[1] else f"{said[0]}…{said[1]}"


def _moment(text: str, catalogue: Catalogue, *, ends: bool = False) -> datetime | None:
    if not text:
        return None
    try:
        return read_moment(text, catalogue.index.zone, ends=ends)
    except NoMoment:
        raise CannotStart(
            Problem(
                "time_malformed",
                f"时间应如 2026-05-01 或 2026-05-01T09:30,现为 {text!r}",
                f"write the time like 2026-05-01 or 2026-05-01T09:30, not {text!r}",
            )
        ) from None


def _with_database(settings: Settings, ask: Callable[[AsyncEngine], Awaitable[T]]) -> T:
    async def asked() -> T:
        engine = make_engine(settings.database)
        try:
            return await ask(engine)
        finally:
            await engine.dispose()

    try:
        return asyncio.run(asked())
    except DatabaseUrlError as error:
        raise CannotStart(Problem(error.code, error.zh, error.en)) from None
    except FileNotFoundError:
        raise
    except AWAY as away:
        raise CannotStart(
            Problem(
                "database_unavailable",
                f"数据库暂时无法读取({type(away).__name__})",
                f"the database cannot be read at the moment ({type(away).__name__})",
            )
        ) from None
