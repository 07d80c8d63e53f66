"""A message by voice is heard from its ticket, by who may read that, and each listening is kept."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_console.tables import AuditRow
from tests.support.console import Console
from tests.support.tone import write_sound
from tickets.tables import TicketRow
from tickets.voice_messages import file_of

CALL = "n1-1795389915.0"
NUMBER = "NJ20261127-000042"


async def a_message(console: Console, *, kept: bool = True, **facts: Any) -> bytes:
    """A ticket made of a message of 3 s; its sound."""
    now = datetime.now(UTC)
    row = {
        "number": NUMBER, "call_id": CALL, "hotline": "12345", "kind": "help", "urgency": "normal",
        "title": "语音留言", "content": "请收听录音", "confidential": False, "state": "accepted",
        "created_by": "@system", "created_at": now, "updated_at": now, "version": 1,
        "voice_seconds": 3,
    }  # fmt: skip
    async with AsyncSession(console.engine) as session, session.begin():
        session.add(TicketRow(**(row | facts)))
    file = file_of(console.app.state.deps.voice_messages, CALL)
    if not kept:
        return b""
    write_sound(file, 3.0, 3000)
    return file.read_bytes()


async def test_an_agent_opens_it_first_and_then_hears_any_piece(console: Console) -> None:
    sound = await a_message(console)
    agent = await console.logged_in("ann", "agent", "8001")
    where = f"/tickets/{NUMBER}/message"
    assert (await agent.get(where)).json()["code"] == "recording_not_opened"
    opened = await agent.post(where)
    assert (opened.status_code, opened.json()) == (201, {"ticket": NUMBER, "seconds": 3})
    assert (await agent.get(where)).content == sound
    piece = await agent.get(where, headers={"range": "bytes=44-99"})
    assert (piece.status_code, piece.content) == (206, sound[44:100])
    async with AsyncSession(console.engine) as session:
        looks = select(AuditRow.username, AuditRow.subject).where(
            AuditRow.action == "message_opened"
        )
        assert [tuple(row) for row in await session.execute(looks)] == [("ann", NUMBER)]
    shown = (await agent.get(f"/tickets/{NUMBER}")).json()
    assert (shown["voice_seconds"], shown["created_by"]) == (3, "@system")


async def test_of_a_confidential_ticket_only_overseers_hear_it(console: Console) -> None:
    await a_message(console, confidential=True)
    agent = await console.logged_in("ann", "agent", "8001")
    boss = await console.logged_in("boss", "supervisor")
    where = f"/tickets/{NUMBER}/message"
    assert (await agent.post(where)).json()["code"] == "ticket_confidential"
    assert (await agent.get(where)).json()["code"] == "ticket_confidential"
    assert (await boss.post(where)).status_code == 201


async def test_where_there_is_no_sound_nobody_is_said_to_have_listened(console: Console) -> None:
    await a_message(console, kept=False)
    boss = await console.logged_in("boss", "supervisor")
    for number, code in ((NUMBER, "recording_unknown"), ("NJ20261127-000001", "ticket_unknown")):
        assert (await boss.post(f"/tickets/{number}/message")).json()["code"] == code
    assert (await boss.post("/tickets/nobody's/message")).json()["code"] == "ticket_unknown"
    async with AsyncSession(console.engine) as session:
        looks = select(AuditRow).where(AuditRow.action == "message_opened")
        assert list(await session.scalars(looks)) == []
