"""Figures by number, queue, agent or interval, as every screen, file and command shows them."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from database.engine import reading
from routing.catalogue import Catalogue

from .agent_time import AgentFigures, agent_figures, time_of
from .calls import CallFacts, Fate, in_its_queues
from .figures import SHORT_SECONDS, CallFigures, Tally
from .intervals import Interval, Span, cut, interval_start
from .reader import Happened, Scope, agent_spells, call_facts, missed_calls, what_happened
from .worst_day import WorstDay, worst_day

# 15 minutes over a month; more rows are no figure but a data dump.
ROWS_MOST: Final = 3000
DAYS_MOST: Final = 366


class By(StrEnum):
    """What the rows of a report are."""

    HOTLINE = "hotline"
    QUEUE = "queue"
    AGENT = "agent"
    INTERVAL = "interval"


@dataclass(frozen=True, slots=True)
class Row:
    """One row: `key` is the number, queue, extension or the interval's first moment (UTC)."""

    key: str
    name_zh: str
    name_en: str
    figures: CallFigures | AgentFigures


@dataclass(frozen=True, slots=True)
class Report:
    """Rows and the total of all calls that arrived from `start` on and before `end`."""

    start: datetime
    end: datetime
    by: By
    interval: Interval
    rows: tuple[Row, ...]
    total: CallFigures
    worst_24h: WorstDay | None


@dataclass(frozen=True, slots=True)
class Question:
    """What a report is asked for. `node`: only the calls of one Asterisk."""

    span: Span
    by: By = By.HOTLINE
    interval: Interval = Interval.HOUR
    short_seconds: float = SHORT_SECONDS
    node: str | None = None

    def too_much(self) -> str | None:
        """The name of what makes the answer too long to be read, None when nothing does."""
        length = self.span.end - self.span.start
        if length.days > DAYS_MOST:
            return "from"
        minutes = {Interval.QUARTER: 15, Interval.HOUR: 60, Interval.DAY: 24 * 60}[self.interval]
        rows = length.total_seconds() / 60 / minutes
        return "interval" if self.by is By.INTERVAL and rows > ROWS_MOST else None


async def report(engine: AsyncEngine, catalogue: Catalogue, question: Question) -> Report:
    """Count once through the calls of the span, in one consistent look at the database."""
    scope, zone = Scope(question.span, question.node), catalogue.index.zone
    groups: defaultdict[str, Tally] = defaultdict(lambda: Tally(question.short_seconds))
    total = Tally(question.short_seconds)
    arrivals: list[tuple[datetime, bool]] = []
    missed: dict[str, int] = {}
    async with reading(engine) as connection:
        found = await agent_spells(connection, scope)
        happened = await what_happened(connection, scope, found, queues=question.by is By.QUEUE)
        if question.by is By.AGENT:
            missed = await missed_calls(connection, scope)
        async for call in call_facts(connection, scope, happened):
            if call.rung_back and question.by is not By.AGENT:
                continue  # the call on which it was promised is counted
            if not call.rung_back:
                total.add(call)
                arrivals.append((call.arrived_at, call.fate in (Fate.ANSWERED, Fate.ELSEWHERE)))
            match question.by:
                case By.HOTLINE:
                    groups[call.hotline].add(call)
                case By.INTERVAL:
                    began = interval_start(call.arrived_at, question.interval, zone)
                    groups[max(began, question.span.start).isoformat()].add(call)
                case By.AGENT if call.agent and call.fate is Fate.ANSWERED:
                    groups[call.agent].add(call)
                case By.QUEUE:
                    _add_to_queues(groups, call, happened.entered, happened.left_from)

    def finish() -> Report:
        if question.by is By.AGENT:
            times = time_of(found, question.span.start, min(question.span.end, _now(question)))
            rows = _agent_rows(groups, missed, times)
        else:
            rows = tuple(
                Row(key, zh, en, groups[key].figures())
                for key, zh, en in _keys(question, catalogue, groups)
            )
        return Report(
            question.span.start,
            question.span.end,
            question.by,
            question.interval,
            rows,
            total.figures(),
            worst_day(arrivals, question.span),
        )

    # Sorting a year of waits takes seconds, which the screens must not wait for.
    return await asyncio.to_thread(finish)


@dataclass(frozen=True, slots=True)
class AgentDay:
    """What an agent sees of the own day; talk in ms."""

    answered: int
    missed: int
    talk_ms: int


async def agent_day(engine: AsyncEngine, agent: str, span: Span) -> AgentDay:
    """One agent's own figures; a call counts from the moment it arrived."""
    scope, tally = Scope(span, agent=agent), Tally()
    async with reading(engine) as connection:
        async for call in call_facts(connection, scope, Happened({})):
            if call.fate is Fate.ANSWERED:
                tally.add(call)
        missed = await missed_calls(connection, scope)
    figures = tally.figures()
    return AgentDay(figures.answered, missed.get(agent, 0), figures.talk_ms)


def _add_to_queues(
    groups: defaultdict[str, Tally],
    call: CallFacts,
    entered: Mapping[str, list[str]],
    left_from: Mapping[str, str],
) -> None:
    queues = entered.get(call.call_id, ())
    for queue, there in in_its_queues(call, queues, left_from.get(call.call_id)):
        groups[queue].add(there)


def _agent_rows(
    groups: Mapping[str, Tally], missed: Mapping[str, int], times: Mapping[str, tuple[int, int]]
) -> tuple[Row, ...]:
    def row(agent: str) -> Row:
        calls = groups[agent].figures() if agent in groups else Tally().figures()
        figures = agent_figures(calls, missed.get(agent, 0), times.get(agent, (0, 0)))
        return Row(agent, agent, agent, figures)

    return tuple(row(agent) for agent in sorted({*groups, *missed, *times}))


def _keys(
    question: Question, catalogue: Catalogue, groups: Iterable[str]
) -> Iterable[tuple[str, str, str]]:
    """Keys and names in the catalogue's order, without a call too; then what it does not know."""
    if question.by is By.INTERVAL:
        spans = cut(question.span, question.interval, catalogue.index.zone)
        known = [(span.start.isoformat(), "", "") for span in spans]
    elif question.by is By.HOTLINE:
        known = [(line.number, line.name_zh, line.name_en) for line in catalogue.hotlines]
    else:
        known = [(queue.name, queue.name_zh, queue.name_en) for queue in catalogue.queues]
    named = {key for key, _, _ in known}
    return known + [(key, key, key) for key in sorted(set(groups) - named)]


def _now(question: Question) -> datetime:
    return datetime.now(question.span.end.tzinfo)
