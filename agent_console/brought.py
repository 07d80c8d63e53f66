"""What a sub-centre tells us of a call it sends, and how much of that an agent is shown when."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic_core import PydanticCustomError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from call_events.tables import BroughtContextRow
from routing.audience import Audience
from routing.catalogue import Catalogue
from routing.numbers import masked
from tickets.draft import (
    Address,
    Cause,
    Content,
    CreditCode,
    EnterpriseName,
    Line,
    Moment,
    Name,
    Phone,
    Title,
    is_masked,
)
from tickets.words import Kind, Urgency

from .masking import mask_name

Reference = Annotated[Line, Field(max_length=64)]


class BroughtFacts(BaseModel):
    """The facts of a ticket that a sub-centre knows already: in one line what it is about, and the
    rest. `reference` is its own number for the matter."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)

    title: Title
    reference: Reference | None = None
    kind: Kind | None = None
    urgency: Urgency | None = None
    content: Content | None = None
    requester_name: Name | None = None
    requester_phone: Phone | None = None
    address: Address | None = None
    occurred_at: Moment | None = None
    cause: Cause | None = None
    audience: Audience | None = None
    enterprise_name: EnterpriseName | None = None
    credit_code: CreditCode | None = None

    @field_validator("requester_phone")
    @classmethod
    def _whole(cls, phone: str | None) -> str | None:
        if is_masked(phone):
            raise PydanticCustomError("phone_malformed", "a mask is not a telephone number")
        return phone


class BroughtRead(BaseModel):
    """What is shown while the phone rings: whose matter it is, the person masked."""

    centre: str
    name_zh: str
    name_en: str
    at: datetime
    reference: str | None
    title: str
    kind: Kind | None
    requester_name: str | None
    requester_phone: str | None


async def brought_by(session: AsyncSession, call_id: str) -> BroughtContextRow | None:
    """What came with this call, if anything did."""
    found: BroughtContextRow | None = await session.scalar(
        select(BroughtContextRow).where(BroughtContextRow.call_id == call_id).limit(1)
    )
    return found


def brought_read(row: BroughtContextRow, catalogue: Catalogue) -> BroughtRead:
    """The line it is about; the person masked, as in every list."""
    line, facts = catalogue.hotline(row.centre), row.facts
    phone: str | None = facts.get("requester_phone")
    known: dict[str, Any] = {key: facts.get(key) for key in ("reference", "title", "kind")}
    return BroughtRead(
        centre=row.centre,
        name_zh=line.name_zh if line else row.centre,
        name_en=line.name_en if line else row.centre,
        at=row.deposited_at,
        requester_name=mask_name(facts.get("requester_name")),
        requester_phone=masked(phone) if phone else None,
        **known,
    )
