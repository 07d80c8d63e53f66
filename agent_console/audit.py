"""Every look-up of a person leaves a row that names who looked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from .tables import AuditRow

# One listening: a player asks for pieces of the file as the listener moves about in it.
LISTENING: Final = timedelta(hours=1)


class Look(StrEnum):
    """What was looked at."""

    CALLER = "caller_revealed"
    TICKET = "ticket_opened"
    REQUESTER = "requester_revealed"
    RECORDING = "recording_opened"
    MESSAGE = "message_opened"
    CONTEXT = "context_fetched"
    BROUGHT = "brought_opened"
    SEARCH = "person_searched"


def note_look(
    session: AsyncSession, look: Look, subject: str, username: str, address: str, now: datetime
) -> None:
    """Write the look-up in the transaction that shows the person, so neither is alone."""
    session.add(
        AuditRow(at=now, username=username, action=look, subject=subject, address=address[:45])
    )


async def opened_lately(session: AsyncSession, look: Look, subject: str, username: str) -> bool:
    """Whether this user has opened this sound within the hour, which was written down then."""
    opened = select(AuditRow.id).where(
        AuditRow.subject == subject,
        AuditRow.username == username,
        AuditRow.action == look,
        AuditRow.at > datetime.now(UTC) - LISTENING,
    )
    return await session.scalar(opened.limit(1)) is not None
