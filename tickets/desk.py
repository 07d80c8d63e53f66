"""Opening, changing and finding tickets; the caller of these owns the transaction."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncSession

from routing.audience import Audience

from .draft import ENTERPRISE_FIELDS, TicketCreate, TicketUpdate, is_masked
from .errors import TicketRefused
from .numbering import is_ticket_number, next_number
from .states import TicketState
from .tables import SYSTEM, TicketEventRow, TicketRow
from .words import Kind, TicketEventType, Urgency


@dataclass(frozen=True, slots=True)
class Pen:
    """Who writes, when, and under which city's numbering."""

    username: str
    now: datetime
    prefix: str
    zone: ZoneInfo


@dataclass(frozen=True, slots=True)
class TicketQuery:
    """What a list of tickets is narrowed to; None means any."""

    kind: Kind | None = None
    urgency: Urgency | None = None
    state: TicketState | None = None
    hotline: str | None = None
    call_id: str | None = None
    expert_queue: str | None = None
    wants_expert: bool = False
    audience: Audience | None = None
    policy_category: str | None = None
    created_by: str | None = None
    words: str | None = None


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a list that runs from the newest to the oldest."""

    at: datetime
    number: str


async def open_ticket(
    session: AsyncSession,
    draft: TicketCreate,
    hotline: str,
    pen: Pen,
    expert_queue: str | None = None,
    voice_seconds: int | None = None,
) -> TicketRow:
    """Register the citizen's demand (受理) under a new number; experts of a queue call back.

    `voice_seconds`: how long the message by voice is that it is made of.
    """
    audience = draft.audience or Audience.PERSONAL
    _only_of_enterprises(audience, draft.model_dump())
    if is_masked(draft.requester_phone):
        raise TicketRefused("ticket_phone_masked", "requester_phone")
    row = TicketRow(
        **draft.model_dump(exclude={"hotline", "audience"}),
        audience=audience,
        number=await next_number(session, pen.prefix, pen.now, pen.zone),
        hotline=hotline,
        expert_queue=expert_queue,
        voice_seconds=voice_seconds,
        state=TicketState.ACCEPTED,
        created_by=pen.username,
        created_at=pen.now,
        updated_at=pen.now,
        version=1,
    )
    session.add(row)
    await session.flush()
    session.add(_event(row.number, 1, TicketEventType.OPENED, pen, {}))
    await session.flush()
    return row


async def change_ticket(
    session: AsyncSession, number: str, wanted: TicketUpdate, pen: Pen
) -> TicketRow:
    """Change a ticket if nobody has since it was read; otherwise `ticket_version_conflict`."""
    row = await find_ticket(session, number)
    if row.version != wanted.version:
        raise TicketRefused("ticket_version_conflict", "version")
    changes = _changes(row, wanted)
    changed = {
        field: (getattr(row, field), value)
        for field, value in changes.items()
        if getattr(row, field) != value
    }
    if not changed:
        return row
    version = wanted.version + 1
    # The version in WHERE decides between two agents who both read the same one (PostgreSQL).
    result = await session.execute(
        update(TicketRow)
        .where(TicketRow.number == number, TicketRow.version == wanted.version)
        .values(
            {f: new for f, (_, new) in changed.items()}
            | {
                "version": version,
                "updated_at": pen.now,
            }
        )
        .returning(TicketRow.number)
    )
    if result.scalar_one_or_none() is None:
        raise TicketRefused("ticket_version_conflict", "version")
    story = {f: [_plain(old), _plain(new)] for f, (old, new) in changed.items()}
    session.add(_event(number, version, TicketEventType.CHANGED, pen, story))
    await session.flush()
    await session.refresh(row)
    return row


async def find_ticket(session: AsyncSession, number: str) -> TicketRow:
    """The ticket of that number."""
    row = await session.get(TicketRow, number) if is_ticket_number(number) else None
    if row is None:
        raise TicketRefused("ticket_unknown", "number")
    return row


async def begun_by_system(session: AsyncSession, call_id: str) -> TicketRow | None:
    """The ticket the system opened for a call, if nobody has touched it yet."""
    query = select(TicketRow).where(
        TicketRow.call_id == call_id,
        TicketRow.created_by == SYSTEM,
        TicketRow.version == 1,
        TicketRow.voice_seconds.is_(None),
    )
    found: TicketRow | None = await session.scalar(query)
    return found


async def list_tickets(
    session: AsyncSession, query: TicketQuery, before: Place | None, limit: int
) -> list[TicketRow]:
    """Tickets from the newest on, older than `before`."""
    rows = select(TicketRow).where(*_narrowed(query))
    if before is not None:
        place = tuple_(TicketRow.created_at, TicketRow.number)
        rows = rows.where(place < (before.at, before.number))
    rows = rows.order_by(TicketRow.created_at.desc(), TicketRow.number.desc()).limit(limit)
    return list((await session.scalars(rows)).all())


async def earlier_tickets(
    session: AsyncSession, phones: Collection[str], limit: int
) -> list[TicketRow]:
    """The newest tickets of the person with these spellings of one number."""
    rows = (
        select(TicketRow)
        .where(TicketRow.requester_phone.in_(phones))
        .order_by(TicketRow.created_at.desc())
        .limit(limit)
    )
    return list((await session.scalars(rows)).all())


def numbers_of_person(phones: Collection[str]) -> Select[str]:
    """The numbers of the person's tickets, as a query within a query."""
    return select(TicketRow.number).where(TicketRow.requester_phone.in_(phones))


