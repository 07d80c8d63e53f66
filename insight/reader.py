"""From the database's rows to the facts of calls; reads only, row by row, in batches."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from call_events.call_state import RUNG_BACK
from call_events.events import EventType
from call_events.tables import call_events, calls

from .agent_time import Spell, StateChange, spells, wrapups
from .calls import CallFacts, Fate, fate_of
from .figures import Counts, counts_of
from .intervals import Span

# A few milliseconds of work each; between two the loop serves others.
BATCH: Final = 200
# A shift is shorter: nobody's state stays the same for longer while they work.
SHIFT: Final = timedelta(hours=24)
# Event ids are microseconds since 1970 at the commit, which is later than what happened; the
# margin is for a clock set back.
ID_MARGIN: Final = timedelta(hours=1)

_COLUMNS: Final = (
    calls.c.call_id,
    calls.c.hotline,
    calls.c.outcome,
    calls.c.arrived_at,
    calls.c.queued_at,
    calls.c.answered_at,
    calls.c.ended_at,
    calls.c.queue,
    calls.c.agent,
    calls.c.talk_ms,
    calls.c.satisfaction,
    calls.c.landed_by,
)


@dataclass(frozen=True, slots=True)
class Scope:
    """Which calls: those that arrived in the span, of one node or one agent where named."""

    span: Span
    node: str | None = None
    agent: str | None = None

    def rows(self) -> ColumnElement[bool]:
        """The condition on the table of calls."""
        wanted = (calls.c.arrived_at >= self.span.start) & (calls.c.arrived_at < self.span.end)
        if self.node is not None:
            wanted &= calls.c.node == self.node
        if self.agent is not None:
            wanted &= calls.c.agent == self.agent
        return wanted


@dataclass(slots=True)
class Happened:
    """What events add to the rows of calls, by call; `held` is since when a call is on hold."""

    wrapup: Mapping[str, int]
    hold: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))
    held: dict[str, datetime] = field(default_factory=dict)
    entered: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    left_from: dict[str, str] = field(default_factory=dict)

    def tell(self, call_id: str, kind: str, at: datetime, data: Mapping[str, Any]) -> None:
        """One event, in the order they happened."""
        match kind:
            case EventType.CALL_HELD:
                self.held.setdefault(call_id, at)
            case EventType.CALL_RESUMED:
                self.hold[call_id] += self.held_until(call_id, at)
            case EventType.CALL_QUEUED:
                self.entered[call_id].append(str(data.get("queue")))
            case EventType.CALL_ABANDONED if data.get("queue"):
                self.left_from[call_id] = str(data["queue"])

    def held_until(self, call_id: str, at: datetime | None) -> int:
        """How long the present hold lasted, 0 without one or while it lasts."""
        since = self.held.pop(call_id, None)
        if since is None or at is None:
            return 0
        return max(0, round((at - since).total_seconds() * 1000))


async def day_counts(connection: AsyncConnection, span: Span) -> Counts:
    """What became of the calls of a span, counted by the database: cheap, for every second."""
    answered = calls.c.answered_at.is_not(None)
    found = await connection.execute(
        select(calls.c.outcome, answered, func.count())
        .where(Scope(span).rows(), func.coalesce(calls.c.landed_by, "") != RUNG_BACK)
        .group_by(calls.c.outcome, answered)
    )
    fates: defaultdict[Fate, int] = defaultdict(int)
    for outcome, was_answered, count in found:
        fates[fate_of(outcome, bool(was_answered))] += count
    return counts_of(fates)


async def call_facts(
    connection: AsyncConnection, scope: Scope, happened: Happened
) -> AsyncIterator[CallFacts]:
    """The calls in order of arrival."""
    query = select(*_COLUMNS).where(scope.rows()).order_by(calls.c.arrived_at)
    async for row in _batches(connection, query):
        call_id, hotline, outcome, arrived, queued, answered, ended = row[:7]
        queue, agent, talk, rated, landed = row[7:]
        yield CallFacts(
            call_id=call_id,
            hotline=hotline,
            fate=fate_of(outcome, answered is not None),
            arrived_at=arrived,
            queued_at=queued,
            answered_at=answered,
            ended_at=ended,
            queue=queue,
            agent=agent,
            talk_ms=talk,
            # A hang-up ends a hold without a word of its own.
            hold_ms=happened.hold.get(call_id, 0) + happened.held_until(call_id, ended),
            wrapup_ms=happened.wrapup.get(call_id, 0),
            satisfaction=rated,
            rung_back=landed == RUNG_BACK,
        )


async def what_happened(
    connection: AsyncConnection, scope: Scope, found: Iterable[Spell], *, queues: bool = False
) -> Happened:
    """Holds and wrap-ups of the calls; with `queues` also the queues they entered."""
    kinds = [EventType.CALL_HELD, EventType.CALL_RESUMED]
    if queues:
        kinds += [EventType.CALL_QUEUED, EventType.CALL_ABANDONED]
    query = (
        select(call_events.c.call_id, call_events.c.type, call_events.c.at, call_events.c.data)
        .join(calls, calls.c.call_id == call_events.c.call_id)
        .where(scope.rows(), call_events.c.type.in_(kinds))
        .order_by(call_events.c.at, call_events.c.id)
    )
    happened = Happened(wrapups(found))
    async for row in _batches(connection, query):
        happened.tell(*row)
    return happened


async def missed_calls(connection: AsyncConnection, scope: Scope) -> dict[str, int]:
    """How often each agent was rung by a call of the span and did not pick up."""
    query = (
        select(call_events.c.agent, func.count())
        .join(calls, calls.c.call_id == call_events.c.call_id)
        .where(
            replace(scope, agent=None).rows(),
            # As text, not as a parameter: only so may the database use its index of these.
            call_events.c.type == literal_column(f"'{EventType.MEMBER_MISSED}'"),
            call_events.c.at >= scope.span.start,
        )
        .group_by(call_events.c.agent)
    )
    if scope.agent is not None:
        query = query.where(call_events.c.agent == scope.agent)
    return {agent: count for agent, count in await connection.execute(query) if agent}


async def agent_spells(connection: AsyncConnection, scope: Scope) -> list[Spell]:
    """What agents were doing, from a shift before the span to a shift after it."""
    since, until = scope.span.start - SHIFT, scope.span.end + SHIFT
    query = (
        select(call_events.c.agent, call_events.c.at, call_events.c.data, call_events.c.call_id)
        .where(
            call_events.c.id >= _first_id(since),
            call_events.c.type == EventType.AGENT_STATE_CHANGED,
            call_events.c.at >= since,
            call_events.c.at < until,
        )
        .order_by(call_events.c.id)  # as it was heard: the clock may have been set back meanwhile
    )
    if scope.agent is not None:
        query = query.where(call_events.c.agent == scope.agent)
    changes = [
        StateChange(agent, at, str(data["state"]), call_id)
        async for agent, at, data, call_id in _batches(connection, query)
    ]
    return list(spells(changes))


async def _batches(connection: AsyncConnection, query: Select[Any]) -> AsyncIterator[Sequence[Any]]:
    # A month of calls must not stop the screens.
    async with connection.stream(query, execution_options={"yield_per": BATCH}) as rows:
        async for batch in rows.partitions():
            for row in batch:
                yield row


def _first_id(since: datetime) -> int:
    return round((since - ID_MARGIN).timestamp() * 1_000_000)
