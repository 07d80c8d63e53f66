"""Looking a person up by number: in the body, audited, masked in what comes back."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from call_events.tables import CallRow
from routing.numbers import caller_number
from tickets.desk import earlier_tickets
from tickets.draft import Phone

from .access import Desk, Parts, address_of
from .audit import Look, note_look
from .call_view import CallView
from .calls_api import call_views
from .people import number_digest, spellings
from .schemas import Form, TicketItem
from .tickets_shown import ticket_item

router = APIRouter(prefix="/people", tags=["people"])

FOUND_MOST = 50


class PersonSearch(Form):
    """The number somebody gives on the phone."""

    phone: Phone


class PersonRead(BaseModel):
    """What this number has called and asked for, newest first."""

    calls: list[CallView]
    tickets: list[TicketItem]


@router.post("/search")
async def search(form: PersonSearch, user: Desk, request: Request, deps: Parts) -> PersonRead:
    """Calls and tickets of one number; who asked is recorded."""
    phones = spellings(form.phone, deps.catalogue)
    async with AsyncSession(deps.engine) as session, session.begin():
        now = datetime.now(UTC)
        subject = number_digest(caller_number(form.phone, deps.catalogue.city) or form.phone)
        note_look(session, Look.SEARCH, subject, user.username, address_of(request), now)
        rows = await session.scalars(
            select(CallRow)
            .where(CallRow.caller_id.in_(phones))
            .order_by(CallRow.arrived_at.desc())
            .limit(FOUND_MOST)
        )
        return PersonRead(
            calls=await call_views(session, deps, rows.all()),
            tickets=[
                ticket_item(row) for row in await earlier_tickets(session, phones, FOUND_MOST)
            ],
        )
