"""Who has looked at whom: for the admin, and for a citizen who asks (PIPL, articles 44 and 54)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import BaseModel
from sqlalchemy import Select, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncSession

from call_events.tables import CallRow
from database.engine import for_reading
from routing.numbers import caller_number
from tickets.desk import numbers_of_person

from .access import Parts, address_of, only
from .accounts import Role, User
from .audit import Look, note_look
from .calls_api import Limit, Mark, Word
from .errors import Refused
from .paging import page_mark, read_mark
from .people import number_digest, spellings
from .people_api import PersonSearch
from .tables import AuditRow, UserRow

router = APIRouter(prefix="/audit", tags=["audit"])

Admin = Annotated[User, Depends(only(Role.ADMIN))]
ABOUT_MOST = 200


class LookRead(BaseModel):
    """One look-up; `subject` is a call id, a ticket number, or "" for a search by number."""

    id: int
    at: datetime
    username: str
    name: str
    action: Look
    subject: str
    address: str


class AuditPage(BaseModel):
    """Look-ups, newest first; `next` goes into `before`, null at the end."""

    items: list[LookRead]
    next: str | None


@router.get("")
async def looks(
    _: Admin,
    deps: Parts,
    before: Mark = None,
    limit: Limit = 50,
    username: Word = None,
    action: Annotated[Look | None, Query()] = None,
) -> AuditPage:
    """Every look-up of a person, by whom and when."""
    query = _newest()
    if username:
        query = query.where(AuditRow.username == username)
    if action:
        query = query.where(AuditRow.action == action)
    if before:
        at, key = read_mark(before)
        if not key.isdecimal():
            raise Refused("field_malformed", "before")
        query = query.where(tuple_(AuditRow.at, AuditRow.id) < (at, int(key)))
    async with AsyncSession(for_reading(deps.engine)) as session:
        rows = list(await session.execute(query.limit(limit + 1)))
    last = rows[limit - 1][0] if len(rows) > limit else None
    return AuditPage(
        items=[_read(row, name) for row, name in rows[:limit]],
        next=page_mark(last.at, str(last.id)) if last else None,
    )


@router.post("/person")
async def about(form: PersonSearch, user: Admin, request: Request, deps: Parts) -> AuditPage:
    """Who has looked at the calls, tickets or number of one person; asking is recorded too."""
    phones = spellings(form.phone, deps.catalogue)
    async with AsyncSession(deps.engine) as session, session.begin():
        calls = select(CallRow.call_id).where(CallRow.caller_id.in_(phones))
        query = _newest().where(
            or_(
                AuditRow.subject.in_([number_digest(phone) for phone in phones]),
                AuditRow.subject.in_(calls),
                AuditRow.subject.in_(numbers_of_person(phones)),
            )
        )
        found = [_read(*row) for row in await session.execute(query.limit(ABOUT_MOST))]
        now = datetime.now(UTC)
        subject = number_digest(caller_number(form.phone, deps.catalogue.city) or form.phone)
        note_look(session, Look.SEARCH, subject, user.username, address_of(request), now)
    return AuditPage(items=found, next=None)


def _newest() -> Select[AuditRow, str | None]:
    return (
        select(AuditRow, UserRow.display_name)
        .outerjoin(UserRow, UserRow.username == AuditRow.username)
        .order_by(AuditRow.at.desc(), AuditRow.id.desc())
    )


def _read(row: AuditRow, name: str | None) -> LookRead:
    look = Look(row.action)
    return LookRead(
        id=row.id,
        at=row.at,
        username=row.username,
        name=name or row.username,
        action=look,
        # The digest of a number says nothing to a reader, and may be tried out.
        subject="" if look is Look.SEARCH else row.subject,
        address=row.address,
    )
