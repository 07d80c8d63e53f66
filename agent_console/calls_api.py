"""Calls in lists and one by one; a caller's number only on request, and recorded."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import Field
from sqlalchemy import or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from call_events.control import CALL_ID
from call_events.tables import AgentStateRow, CallEventRow, CallRow, RecordingRow
from call_events.transfers import took_over
from database.engine import for_reading
from tickets.desk import earlier_tickets, message_of, numbers_of_calls
from tickets.draft import Line

from .access import Desk, Parts, address_of, oversees
from .accounts import User
from .audit import Look, note_look
from .brought import BroughtFacts, brought_by, brought_read
from .call_view import CallView, call_json
from .deps import Deps
from .errors import Refused
from .paging import page_mark, read_mark
from .people import keep_numbers_out, spellings
from .schemas import (
    CallDetail,
    CallerRead,
    CallEventRead,
    CallPage,
    MessageRead,
    RecordingRead,
)
from .tickets_shown import ticket_item

router = APIRouter(prefix="/calls", tags=["calls"])

EARLIER_MOST = 10
EVENTS_MOST = 200
# What an event holds and no page is told.
UNTOLD = ("caller_id", "digest")

Limit = Annotated[int, Query(ge=1, le=200)]
Mark = Annotated[str | None, Query(max_length=200)]
Words = Annotated[Annotated[Line, Field(max_length=64)] | None, Query()]
Word = Annotated[Annotated[Line, Field(max_length=32)] | None, Query()]


@router.get("")
async def calls(
    user: Desk,
    deps: Parts,
    before: Mark = None,
    limit: Limit = 50,
    q: Words = None,
    hotline: Word = None,
    outcome: Word = None,
    mine: bool = False,
) -> CallPage:
    """Calls, newest first; an agent sees only those that rang through to them."""
    query = select(CallRow).order_by(CallRow.arrived_at.desc(), CallRow.call_id.desc())
    if user.role == "agent" or mine:
        query = query.where(CallRow.agent == (user.extension or ""))
    if hotline:
        query = query.where(CallRow.hotline == hotline)
    if outcome:
        query = query.where(CallRow.outcome == outcome)
    if q and (words := q.strip()):
        keep_numbers_out(words, deps.catalogue)
        query = query.where(
            or_(
                CallRow.dnis.startswith(words, autoescape=True),
                CallRow.call_id.startswith(words, autoescape=True),
            )
        )
    if before:
        at, call_id = read_mark(before)
        query = query.where(tuple_(CallRow.arrived_at, CallRow.call_id) < (at, call_id))
    async with AsyncSession(for_reading(deps.engine)) as session:
        rows = (await session.scalars(query.limit(limit + 1))).all()
        items = await call_views(session, deps, rows[:limit])
    last = rows[limit - 1] if len(rows) > limit else None
    return CallPage(items=items, next=page_mark(last.arrived_at, last.call_id) if last else None)


@router.get("/{call_id}")
async def call(call_id: str, user: Desk, deps: Parts) -> CallDetail:
    """One call with its story and what the same caller wanted before."""
    async with AsyncSession(for_reading(deps.engine)) as session:
        row = await call_of(session, call_id, user)
        events = await session.scalars(
            select(CallEventRow)
            .where(CallEventRow.call_id == call_id)
            .order_by(CallEventRow.id)
            .limit(EVENTS_MOST)
        )
        same_caller = await earlier_calls(session, row)
        views = await call_views(session, deps, [row, *same_caller])
        phones = spellings(row.caller_id, deps.catalogue)
        kept = await session.get(RecordingRow, call_id)
        left = await message_of(session, call_id)
        brought = await brought_by(session, call_id)
        earlier = await earlier_tickets(session, phones, EARLIER_MOST) if phones else []
        return CallDetail(
            **views[0].model_dump(),
            kept=RecordingRead.of(kept) if kept else None,
            message=MessageRead(ticket=left[0], seconds=left[1]) if left else None,
            brought=brought_read(brought, deps.catalogue) if brought else None,
            events=[_event(event) for event in events],
            earlier_calls=views[1:],
            earlier_tickets=[ticket_item(ticket) for ticket in earlier],
        )


@router.post("/{call_id}/caller")
async def caller(call_id: str, user: Desk, request: Request, deps: Parts) -> CallerRead:
    """The caller's number in full; who asked is recorded."""
    async with AsyncSession(deps.engine) as session, session.begin():
        row = await call_of(session, call_id, user)
        if not row.caller_id:
            raise Refused("caller_unknown")
        now = datetime.now(UTC)
        note_look(session, Look.CALLER, call_id, user.username, address_of(request), now)
        return CallerRead(caller_id=row.caller_id)


@router.post("/{call_id}/brought")
async def open_brought(call_id: str, user: Desk, request: Request, deps: Parts) -> BroughtFacts:
    """What a sub-centre told us of this call, whole, for the ticket; who opened it is recorded."""
    async with AsyncSession(deps.engine) as session, session.begin():
        await call_of(session, call_id, user)
        brought = await brought_by(session, call_id)
        if brought is None:
            raise Refused("brought_unknown")
        now = datetime.now(UTC)
        note_look(session, Look.BROUGHT, call_id, user.username, address_of(request), now)
        return BroughtFacts.model_validate(brought.facts)


async def call_of(session: AsyncSession, call_id: str, user: User) -> CallRow:
    """The call, if this user may see it: overseers all, an agent what rings or rang for them.

    Who took it over as an expert writes its ticket when the work after the call is long over.
    """
    row = await session.get(CallRow, call_id) if CALL_ID.fullmatch(call_id) else None
    if row is None:
        raise Refused("call_unknown")
    if oversees(user) or (user.extension is not None and row.agent == user.extension):
        return row
    if user.extension is not None and took_over(row.transfers, user.extension):
        return row
    state = await session.get(AgentStateRow, user.extension) if user.extension else None
    if state is None or state.call_id != call_id:
        raise Refused("call_not_yours")
    return row


async def earlier_calls(session: AsyncSession, row: CallRow) -> Sequence[CallRow]:
    """The same number's calls before this one, newest first."""
    if not row.caller_id:
        return []
    query = (
        select(CallRow)
        .where(
            CallRow.caller_id == row.caller_id,
            CallRow.arrived_at <= row.arrived_at,
            CallRow.call_id != row.call_id,
        )
        .order_by(CallRow.arrived_at.desc())
        .limit(EARLIER_MOST)
    )
    return (await session.scalars(query)).all()


async def call_views(session: AsyncSession, deps: Deps, rows: Sequence[CallRow]) -> list[CallView]:
    """Rows as the page shows them, with the tickets each left."""
    numbers = await numbers_of_calls(session, [row.call_id for row in rows])
    return [
        CallView.model_validate(call_json(row, deps.catalogue, numbers.get(row.call_id, ())))
        for row in rows
    ]


def _event(row: CallEventRow) -> CallEventRead:
    data: dict[str, Any] = {k: v for k, v in row.data.items() if k not in UNTOLD}
    return CallEventRead(type=row.type, at=row.at, agent=row.agent, data=data)
