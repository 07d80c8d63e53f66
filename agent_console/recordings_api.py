"""Recordings: who may listen opens one, which is audited, and then hears it in pieces."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse
from sqlalchemy.ext.asyncio import AsyncSession

from call_events.control import CALL_ID
from call_events.recordings import file_of
from call_events.tables import RecordingRow
from database.engine import for_reading

from .access import Overseer, Parts, address_of
from .audit import Look, note_look, opened_lately
from .deps import Deps
from .errors import Refused
from .schemas import RecordingRead

router = APIRouter(prefix="/calls", tags=["recordings"])


@router.post("/{call_id}/recording", status_code=201)
async def open_recording(
    call_id: str, user: Overseer, request: Request, deps: Parts
) -> RecordingRead:
    """Begin to listen; who did is written down before a second of it is heard."""
    async with AsyncSession(deps.engine) as session, session.begin():
        kept = await _kept(session, call_id, deps)
        now = datetime.now(UTC)
        note_look(session, Look.RECORDING, call_id, user.username, address_of(request), now)
        return RecordingRead.of(kept)


@router.get("/{call_id}/recording")
async def hear_recording(call_id: str, user: Overseer, deps: Parts) -> FileResponse:
    """The sound, whole or the piece asked for (RFC 9110, 14.2), to who has opened it lately."""
    async with AsyncSession(for_reading(deps.engine)) as session:
        await _kept(session, call_id, deps)
        if not await opened_lately(session, Look.RECORDING, call_id, user.username):
            raise Refused("recording_not_opened")
    return FileResponse(file_of(deps.recordings, call_id), media_type="audio/wav")


async def _kept(session: AsyncSession, call_id: str, deps: Deps) -> RecordingRow:
    row = await session.get(RecordingRow, call_id) if CALL_ID.fullmatch(call_id) else None
    if row is None or not row.seconds or not file_of(deps.recordings, call_id).is_file():
        raise Refused("recording_unknown")
    return row
