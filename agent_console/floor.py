"""The hall at one glance: queues, agents and the day's figures, from the database."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from call_events.agent_state import AgentState
from call_events.call_back_desk import count_open
from call_events.heartbeat import Pulse, last_pulse
from call_events.tables import AgentStateRow, CallRow
from database.engine import for_reading
from insight.intervals import Span, local_midnight
from insight.reader import day_counts
from routing.catalogue import Catalogue, QueueRule

from .alarms import alarms
from .schemas import FloorAgent, FloorQueue, FloorRead, FloorToday
from .tables import UserRow

_WAITING: Final = ("queued", "ringing")
# Counting a day of a million calls takes longer than a snapshot may: count less often then.
_COUNT_SHARE: Final = 10
_COUNT_SECONDS: Final = 1.0

_Waiting = Sequence[tuple[str | None, datetime | None]]


@dataclass(slots=True)
class _DayCount:
    day: datetime
    figures: FloorToday
    good_until: float


class Floor:
    """Reads the hall; the day's counts are kept for a moment."""

    def __init__(self, engine: AsyncEngine, catalogue: Catalogue, redis: Redis, node: str) -> None:
        self._engine = for_reading(engine)
        self._catalogue = catalogue
        self._redis = redis
        self._node = node
        self._day: _DayCount | None = None

    async def read(self) -> FloorRead:
        """The hall now."""
        now = datetime.now(UTC)
        async with AsyncSession(self._engine) as session:
            found = await session.execute(
                select(CallRow.queue, CallRow.queued_at).where(
                    CallRow.state != "ended", CallRow.state.in_(_WAITING)
                )
            )
            waiting = [(queue, queued_at) for queue, queued_at in found]
            states = {row.agent: row for row in await session.scalars(select(AgentStateRow))}
            people = (
                await session.execute(
                    select(UserRow.extension, UserRow.display_name)
                    .where(UserRow.extension.is_not(None), UserRow.disabled.is_(False))
                    .order_by(UserRow.extension)
                )
            ).all()
            today = await self._today(session, now)
            owed = await count_open(session)
        return FloorRead(
            queues=[self._queue(q, waiting, states.values(), now) for q in self._catalogue.queues],
            agents=[_agent(str(ext), name, states.get(str(ext))) for ext, name in people],
            today=today.model_copy(update={"waiting": len(waiting)}),
            alarms=alarms(await self._pulse()),
            call_backs=owed,
        )

    async def _pulse(self) -> Pulse | None:
        try:
            return await last_pulse(self._redis, self._node)
        except (RedisError, OSError):
            return None  # nobody can tell

    async def _today(self, session: AsyncSession, now: datetime) -> FloorToday:
        midnight = local_midnight(now, self._catalogue.index.zone)
        kept = self._day
        if kept is not None and kept.day == midnight and time.monotonic() < kept.good_until:
            return kept.figures
        began = time.monotonic()
        counts = await day_counts(await session.connection(), Span(midnight, now))
        figures = FloorToday(
            offered=counts.offered,
            answered=counts.answered,
            abandoned=counts.abandoned,
            waiting=0,
        )
        ended = time.monotonic()
        rest = max(_COUNT_SECONDS, (ended - began) * _COUNT_SHARE)
        self._day = _DayCount(midnight, figures, ended + rest)
        return figures

    def _queue(
        self,
        queue: QueueRule,
        waiting: _Waiting,
        states: Iterable[AgentStateRow],
        now: datetime,
    ) -> FloorQueue:
        since = [at or now for name, at in waiting if name == queue.name]
        doing = Counter(row.state for row in states if queue.name in row.queues)
        longest = max(((now - at).total_seconds() for at in since), default=0.0)
        return FloorQueue(
            name=queue.name,
            name_zh=queue.name_zh,
            name_en=queue.name_en,
            waiting=len(since),
            longest_wait_ms=max(0, int(longest * 1000)),
            ready=doing[AgentState.READY],
            talking=doing[AgentState.TALKING],
            paused=doing[AgentState.PAUSED] + doing[AgentState.WRAPUP],
        )


def _agent(extension: str, name: str, state: AgentStateRow | None) -> FloorAgent:
    return FloorAgent(
        extension=extension,
        display_name=name,
        state=state.state if state else AgentState.OFFLINE,
        reason=state.reason if state else None,
        since=state.since if state else None,
        call_id=state.call_id if state else None,
    )
