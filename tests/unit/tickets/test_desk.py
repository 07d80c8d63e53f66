"""Tickets on a real database: numbers, versions and their story."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from database.engine import make_engine
from database.migrate import upgrade_async
from tickets.desk import Pen, change_ticket, open_ticket
from tickets.draft import TicketCreate, TicketUpdate
from tickets.errors import TicketRefused
from tickets.tables import TicketEventRow
from tickets.words import Kind, Urgency

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
DEMAND = TicketCreate(kind=Kind.HELP, urgency=Urgency.NORMAL, title="路灯", content="不亮")


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite+aiosqlite:///{tmp_path}/tickets.db"
    await upgrade_async(url)
    engine = make_engine(url)
    yield engine
    await engine.dispose()


def pen(now: datetime = NOW, username: str = "first") -> Pen:
    return Pen(username, now, "NJ", SHANGHAI)


async def opened(engine: AsyncEngine, now: datetime = NOW) -> str:
    async with AsyncSession(engine) as session, session.begin():
        return (await open_ticket(session, DEMAND, "12345", pen(now))).number


async def test_forty_tickets_saved_at_once_have_forty_numbers(engine: AsyncEngine) -> None:
    numbers = await asyncio.gather(*(opened(engine) for _ in range(40)))
    assert sorted(numbers) == [f"NJ20261122-{n:06d}" for n in range(1, 41)]


async def test_the_day_of_a_number_is_the_citys_and_each_day_begins_at_one(
    engine: AsyncEngine,
) -> None:
    before_midnight = datetime(2026, 11, 22, 15, 59, tzinfo=UTC)
    after_midnight = datetime(2026, 11, 22, 16, 0, tzinfo=UTC)
    assert await opened(engine, before_midnight) == "NJ20261122-000001"
    assert await opened(engine, after_midnight) == "NJ20261123-000001"


async def test_of_ten_agents_who_change_one_version_only_one_succeeds(
    engine: AsyncEngine,
) -> None:
    number = await opened(engine)

    async def change(title: str) -> str:
        try:
            async with AsyncSession(engine) as session, session.begin():
                await change_ticket(session, number, TicketUpdate(version=1, title=title), pen())
        except TicketRefused as refused:
            return refused.code
        return "saved"

    results = await asyncio.gather(*(change(f"第{n}个") for n in range(10)))
    assert sorted(results) == ["saved", *["ticket_version_conflict"] * 9]


async def test_every_change_is_told_with_before_and_after(engine: AsyncEngine) -> None:
    number = await opened(engine)
    async with AsyncSession(engine) as session, session.begin():
        update = TicketUpdate(version=1, urgency=Urgency.URGENT, title="路灯")
        await change_ticket(session, number, update, pen(username="second"))
    async with AsyncSession(engine) as session:
        story = (await session.scalars(select(TicketEventRow).order_by(TicketEventRow.id))).all()
    assert [(e.type, e.version, e.username) for e in story] == [
        ("opened", 1, "first"),
        ("changed", 2, "second"),
    ]
    assert story[1].changes == {"urgency": ["normal", "urgent"]}


async def test_a_change_that_changes_nothing_is_no_new_version(engine: AsyncEngine) -> None:
    number = await opened(engine)
    async with AsyncSession(engine) as session, session.begin():
        row = await change_ticket(session, number, TicketUpdate(version=1, title="路灯"), pen())
        assert row.version == 1
