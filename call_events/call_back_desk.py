"""What people do with the call-backs that are owed: take one, give it back, say how it went."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from .call_backs import CallBackOutcome, CallBackState, Why
from .tables import CallBackRow


@dataclass(frozen=True, slots=True)
class CallBackQuery:
    """Which call-backs: those still owed, or those closed; of one person; after a place."""

    closed: bool = False
    taken_by: str | None = None
    after: tuple[datetime, int] | None = None


async def list_call_backs(
    session: AsyncSession, query: CallBackQuery, limit: int
) -> Sequence[CallBackRow]:
    """Those owed, longest waiting first; those closed, newest first."""
    is_closed = CallBackRow.state == CallBackState.CLOSED
    if query.closed:
        place = tuple_(CallBackRow.closed_at, CallBackRow.id)
        wanted = select(CallBackRow).where(is_closed)
        wanted = wanted.order_by(CallBackRow.closed_at.desc(), CallBackRow.id.desc())
        wanted = wanted.where(place < query.after) if query.after else wanted
    else:
        place = tuple_(CallBackRow.since, CallBackRow.id)
        wanted = select(CallBackRow).where(~is_closed).order_by(CallBackRow.since, CallBackRow.id)
        wanted = wanted.where(place > query.after) if query.after else wanted
    if query.taken_by is not None:
        mine = (CallBackRow.taken_by == query.taken_by, CallBackRow.closed_by == query.taken_by)
        wanted = wanted.where(or_(*mine))
    return (await session.scalars(wanted.limit(limit))).all()


async def count_open(session: AsyncSession) -> int:
    """How many numbers are owed a call."""
    counted = await session.scalar(
        select(func.count())
        .select_from(CallBackRow)
        .where(CallBackRow.state.in_([one for one in CallBackState if one != "closed"]))
    )
    return counted or 0


async def take(session: AsyncSession, call_back: int, username: str, now: datetime) -> bool:
    """Put a name to an open one; False where somebody else was first."""
    free = or_(CallBackRow.state == CallBackState.OPEN, CallBackRow.taken_by == username)
    return await _change(
        session, call_back, free, now, state=CallBackState.TAKEN, taken_by=username
    )


async def hand_over(session: AsyncSession, call_back: int, now: datetime) -> bool:
    """Let the line ring this number by itself when its turn comes; False where it is taken."""
    is_open = CallBackRow.state == CallBackState.OPEN
    return await _change(
        session, call_back, is_open, now, why=Why.PROMISED, attempts=0, due=now, taken_by=None
    )


async def give_back(session: AsyncSession, call_back: int, username: str, now: datetime) -> bool:
    """Leave it to others; False where it is not this person's."""
    mine = CallBackRow.taken_by == username
    return await _change(session, call_back, mine, now, state=CallBackState.OPEN, taken_by=None)


async def finish(
    session: AsyncSession,
    call_back: int,
    username: str,
    outcome: CallBackOutcome,
    now: datetime,
    attempts: int,
    between: timedelta,
) -> bool:
    """Say how it went; who was not reached is rung again after `between`, `attempts` times in all.

    False where it is not this person's.
    """
    mine = CallBackRow.taken_by == username
    if outcome is CallBackOutcome.NOT_REACHED:
        again = {
            "attempts": CallBackRow.attempts + 1,
            "state": CallBackState.OPEN,
            "taken_by": None,
            "due": now + between,
        }
        more = CallBackRow.attempts + 1 < attempts
        if await _change(session, call_back, mine & more, now, **again):
            return True
    tried = outcome is not CallBackOutcome.NOT_NEEDED
    return await _change(
        session,
        call_back,
        mine,
        now,
        attempts=CallBackRow.attempts + (1 if tried else 0),
        state=CallBackState.CLOSED,
        outcome=outcome,
        closed_at=now,
        closed_by=username,
    )


async def _change(
    session: AsyncSession, call_back: int, guard: Any, now: datetime, **values: Any
) -> bool:
    changed: Any = await session.execute(
        update(CallBackRow)
        .where(CallBackRow.id == call_back, CallBackRow.state != CallBackState.CLOSED, guard)
        .values(changed_at=now, **values)
        .execution_options(synchronize_session=False)
    )
    return bool(changed.rowcount)
