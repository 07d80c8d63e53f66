"""Messages by voice: who may read their ticket opens one, which is audited, and then hears it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from sqlalchemy.ext.asyncio import AsyncSession

from database.engine import for_reading
from tickets.desk import find_ticket
from tickets.voice_messages import file_of

from .access import Anyone, Parts, address_of
from .accounts import User
from .audit import Look, note_look, opened_lately
from .deps import Deps
from .errors import Refused
from .schemas import MessageRead
from .tickets_shown import knows_requester

router = APIRouter(prefix="/tickets", tags=["tickets"])


@router.post("/{number}/message", status_code=201)
async def open_message(number: str, user: Anyone, request: Request, deps: Parts) -> MessageRead:
    """Begin to listen; who did is written down before a second of it is heard."""
    async with AsyncSession(deps.engine) as session, session.begin():
        _, seconds = await _kept(session, number, user, deps)
        now = datetime.now(UTC)
        note_look(session, Look.MESSAGE, number, user.username, address_of(request), now)
        return MessageRead(ticket=number, seconds=seconds)


@router.get("/{number}/message")
async def hear_message(number: str, user: Anyone, deps: Parts) -> FileResponse:
    """The sound, whole or the piece asked for (RFC 9110, 14.2), to who has opened it lately."""
    async with AsyncSession(for_reading(deps.engine)) as session:
        file, _ = await _kept(session, number, user, deps)
        if not await opened_lately(session, Look.MESSAGE, number, user.username):
            raise Refused("recording_not_opened")
    return FileResponse(file, media_type="audio/wav")


async def _kept(session: AsyncSession, number: str, user: User, deps: Deps) -> tuple[Path, int]:
    """The message of a ticket that this user may read, and its seconds. Raises Refused."""
    row = await find_ticket(session, number)
    if not knows_requester(row, user):
        raise Refused("ticket_confidential")
    file = file_of(deps.voice_messages, row.call_id or "")
    if row.voice_seconds is None or not file.is_file():
        raise Refused("recording_unknown")
    return file, row.voice_seconds