async def numbers_of_calls(
    session: AsyncSession, call_ids: Iterable[str]
) -> dict[str, tuple[str, ...]]:
    """call_id → numbers of the tickets it left, oldest first."""
    wanted = list(call_ids)
    if not wanted:
        return {}
    rows = await session.execute(
        select(TicketRow.call_id, TicketRow.number)
        .where(TicketRow.call_id.in_(wanted))
        .order_by(TicketRow.number)
    )
    found: defaultdict[str, tuple[str, ...]] = defaultdict(tuple)
    for call_id, number in rows:
        if call_id is not None:
            found[call_id] += (number,)
    return dict(found)


async def message_of(session: AsyncSession, call_id: str) -> tuple[str, int] | None:
    """Ticket and seconds of the message by voice that a call left, if it did."""
    left = select(TicketRow.number, TicketRow.voice_seconds).where(
        TicketRow.call_id == call_id, TicketRow.voice_seconds.is_not(None)
    )
    row = (await session.execute(left)).one_or_none()
    return None if row is None or row[1] is None else (row[0], row[1])


def _narrowed(query: TicketQuery) -> list[ColumnElement[bool]]:
    exact = {
        TicketRow.kind: query.kind,
        TicketRow.urgency: query.urgency,
        TicketRow.state: query.state,
        TicketRow.hotline: query.hotline,
        TicketRow.call_id: query.call_id,
        TicketRow.expert_queue: query.expert_queue,
        TicketRow.created_by: query.created_by,
        TicketRow.audience: query.audience,
        TicketRow.policy_category: query.policy_category,
    }
    clauses = [column == value for column, value in exact.items() if value is not None]
    if query.wants_expert:
        clauses.append(TicketRow.expert_queue.is_not(None))
    if query.words:
        clauses.append(
            or_(
                TicketRow.number.icontains(query.words, autoescape=True),
                TicketRow.title.icontains(query.words, autoescape=True),
                TicketRow.enterprise_name.icontains(query.words, autoescape=True),
            )
        )
    return clauses


def _changes(row: TicketRow, wanted: TicketUpdate) -> dict[str, object]:
    """What is to change; a ticket that becomes a person's forgets the enterprise."""
    sent = wanted.changes()
    audience = sent.get("audience", row.audience)
    _only_of_enterprises(audience, sent)
    return sent if audience == Audience.ENTERPRISE else sent | dict.fromkeys(ENTERPRISE_FIELDS)


def _only_of_enterprises(audience: object, sent: Mapping[str, object]) -> None:
    """Refuse an enterprise's facts on a person's ticket: one of the two is a slip."""
    if audience != Audience.ENTERPRISE:
        for field in ENTERPRISE_FIELDS:
            if sent.get(field) is not None:
                raise TicketRefused("ticket_not_enterprise", field)


def _event(
    number: str, version: int, what: TicketEventType, pen: Pen, changes: dict[str, list[object]]
) -> TicketEventRow:
    return TicketEventRow(
        number=number,
        version=version,
        type=what,
        at=pen.now,
        username=pen.username,
        changes=changes,
    )


def _plain(value: object) -> object:
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else value
