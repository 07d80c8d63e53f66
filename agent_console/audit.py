"""Every look-up of a person leaves a row that names who looked."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from .tables import AuditRow


class Look(StrEnum):
    """What was looked at."""

    CALLER = "caller_revealed"
    TICKET = "ticket_opened"
    REQUESTER = "requester_revealed"
    RECORDING = "recording_opened"
    CONTEXT = "context_fetched"
    SEARCH = "person_searched"


def note_look(
    session: AsyncSession, look: Look, subject: str, username: str, address: str, now: datetime
) -> None:
    """Write the look-up in the transaction that shows the person, so neither is alone."""
    session.add(
        AuditRow(at=now, username=username, action=look, subject=subject, address=address[:45])
    )
