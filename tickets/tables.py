"""Where tickets are kept."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import Boolean, Date, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from database.base import Base, Json, UtcTime

from .draft import (
    ADDRESS_MAX,
    ENTERPRISE_NAME_MAX,
    NAME_MAX,
    PHONE_MAX,
    POLICY_CATEGORY_MAX,
    TITLE_MAX,
)

# Who opened a ticket that no person did; no login name begins so.
SYSTEM: Final = "@system"


class TicketRow(Base):
    """One ticket (工单) as it stands now; `version` counts its changes."""

    __tablename__ = "tickets"
    __table_args__ = (
        Index("ix_tickets_created", "created_at", "number"),
        Index("ix_tickets_author", "created_by", "created_at", "number"),
        Index("ix_tickets_call", "call_id"),
        Index("ix_tickets_phone", "requester_phone", "created_at"),
        Index(
            "ix_tickets_message",
            "call_id",
            unique=True,
            sqlite_where=text("voice_seconds IS NOT NULL"),
            postgresql_where=text("voice_seconds IS NOT NULL"),
        ),
        Index(
            "ix_tickets_system",
            "call_id",
            unique=True,
            sqlite_where=text(f"created_by = '{SYSTEM}' AND voice_seconds IS NULL"),
            postgresql_where=text(f"created_by = '{SYSTEM}' AND voice_seconds IS NULL"),
        ),
    )

    number: Mapped[str] = mapped_column(String(32), primary_key=True)
    # No foreign key: a ticket must be saved even if the recorder has not written the call yet.
    call_id: Mapped[str | None] = mapped_column(String(64))
    hotline: Mapped[str] = mapped_column(String(20))
    kind: Mapped[str] = mapped_column(String(16))
    urgency: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(TITLE_MAX))
    content: Mapped[str] = mapped_column(Text)
    requester_name: Mapped[str | None] = mapped_column(String(NAME_MAX))
    requester_phone: Mapped[str | None] = mapped_column(String(PHONE_MAX))
    address: Mapped[str | None] = mapped_column(String(ADDRESS_MAX))
    occurred_at: Mapped[datetime | None] = mapped_column(UtcTime)
    cause: Mapped[str | None] = mapped_column(Text)
    confidential: Mapped[bool] = mapped_column(Boolean, default=False)
    # The experts the caller went without: the ticket is a call-back by one of them.
    expert_queue: Mapped[str | None] = mapped_column(String(64))
    # personal or enterprise (一企来); the three below are an enterprise's only.
    audience: Mapped[str] = mapped_column(String(16), default="personal")
    enterprise_name: Mapped[str | None] = mapped_column(String(ENTERPRISE_NAME_MAX))
    credit_code: Mapped[str | None] = mapped_column(String(18))
    policy_category: Mapped[str | None] = mapped_column(String(POLICY_CATEGORY_MAX))
    # How long the message by voice is that the ticket was made of; a call leaves one at most.
    voice_seconds: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16))
    created_by: Mapped[str] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(UtcTime)
    updated_at: Mapped[datetime] = mapped_column(UtcTime)
    version: Mapped[int] = mapped_column(Integer)

    @property
    def kind_assumed(self) -> bool:
        """Whether the system chose the kind, and nobody has worked on the ticket since."""
        return self.created_by == SYSTEM and self.version == 1


class TicketEventRow(Base):
    """One thing that happened to a ticket; rows are only ever added."""

    __tablename__ = "ticket_events"
    __table_args__ = (Index("ix_ticket_events_number", "number", "version", unique=True),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    number: Mapped[str] = mapped_column(String(32), ForeignKey("tickets.number"))
    version: Mapped[int] = mapped_column(Integer)
    type: Mapped[str] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(UtcTime)
    username: Mapped[str] = mapped_column(String(32))
    # Field → [before, after]; the ticket's own protection covers it.
    changes: Mapped[dict[str, Any]] = mapped_column(Json)


class TicketDayRow(Base):
    """The last sequence given out for one prefix on one Shanghai day."""

    __tablename__ = "ticket_days"

    prefix: Mapped[str] = mapped_column(String(8), primary_key=True)
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    last: Mapped[int] = mapped_column(Integer)


class TicketLookUpRow(Base):
    """Somebody keyed in a ticket's number and a PIN; `told` is its state, or wrong or locked."""

    __tablename__ = "ticket_look_ups"
    __table_args__ = (Index("ix_ticket_look_ups_number", "number", "at"),)

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    # As keyed in: there may be no such ticket.
    number: Mapped[str] = mapped_column(String(32))
    call_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(UtcTime)
    told: Mapped[str] = mapped_column(String(16))
