"""A message by voice becomes a ticket, once, whoever comes first to make it."""

from __future__ import annotations

import asyncio
import wave
from array import array
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from database.engine import for_reading
from routing.messages import SILENT, LeftMessage
from routing.steps import Known

from .desk import Pen, open_ticket
from .draft import TicketCreate
from .tables import SYSTEM, TicketRow
from .telephone import pin_of
from .words import Kind, Urgency

TITLE: Final = "语音留言"
CONTENT: Final = "来电人在等候人数已满时留言，请收听录音后补填。"
# Of full scale; room noise of a live microphone is about 0.001, a voice 0.03 to 0.3.
AUDIBLE_RMS: Final = 0.003
# A tenth of a second, of which every fourth sample is looked at; so many must hold sound.
WINDOW: Final = 800
EVERY: Final = 4
WINDOWS_LEAST: Final = 5


def file_of(folder: Path, call_id: str) -> Path:
    """Where Asterisk keeps the message of a call."""
    return folder / f"{call_id}.wav"


def message_seconds(file: Path) -> int | None:
    """How long a message is; None where nothing can be heard in it, or there is none."""
    try:
        with wave.open(str(file), "rb") as sound:
            samples = array("h", sound.readframes(sound.getnframes()))
            rate = sound.getframerate()
    except (wave.Error, EOFError, OSError, ValueError):
        return None
    limit = (AUDIBLE_RMS * 32768) ** 2 * (WINDOW // EVERY)
    windows = (samples[start : start + WINDOW : EVERY] for start in range(0, len(samples), WINDOW))
    loud = sum(sum(one * one for one in window) > limit for window in windows)
    return max(1, round(len(samples) / rate)) if loud >= WINDOWS_LEAST else None


class VoiceMessages:
    """The messages of one node. Errors: SQLAlchemyError, OSError."""

    def __init__(
        self, engine: AsyncEngine, folder: Path, prefix: str, zone: ZoneInfo, key: str
    ) -> None:
        self._engine = engine
        self._folder = folder
        self._prefix = prefix
        self._zone = zone
        self._key = key

    async def take(self, left: LeftMessage) -> Known:
        """Number and PIN of the message's ticket, which is opened unless it is there already."""
        number = await self._known(left.call_id)
        if number is None:
            file = file_of(self._folder, left.call_id)
            seconds = await asyncio.to_thread(message_seconds, file)
            if seconds is None:
                return Known(message=SILENT)
            number = await self._opened(left, seconds)
        return Known(ticket=number, pin=pin_of(self._key, number))

    async def _known(self, call_id: str) -> str | None:
        query = select(TicketRow.number).where(
            TicketRow.call_id == call_id, TicketRow.voice_seconds.is_not(None)
        )
        async with AsyncSession(for_reading(self._engine)) as session:
            number: str | None = await session.scalar(query)
        return number

    async def _opened(self, left: LeftMessage, seconds: int) -> str:
        draft = TicketCreate(
            call_id=left.call_id,
            # Who was bound for experts has a question for them.
            kind=Kind.CONSULTATION if left.expert_queue else Kind.HELP,
            urgency=Urgency.NORMAL,
            title=TITLE,
            content=CONTENT,
            requester_phone=left.caller_id or None,
            audience=left.audience,
        )
        pen = Pen(SYSTEM, left.at, self._prefix, self._zone)
        try:
            async with AsyncSession(self._engine) as session, session.begin():
                row = await open_ticket(
                    session, draft, left.hotline, pen, left.expert_queue, voice_seconds=seconds
                )
                return row.number
        except IntegrityError:  # somebody else was quicker
            number = await self._known(left.call_id)
            if number is None:
                raise
            return number
