"""A message by voice becomes one ticket; what cannot be heard becomes none."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from database.engine import make_engine
from database.migrate import upgrade_async
from routing.audience import Audience
from routing.messages import SILENT, LeftMessage
from routing.steps import Known
from tests.support.tone import write_noise, write_sound
from tickets.tables import TicketRow
from tickets.telephone import pin_of
from tickets.voice_messages import VoiceMessages, file_of, message_seconds

NOW = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)
KEY = "a key of these tests"
LEFT = LeftMessage("n1-1.1", "13912345678", "12348", Audience.PERSONAL, "expert-12348", NOW)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'hotline.db'}"
    await upgrade_async(url)
    engine = make_engine(url)
    yield engine
    await engine.dispose()


@pytest.fixture
def messages(engine: AsyncEngine, tmp_path: Path) -> VoiceMessages:
    return VoiceMessages(engine, tmp_path / "message", "NJ", ZoneInfo("Asia/Shanghai"), KEY)


async def tickets(engine: AsyncEngine) -> list[TicketRow]:
    async with AsyncSession(engine) as session:
        return list(await session.scalars(select(TicketRow)))


async def test_a_message_is_a_ticket_opened_by_nobody_for_who_should_ring_back(
    engine: AsyncEngine, messages: VoiceMessages, tmp_path: Path
) -> None:
    write_sound(file_of(tmp_path / "message", "n1-1.1"), 12.0, 3000)
    known = await messages.take(LEFT)
    assert known == Known(ticket="NJ20261127-000001", pin=pin_of(KEY, "NJ20261127-000001"))
    (ticket,) = await tickets(engine)
    assert (ticket.created_by, ticket.title, ticket.voice_seconds) == ("@system", "语音留言", 12)
    assert (ticket.call_id, ticket.hotline, ticket.expert_queue) == (
        "n1-1.1", "12348", "expert-12348",
    )  # fmt: skip
    assert (ticket.requester_phone, ticket.audience) == ("13912345678", "personal")
    assert (ticket.kind, ticket.kind_assumed) == ("consultation", True), "a question for experts"


async def test_a_message_for_nobody_in_particular_asks_for_help(
    engine: AsyncEngine, messages: VoiceMessages, tmp_path: Path
) -> None:
    write_sound(file_of(tmp_path / "message", "n1-1.1"), 12.0, 3000)
    await messages.take(replace(LEFT, expert_queue=None))
    (ticket,) = await tickets(engine)
    assert (ticket.kind, ticket.kind_assumed) == ("help", True)


async def test_however_often_and_by_however_many_it_is_one_ticket(
    engine: AsyncEngine, messages: VoiceMessages, tmp_path: Path
) -> None:
    write_sound(file_of(tmp_path / "message", "n1-1.1"), 3.0, 3000)
    known = await asyncio.gather(*(messages.take(LEFT) for _ in range(5)))
    assert len(set(known)) == 1
    assert await messages.take(LEFT) == known[0]
    assert len(await tickets(engine)) == 1


async def test_a_withheld_number_leaves_a_ticket_without_a_telephone(
    engine: AsyncEngine, messages: VoiceMessages, tmp_path: Path
) -> None:
    write_sound(file_of(tmp_path / "message", "n1-1.2"), 3.0, 3000)
    left = LeftMessage("n1-1.2", "", "12345", Audience.ENTERPRISE, None, NOW)
    assert (await messages.take(left)).ticket
    (ticket,) = await tickets(engine)
    assert (ticket.requester_phone, ticket.audience) == (None, "enterprise")


@pytest.mark.parametrize("there", ["nothing", "silence", "noise", "a click", "no sound at all"])
async def test_what_cannot_be_heard_is_no_ticket(
    engine: AsyncEngine, messages: VoiceMessages, tmp_path: Path, there: str
) -> None:
    file = file_of(tmp_path / "message", "n1-1.1")
    file.parent.mkdir()
    if there == "silence":
        write_sound(file, 20.0, 0)
    elif there == "noise":
        write_noise(file, 20.0)
    elif there == "a click":
        write_sound(file, 5.0, 3000, from_second=4.8)
    elif there == "no sound at all":
        file.write_bytes(b"RIFF" + bytes(40))
    assert message_seconds(file) is None
    assert await messages.take(LEFT) == Known(message=SILENT)
    assert await tickets(engine) == []


def test_a_quiet_voice_at_the_end_is_heard(tmp_path: Path) -> None:
    file = tmp_path / "quiet.wav"
    write_sound(file, 10.0, 150, from_second=9.0)
    assert message_seconds(file) == 10
