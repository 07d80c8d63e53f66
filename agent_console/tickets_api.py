"""Tickets over HTTP: open, change, list, read."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request, status
from sqlalchemy.ext.asyncio import AsyncSession

from call_events.tables import CallRow
from database.engine import for_reading
from routing.audience import Audience
from routing.numbers import masked
from tickets.desk import (
    Pen,
    Place,
    TicketQuery,
    begun_by_system,
    change_ticket,
    find_ticket,
    list_tickets,
    open_ticket,
)
from tickets.draft import TicketCreate, TicketUpdate, is_masked
from tickets.errors import TicketRefused
from tickets.states import TicketState
from tickets.tables import TicketRow
from tickets.words import Kind, Urgency

from .access import Anyone, Desk, Parts, address_of
from .accounts import User
from .audit import Look, note_look
from .call_view import call_audience
from .calls_api import Limit, Mark, Word, Words, call_of
from .deps import Deps
from .errors import Refused
from .paging import page_mark, read_mark
from .people import keep_numbers_out
from .schemas import RequesterRead, TicketPage, TicketRead
from .tickets_shown import knows_requester, ticket_item, ticket_read

router = APIRouter(prefix="/tickets", tags=["tickets"])


@router.get("")
async def tickets(
    user: Anyone,
    deps: Parts,
    before: Mark = None,
    limit: Limit = 50,
    q: Words = None,
    kind: Kind | None = None,
    urgency: Urgency | None = None,
    state: TicketState | None = None,
    hotline: Word = None,
    call_id: Words = None,
    expert_queue: Words = None,
    wants_expert: bool = False,
    audience: Audience | None = None,
    policy_category: Words = None,
    mine: bool = False,
) -> TicketPage:
    """Tickets, newest first."""
    words = (q or "").strip()
    if words:
        keep_numbers_out(words, deps.catalogue)
    query = TicketQuery(
        kind=kind,
        urgency=urgency,
        state=state,
        hotline=hotline,
        call_id=call_id,
        expert_queue=expert_queue,
        wants_expert=wants_expert,
        audience=audience,
        policy_category=policy_category,
        created_by=user.username if mine else None,
        words=words or None,
    )
    place = Place(*read_mark(before)) if before else None
    async with AsyncSession(for_reading(deps.engine)) as session:
        rows = await list_tickets(session, query, place, limit + 1)
    last = rows[limit - 1] if len(rows) > limit else None
    return TicketPage(
        items=[ticket_item(row) for row in rows[:limit]],
        next=page_mark(last.created_at, last.number) if last else None,
    )


@router.post("", status_code=status.HTTP_201_CREATED)
async def begin(form: TicketCreate, user: Desk, deps: Parts) -> TicketRead:
    """Register a demand; the call fills in its line, its caller's number and for whom it spoke."""
    async with AsyncSession(deps.engine, expire_on_commit=False) as session, session.begin():
        call = await _call_of_form(session, form, user)
        _known_category(form.policy_category, deps)
        draft = _with_call(form, call, deps) if call is not None else form
        hotline = _hotline(deps, form.hotline, call)
        experts = call.wants_expert if call is not None else None
        begun = await begun_by_system(session, call.call_id) if call is not None else None
        if begun is None:
            row = await open_ticket(session, draft, hotline, _pen(deps, user), experts)
        else:
            # An agent's words came after the system had opened one: they are that ticket's.
            known = draft.model_dump(exclude={"call_id", "hotline"})
            wanted = TicketUpdate(version=begun.version, **known)
            row = await change_ticket(session, begun.number, wanted, _pen(deps, user))
        return ticket_read(row, user)


@router.get("/{number}")
async def ticket(number: str, user: Anyone, request: Request, deps: Parts) -> TicketRead:
    """One ticket; opening one that names a person is recorded."""
    async with AsyncSession(deps.engine) as session, session.begin():
        row = await find_ticket(session, number)
        _note_opened(session, row, user, request)
        return ticket_read(row, user)


@router.post("/{number}/requester")
async def requester(number: str, user: Anyone, request: Request, deps: Parts) -> RequesterRead:
    """The requester's number in full; who asked is recorded."""
    async with AsyncSession(deps.engine) as session, session.begin():
        row = await find_ticket(session, number)
        if not knows_requester(row, user):
            raise Refused("ticket_confidential")
        _note(session, number, user, request, Look.REQUESTER)
        return RequesterRead(requester_phone=row.requester_phone)


@router.patch("/{number}")
async def change(
    number: str, form: TicketUpdate, user: Desk, request: Request, deps: Parts
) -> TicketRead:
    """Change what was sent, if nobody else has changed the ticket meanwhile."""
    async with AsyncSession(deps.engine, expire_on_commit=False) as session, session.begin():
        if not knows_requester(await find_ticket(session, number), user):
            raise Refused("ticket_confidential")
        _known_category(form.policy_category, deps)
        row = await change_ticket(session, number, form, _pen(deps, user))
        _note_opened(session, row, user, request)
        return ticket_read(row, user)


async def _call_of_form(session: AsyncSession, form: TicketCreate, user: User) -> CallRow | None:
    if form.call_id is None:
        return None
    try:
        return await call_of(session, form.call_id, user)
    except Refused as refused:
        if refused.code == "call_unknown":
            raise TicketRefused("ticket_call_unknown", "call_id") from None
        raise


def _with_call(form: TicketCreate, call: CallRow, deps: Deps) -> TicketCreate:
    """The caller is the requester unless another number was written down; the agent may differ."""
    known: dict[str, object] = {}
    if form.audience is None:
        known["audience"] = call_audience(call, deps.catalogue)
    given = form.requester_phone
    if given is None or (is_masked(given) and given == masked(call.caller_id)):
        known["requester_phone"] = call.caller_id or None
    return form.model_copy(update=known)


def _known_category(code: str | None, deps: Deps) -> None:
    """Refuse a policy category that the catalogue does not list."""
    if code is not None and code not in {one.code for one in deps.catalogue.policy_categories}:
        raise TicketRefused("policy_category_unknown", "policy_category")


def _hotline(deps: Deps, wanted: str | None, call: CallRow | None) -> str:
    if wanted is None:
        return call.hotline if call is not None else deps.catalogue.city.hotline_number
    line = deps.catalogue.hotline(wanted)
    if line is None:
        raise TicketRefused("ticket_hotline_unknown", "hotline")
    return line.number


def _pen(deps: Deps, user: User) -> Pen:
    return Pen(
        username=user.username,
        now=datetime.now(UTC),
        prefix=deps.catalogue.city.ticket_prefix,
        zone=deps.catalogue.index.zone,
    )


def _note_opened(session: AsyncSession, row: TicketRow, user: User, request: Request) -> None:
    if row.requester_phone or row.requester_name:
        _note(session, row.number, user, request, Look.TICKET)


def _note(session: AsyncSession, number: str, user: User, request: Request, look: Look) -> None:
    note_look(session, look, number, user.username, address_of(request), datetime.now(UTC))
