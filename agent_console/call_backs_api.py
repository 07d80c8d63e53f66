"""Who rang in vain, and who rings them back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncSession

from call_events.call_back_desk import (
    CallBackQuery,
    count_open,
    finish,
    give_back,
    hand_over,
    list_call_backs,
    take,
)
from call_events.call_backs import CallBackOutcome, CallBackState
from call_events.tables import CallBackRow
from database.engine import for_reading
from routing.numbers import dialable, masked

from .access import Desk, Parts, address_of, oversees
from .accounts import User
from .audit import Look, note_look
from .call_view import HotlineView, hotline_json
from .calls_api import Limit, Mark
from .deps import Deps
from .errors import Refused
from .paging import page_mark, read_mark
from .schemas import CallerRead, Form

router = APIRouter(prefix="/call-backs", tags=["call-backs"])

Closed = Annotated[bool, Query()]
Number = Annotated[int, Path(ge=1, le=2**53)]


class CallBackRead(BaseModel):
    """One number that is owed a call, masked; times are UTC."""

    id: int
    call_id: str
    caller_masked: str
    hotline: HotlineView
    why: str
    since: datetime
    last_at: datetime
    attempts: int
    state: str
    due: datetime
    taken_by: str | None
    outcome: str | None
    closed_at: datetime | None
    closed_by: str | None
    may_ring: bool


class CallBackPage(BaseModel):
    """Call-backs; `open` is how many are owed in all, `next` goes into `before`."""

    items: list[CallBackRead]
    open: int
    next: str | None


class CallBackClose(Form):
    """How it went; `rang_again` is for the system to say."""

    outcome: Literal["reached", "not_reached", "not_needed"]


@router.get("")
async def call_backs(
    user: Desk,
    deps: Parts,
    before: Mark = None,
    limit: Limit = 50,
    closed: Closed = False,
    mine: bool = False,
) -> CallBackPage:
    """Those owed, longest waiting first; or those closed, newest first."""
    at, key = read_mark(before) if before else (None, "")
    if at is not None and not key.isdecimal():
        raise Refused("field_malformed", "before")
    place = (at, int(key)) if at is not None else None
    query = CallBackQuery(closed, user.username if mine else None, place)
    async with AsyncSession(for_reading(deps.engine)) as session:
        rows = await list_call_backs(session, query, limit + 1)
        still_open = await count_open(session)
    last = rows[limit - 1] if len(rows) > limit else None
    return CallBackPage(
        items=[_read(row, deps) for row in rows[:limit]],
        open=still_open,
        next=page_mark((closed and last.closed_at) or last.since, str(last.id)) if last else None,
    )


@router.post("/{call_back}/take")
async def begin(call_back: Number, user: Desk, deps: Parts) -> CallBackRead:
    """Put one's name to it, so that nobody else rings the same person."""
    async with AsyncSession(deps.engine) as session, session.begin():
        await _found(session, call_back)
        if not await take(session, call_back, user.username, datetime.now(UTC)):
            raise Refused("call_back_taken")
        return _read(await _found(session, call_back), deps)


@router.post("/{call_back}/ring")
async def ring(call_back: Number, _user: Desk, deps: Parts) -> CallBackRead:
    """Let the line ring: whoever is free gets the call once the citizen has answered."""
    async with AsyncSession(deps.engine) as session, session.begin():
        row = await _found(session, call_back)
        if not _may_ring(row, deps):
            raise Refused("call_back_without_trunk")
        if not await hand_over(session, call_back, datetime.now(UTC)):
            raise Refused("call_back_taken")
        return _read(await _found(session, call_back), deps)


@router.post("/{call_back}/give-back")
async def leave(call_back: Number, user: Desk, deps: Parts) -> CallBackRead:
    """Leave it to others; who oversees may take it from somebody."""
    async with AsyncSession(deps.engine) as session, session.begin():
        row = await _found(session, call_back)
        holder = row.taken_by if oversees(user) and row.taken_by else user.username
        if not await give_back(session, call_back, holder, datetime.now(UTC)):
            raise Refused("call_back_not_yours")
        return _read(await _found(session, call_back), deps)


@router.post("/{call_back}/caller")
async def caller(call_back: Number, user: Desk, request: Request, deps: Parts) -> CallerRead:
    """The number in full, for who has taken it or oversees; who asked is recorded."""
    async with AsyncSession(deps.engine) as session, session.begin():
        row = await _found(session, call_back)
        if not oversees(user) and row.taken_by != user.username:
            raise Refused("call_back_not_yours")
        _note(session, row, user, request)
        return CallerRead(caller_id=row.caller)


@router.post("/{call_back}/close")
async def close(call_back: Number, form: CallBackClose, user: Desk, deps: Parts) -> CallBackRead:
    """Say how it went. Who was not reached is rung again, as often as the catalogue says."""
    rule = deps.catalogue.call_backs
    async with AsyncSession(deps.engine) as session, session.begin():
        await _found(session, call_back)
        said = await finish(
            session,
            call_back,
            user.username,
            CallBackOutcome(form.outcome),
            datetime.now(UTC),
            rule.attempts,
            timedelta(minutes=rule.minutes_between),
        )
        if not said:
            raise Refused("call_back_not_yours")
        return _read(await _found(session, call_back), deps)


async def _found(session: AsyncSession, call_back: int) -> CallBackRow:
    row = await session.get(CallBackRow, call_back, populate_existing=True)
    if row is None:
        raise Refused("call_back_unknown")
    return row


def _may_ring(row: CallBackRow, deps: Deps) -> bool:
    return deps.catalogue.call_backs.trunk is not None and dialable(row.caller)


def _read(row: CallBackRow, deps: Deps) -> CallBackRead:
    return CallBackRead(
        id=row.id,
        call_id=row.call_id,
        caller_masked=masked(row.caller),
        hotline=HotlineView.model_validate(hotline_json(deps.catalogue, row.hotline)),
        why=row.why,
        since=row.since,
        last_at=row.last_at,
        attempts=row.attempts,
        state=CallBackState(row.state),
        due=row.due,
        taken_by=row.taken_by,
        outcome=row.outcome,
        closed_at=row.closed_at,
        closed_by=row.closed_by,
        may_ring=_may_ring(row, deps),
    )


def _note(session: AsyncSession, row: CallBackRow, user: User, request: Request) -> None:
    now = datetime.now(UTC)
    note_look(session, Look.CALLER, row.call_id, user.username, address_of(request), now)
