"""Who hung up with a message left has a ticket; who said nothing is owed a call like any other."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from call_events.messages import MessageKeeper
from call_events.recordings import delete_older
from call_events.tables import call_backs, calls
from database.engine import make_engine, reading
from database.migrate import upgrade_async
from routing.audience import Audience
from routing.catalogue import Catalogue
from routing.loader import load_catalogue
from routing.messages import LeftMessage
from tests.support.line import NANJING

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(NANJING)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'hotline.db'}"
    await upgrade_async(url)
    engine = make_engine(url)
    yield engine
    await engine.dispose()


class Desk:
    """Makes tickets, unless nothing can be heard."""

    def __init__(self) -> None:
        self.taken: list[LeftMessage] = []
        self.silent: set[str] = set()

    async def take(self, left: LeftMessage) -> bool:
        self.taken.append(left)
        return left.call_id not in self.silent


async def a_call(engine: AsyncEngine, call_id: str, caller: str, **facts: Any) -> None:
    ended = NOW - timedelta(seconds=10)
    row = {
        "call_id": call_id, "node": "n1", "dnis": "12345", "hotline": "12345", "caller_id": caller,
        "trunk": "carrier", "merger_mode": "main", "arrived_at": ended - timedelta(minutes=1),
        "ended_at": ended, "state": "ended", "outcome": "message", "path": [],
    }  # fmt: skip
    async with engine.begin() as connection:
        await connection.execute(insert(calls).values(row | facts))


async def owed(engine: AsyncEngine) -> list[tuple[str, str]]:
    async with reading(engine) as connection:
        rows = await connection.execute(select(call_backs.c.caller, call_backs.c.why))
        return [(row.caller, row.why) for row in rows]


async def test_every_message_is_handed_on_with_the_facts_of_its_call(
    engine: AsyncEngine, catalogue: Catalogue, tmp_path: Path
) -> None:
    desk = Desk()
    keeper = MessageKeeper(engine, "n1", catalogue, tmp_path, desk.take)
    path = [{"seq": 1, "step": "queue:enterprise", "last": "key:1"}]
    await a_call(engine, "n1-1.1", "13912345678", path=path, wants_expert="expert-12348")
    await a_call(engine, "n1-1.2", "13912345679", outcome="abandoned")
    await a_call(engine, "n2-1.3", "13912345680", node="n2")
    await keeper.look(NOW)
    (left,) = desk.taken
    assert (left.call_id, left.caller_id, left.hotline) == ("n1-1.1", "13912345678", "12345")
    assert (left.audience, left.expert_queue) == (Audience.ENTERPRISE, "expert-12348")
    await keeper.look(NOW + timedelta(seconds=30))
    assert len(desk.taken) == 1, "not asked again and again"
    assert await owed(engine) == [], "a message is no missed call"


async def test_who_said_nothing_is_owed_a_call_once(
    engine: AsyncEngine, catalogue: Catalogue, tmp_path: Path
) -> None:
    desk = Desk()
    desk.silent = {"n1-1.1", "n1-1.2"}
    await a_call(engine, "n1-1.1", "13912345678")
    await a_call(engine, "n1-1.2", "")
    for _ in range(2):
        await MessageKeeper(engine, "n1", catalogue, tmp_path, desk.take).look(NOW)
    assert await owed(engine) == [("13912345678", "missed")], "a withheld number cannot be rung"


def test_messages_live_as_long_as_recordings(tmp_path: Path) -> None:
    old, new = tmp_path / "n1-1.1.wav", tmp_path / "n1-1.2.wav"
    for file, age in ((old, 181), (new, 179)):
        file.write_bytes(bytes(100))
        at = (NOW - timedelta(days=age)).timestamp()
        os.utime(file, (at, at))
    assert delete_older(tmp_path, NOW - timedelta(days=180)) == 1
    assert not old.exists()
    assert new.exists()
