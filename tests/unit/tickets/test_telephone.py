"""A ticket's state is told to who has its PIN; guessing locks the ticket and the caller."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from database.engine import make_engine
from database.migrate import upgrade_async
from routing.steps import Call, Keyed, Known
from tests.support.ports import free_port
from tests.support.redis_server import RedisServer, redis_server
from tickets.tables import TicketLookUpRow, TicketRow
from tickets.telephone import TicketsByTelephone, pin_of

KEY = "a key of these tests"
NUMBER = "NJ20261127-000042"
DIGITS = "20261127000042"
PIN = pin_of(KEY, NUMBER)
WRONG = f"{(int(PIN) + 1) % 10**6:06d}"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(free_port(), tmp_path_factory.mktemp("redis")) as running:
        yield running


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'hotline.db'}"
    await upgrade_async(url)
    engine = make_engine(url)
    now = datetime.now(UTC)
    async with AsyncSession(engine) as session, session.begin():
        session.add(
            TicketRow(
                number=NUMBER, call_id="n1-1.1", hotline="12345", kind="help", urgency="normal",
                title="路灯不亮", content="路灯不亮", confidential=False, state="accepted",
                created_by="ann", created_at=now, updated_at=now, version=1,
            )
        )  # fmt: skip
    yield engine
    await engine.dispose()


@pytest.fixture
async def tickets(engine: AsyncEngine, server: RedisServer) -> AsyncIterator[TicketsByTelephone]:
    redis = Redis(port=server.port)
    await redis.flushall()
    yield TicketsByTelephone(engine, redis, "NJ", KEY)
    await redis.aclose()


def keyed(number: str, pin: str, caller: str = "13812345678") -> Call:
    return Call("n1-9.9", "12345", caller, "carrier", keyed=Keyed(number, pin))


async def told(tickets: TicketsByTelephone, call: Call) -> str:
    return (await tickets.progress(call)).progress


async def test_a_calls_ticket_and_its_pin(tickets: TicketsByTelephone) -> None:
    assert await tickets.of_call("n1-1.1") == Known(ticket=NUMBER, pin=PIN)
    assert await tickets.of_call("n1-1.2") == Known()
    assert len(PIN) == 6
    assert PIN.isdigit()
    assert pin_of("another key", NUMBER) != PIN


async def test_the_state_is_told_to_who_has_the_pin_and_each_look_up_leaves_a_row(
    tickets: TicketsByTelephone, engine: AsyncEngine
) -> None:
    assert await told(tickets, keyed(DIGITS, PIN)) == "accepted"
    assert await told(tickets, keyed(DIGITS, WRONG)) == "wrong"
    unknown = "20261127999999"
    right_for_none = pin_of(KEY, "NJ20261127-999999")
    assert await told(tickets, keyed(unknown, right_for_none)) == "wrong", "no such ticket"
    assert await told(tickets, keyed("7", PIN)) == "wrong"
    async with AsyncSession(engine) as session:
        rows = (await session.scalars(select(TicketLookUpRow).order_by(TicketLookUpRow.id))).all()
    assert [(row.number, row.told) for row in rows[:2]] == [(NUMBER, "accepted"), (NUMBER, "wrong")]


async def test_five_wrong_pins_lock_the_ticket_for_everybody(tickets: TicketsByTelephone) -> None:
    for last in range(5):
        assert await told(tickets, keyed(DIGITS, WRONG, f"1390000000{last}")) == "wrong"
    assert await told(tickets, keyed(DIGITS, PIN, "13700000001")) == "locked"


async def test_five_wrong_numbers_lock_the_caller(tickets: TicketsByTelephone) -> None:
    for last in range(5):
        assert await told(tickets, keyed(f"2026112700009{last}", "111111")) == "wrong"
    assert await told(tickets, keyed(DIGITS, PIN)) == "locked"
    assert await told(tickets, keyed(DIGITS, PIN, "+8613812345678")) == "locked", "the same caller"
    assert await told(tickets, keyed(DIGITS, PIN, "13700000001")) == "accepted"
