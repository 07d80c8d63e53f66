"""Whose turn it is to be rung back, and that nobody is rung twice or who must not be."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from call_events.control import Control
from call_events.link import AmiLink
from call_events.ring_back import Hall, RingBack
from call_events.tables import agent_states, call_backs, calls
from database.engine import make_engine, reading
from database.migrate import upgrade_async
from routing.catalogue import CallBacks
from tests.support.ami import FakeAsterisk

NOW = datetime(2026, 11, 27, 2, tzinfo=UTC)
GENERAL = "general-seats"
CITIZEN = "13912345678"
RULE = CallBacks(trunk="carrier", attempts=2, minutes_between=15, ring_seconds=30)


@pytest.mark.parametrize(
    ("hall", "room"),
    [
        (Hall(free=0, staffed=0, waiting=(), on_the_line=frozenset(), ringing=0), 0),
        (Hall(free=2, staffed=4, waiting=(), on_the_line=frozenset(), ringing=0), 2),
        (Hall(free=2, staffed=4, waiting=(NOW,) * 2, on_the_line=frozenset(), ringing=0), 1),
        (Hall(free=0, staffed=75, waiting=(NOW,) * 9, on_the_line=frozenset(), ringing=3), 4),
        (Hall(free=0, staffed=4, waiting=(), on_the_line=frozenset(), ringing=1), 0),
    ],
)
def test_a_place_is_next_when_somebody_is_free_or_nobody_came_earlier(
    hall: Hall, room: int
) -> None:
    """The place was held a minute before those who wait now came."""
    assert hall.room(NOW - timedelta(minutes=1)) == room


def test_who_came_earlier_and_still_waits_goes_first() -> None:
    hall = Hall(0, 75, (NOW - timedelta(minutes=5),), frozenset(), 0)
    assert hall.room(NOW - timedelta(minutes=1)) <= 0
    assert hall.room(NOW - timedelta(minutes=6)) == 7


class House:
    """A database, a loopback Asterisk, and the one who rings."""

    def __init__(self, engine: AsyncEngine, asterisk: FakeAsterisk, link: AmiLink) -> None:
        self.engine = engine
        self.asterisk = asterisk
        self.rings = RingBack(engine, Control(link), "nj1", GENERAL, RULE)

    async def put(self, table: Any, **row: Any) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(insert(table), row)

    async def promise(self, caller: str = CITIZEN, minutes: int = 5, **facts: Any) -> None:
        since = NOW - timedelta(minutes=minutes)
        row = {
            "node": "nj1",
            "caller": caller,
            "hotline": "12333",
            "call_id": "nj1-1.1",
            "why": "promised",
            "since": since,
            "last_at": since,
            "attempts": 0,
            "state": "open",
            "due": since,
            "changed_at": since,
        }
        await self.put(call_backs, **{**row, **facts})

    async def agent(self, state: str = "ready") -> None:
        await self.put(
            agent_states, agent="8001", node="nj1", state=state, since=NOW, queues=[GENERAL]
        )

    async def call(self, call_id: str, caller: str, state: str) -> None:
        await self.put(
            calls,
            call_id=call_id,
            node="nj1",
            dnis="12345",
            hotline="12345",
            caller_id=caller,
            trunk="carrier",
            merger_mode="main",
            arrived_at=NOW,
            queue=GENERAL,
            state=state,
            path=[],
        )

    async def turns(self, now: datetime = NOW) -> list[str]:
        """Ring until nobody is next; return whom Asterisk was asked to ring so far."""
        while await self.rings.turn(now):
            pass
        return [action["Channel"] for action in self.asterisk.asked("Originate")]

    async def row(self) -> dict[str, Any]:
        async with reading(self.engine) as connection:
            return dict((await connection.execute(select(call_backs))).mappings().one())


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    url = f"sqlite:///{tmp_path / 'hotline.db'}"
    await upgrade_async(url)
    engine = make_engine(url)
    async with FakeAsterisk() as asterisk:
        link = AmiLink("127.0.0.1", asterisk.port, "controller", "right")
        task = asyncio.create_task(link.run())
        await link.wait_up(5)
        yield House(engine, asterisk, link)
        task.cancel()
    await engine.dispose()


async def test_the_oldest_place_is_rung_once_by_a_command_that_is_ours(house: House) -> None:
    await house.promise("13700000001", minutes=2)
    await house.promise(minutes=9)
    await house.agent()
    assert await house.turns() == [f"Local/{CITIZEN}@ring-back/n"]
    (action,) = house.asterisk.asked("Originate")
    assert (action["Context"], action["Exten"], action["Async"]) == ("hotline", "rungback", "true")
    assert action["ChannelId"] == action["Account"] == f"nj1-callback-2-1.{int(NOW.timestamp())}"
    assert await house.turns(NOW + timedelta(seconds=5)) == [action["Channel"]], "one agent is free"


async def test_nobody_is_rung_while_nobody_is_there_or_the_citizen_is_on_the_line(
    house: House,
) -> None:
    await house.promise()
    assert await house.turns() == []
    await house.agent()
    await house.call("nj1-9.9", f"+86{CITIZEN}", "arrived")
    assert await house.turns() == []


@pytest.mark.parametrize(
    "facts",
    [
        {"caller": "110"},
        {"caller": "12345"},
        {"caller": "+14155550100"},
        {"why": "missed"},
        {"state": "taken", "taken_by": "wang"},
        {"due": NOW + timedelta(minutes=1)},
        {"attempts": 2},
        {"node": "nj2"},
    ],
)
async def test_who_must_not_be_rung_is_not(house: House, facts: dict[str, Any]) -> None:
    await house.promise(**facts)
    await house.agent()
    assert await house.turns() == []


async def test_who_does_not_answer_is_rung_again_by_rule_and_then_left_to_people(
    house: House,
) -> None:
    await house.promise()
    await house.agent()
    assert len(await house.turns()) == 1
    later = NOW + timedelta(seconds=41)
    await house.turns(later)
    row = await house.row()
    assert (row["state"], row["attempts"]) == ("open", 1)
    assert row["due"] == later + timedelta(minutes=15)
    second = row["due"]
    assert len(await house.turns(second)) == 2
    await house.turns(second + timedelta(seconds=41))
    row = await house.row()
    assert (row["state"], row["attempts"], row["why"]) == ("open", 2, "promised")
    assert len(await house.turns(second + timedelta(hours=1))) == 2, "people ring now"


async def test_a_citizen_who_answered_and_waits_is_not_given_up(house: House) -> None:
    await house.promise()
    await house.agent()
    await house.turns()
    ring_call = (await house.row())["ring_call"]
    await house.call(ring_call, CITIZEN, "queued")
    await house.turns(NOW + timedelta(minutes=2))
    assert (await house.row())["state"] == "ringing"


@pytest.mark.parametrize(
    ("number", "hotline", "trunk"),
    [
        ("110", "12345", "carrier"),
        ("13912345678&PJSIP", "12345", "carrier"),
        ("13912345678", "12345,X=1", "carrier"),
        ("13912345678", "12345", "carrier/x"),
    ],
)
async def test_nothing_but_a_number_and_words_of_ours_reaches_asterisk(
    house: House, number: str, hotline: str, trunk: str
) -> None:
    control = house.rings._control
    assert not (await control.ring_back(number, "nj1-1.1", hotline, trunk, 30)).done
    assert house.asterisk.asked("Originate") == []
