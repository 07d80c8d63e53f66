"""What is known of a caller reaches the decision, or the call goes on without it, at once."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import ConstantBackoff, NoBackoff
from sqlalchemy import insert

from call_events import caller_memory
from call_events.agents_at_work import AgentsAtWork
from call_events.caller_memory import KEY, CallerMemory
from call_events.tables import agent_states
from database.engine import make_engine
from database.migrate import upgrade_async
from database.transaction import transact
from ivr.knowledge import ARRIVAL_SECONDS, LATER_SECONDS, Knowledge
from routing.audience import Audience
from routing.messages import LeftMessage
from routing.steps import Call, Keyed, Known, Outcome
from tests.support.ports import free_port
from tests.support.redis_server import RedisServer, redis_server
from tests.support.until import soon

CALLER = "13812345678"
STRANGER = "13987654321"
ARRIVED = Call("c1", "12345", "+8613812345678", "carrier")
TALKED = Outcome("queue:general-seats", "CONTINUE")
SERVED = replace(ARRIVED, path=(TALKED, Outcome("survey", "key:5")))
WISH = Outcome("agent:8001-web", "transfer:water")
COMES_BACK = replace(ARRIVED, path=(WISH, Outcome("partner:water", "BUSY")))


class Mute:
    """A room that never answers."""

    def may_know(self, caller: str) -> bool:
        return bool(caller)

    async def known(self, caller: str) -> Known:
        await asyncio.Event().wait()
        raise AssertionError

    async def chose_language(self, caller: str, language: str) -> None:
        """Never asked here."""

    async def of_call(self, call_id: str) -> Known:
        raise ConnectionError("the database is away")

    async def progress(self, call: Call) -> Known:
        raise ConnectionError("Redis is away")

    async def take(self, left: LeftMessage) -> Known:
        await asyncio.Event().wait()
        raise AssertionError

    async def away(self, seat: str) -> bool:
        await asyncio.Event().wait()
        raise AssertionError


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(free_port(), tmp_path) as running:
        yield running


@pytest.fixture
async def memory(server: RedisServer) -> AsyncIterator[CallerMemory]:
    redis = Redis(port=server.port, retry=Retry(NoBackoff(), 0))  # as `processes.stream_of`
    yield CallerMemory(redis, missed_seconds=3600)
    await redis.aclose()


async def test_who_rang_in_vain_is_known_by_any_spelling_of_the_number(
    memory: CallerMemory,
) -> None:
    knowledge = Knowledge(callers=memory)
    assert (await knowledge.of(ARRIVED)).known == Known()
    await memory.missed(CALLER, time.time())
    await memory.chose_language(CALLER, "en")

    assert (await knowledge.of(ARRIVED)).known == Known(language="en", missed=True)

    await memory.served(CALLER)
    assert (await knowledge.of(ARRIVED)).known == Known(language="en"), "nothing is owed any more"


async def test_a_promise_is_known_and_a_call_of_long_ago_is_not(memory: CallerMemory) -> None:
    await memory.missed(CALLER, time.time() - 3601)
    await memory.promised(CALLER, "c0")
    assert (await Knowledge(callers=memory).of(ARRIVED)).known == Known(call_back=True)


async def test_a_language_is_remembered_and_forgotten(memory: CallerMemory) -> None:
    knowledge = Knowledge(callers=memory)
    await knowledge.remember(ARRIVED, "english")
    assert (await knowledge.of(ARRIVED)).known == Known(language="english")
    await knowledge.remember(ARRIVED, "")
    assert (await knowledge.of(ARRIVED)).known == Known()


async def test_a_language_that_cannot_be_kept_is_chosen_again_next_time(
    server: RedisServer, memory: CallerMemory
) -> None:
    server.kill()
    await Knowledge(callers=memory).remember(ARRIVED, "english")


async def test_what_is_remembered_ends_some_day(server: RedisServer, memory: CallerMemory) -> None:
    await memory.missed(CALLER, time.time())
    redis = Redis(port=server.port)
    assert await redis.ttl(KEY + CALLER) > 0
    await redis.aclose()


@pytest.mark.parametrize("call", [ARRIVED, SERVED, COMES_BACK])
async def test_a_room_that_is_mute_or_broken_keeps_no_caller_waiting(call: Call) -> None:
    knowledge = Knowledge(callers=Mute(), tickets=Mute(), agents=Mute())
    assert knowledge.asks(call)
    started = time.monotonic()
    assert await knowledge.of(call) == call
    bound = LATER_SECONDS if call.path else ARRIVAL_SECONDS
    assert time.monotonic() - started < bound + 0.25


@pytest.mark.parametrize(
    ("state", "away"),
    [("ready", False), ("talking", False), ("wrapup", False), ("paused", True), ("offline", True)],
)
async def test_a_caller_is_given_back_to_an_agent_who_is_at_work(
    tmp_path: Path, state: str, away: bool
) -> None:
    url = f"sqlite:///{tmp_path / 'hotline.db'}"
    await upgrade_async(url)
    engine = make_engine(url)
    row = {"agent": "8001", "node": "t1", "state": state, "reason": "", "phone": "web"}
    row |= {"since": datetime.now(UTC), "queues": []}
    await transact(engine, lambda connection: connection.execute(insert(agent_states), row))
    knowledge = Knowledge(agents=AgentsAtWork(engine))
    assert (await knowledge.of(COMES_BACK)).known == Known(sender_away=away)
    wish = Outcome("agent:8002-web", "transfer:water")
    stranger = replace(COMES_BACK, path=(wish, *COMES_BACK.path[1:]))
    assert (await knowledge.of(stranger)).known == Known(), "nothing is known of this one"
    await engine.dispose()


async def test_a_desk_that_is_mute_keeps_nobody_waiting_who_has_left_a_message() -> None:
    """The dialplan waits for 1.2 s; then it looks for a person instead."""
    knowledge = Knowledge(messages=Mute())
    said = replace(ARRIVED, path=(Outcome("message", "LEFT"),))
    left = LeftMessage("c1", CALLER, "12345", Audience.PERSONAL, None, datetime.now(UTC))
    assert knowledge.asks(said)
    started = time.monotonic()
    assert await knowledge.of(said, left) == said
    assert time.monotonic() - started < LATER_SECONDS + 0.2
    assert not Knowledge(tickets=Mute()).asks(said)


async def test_who_keyed_in_a_pin_has_the_answer_of_a_busy_machine_too() -> None:
    class Slow(Mute):
        async def progress(self, call: Call) -> Known:
            await asyncio.sleep(0.5)
            return Known(ticket="NJ20260302-000001")

    asked = (Outcome("ask:number", "DIGITS"), Outcome("ask:pin", "DIGITS"))
    keyed = replace(ARRIVED, path=asked, keyed=Keyed("20260302000001", "123456"))
    assert (await Knowledge(tickets=Slow()).of(keyed)).known == Known(ticket="NJ20260302-000001")


async def test_a_redis_that_dies_is_no_reason_to_wait(
    server: RedisServer, memory: CallerMemory
) -> None:
    await memory.missed(CALLER, time.time())
    server.kill()
    assert (await Knowledge(callers=memory).of(ARRIVED)).known == Known()


@pytest.fixture
async def followed(memory: CallerMemory) -> AsyncIterator[CallerMemory]:
    """The loop's: it keeps in mind of whom anything is remembered, one number from before."""
    await memory.missed(CALLER, time.time())
    following = asyncio.create_task(memory.follow())
    await soon(lambda: not memory.may_know(STRANGER))
    yield memory
    following.cancel()
    await asyncio.wait([following])


async def test_only_who_may_be_remembered_is_asked_for(
    server: RedisServer, followed: CallerMemory
) -> None:
    knowledge = Knowledge(callers=followed)
    stranger = replace(ARRIVED, caller_id=STRANGER)
    assert knowledge.asks(ARRIVED), "by any spelling"
    assert not knowledge.asks(stranger)

    recorder = CallerMemory(Redis(port=server.port), missed_seconds=3600)
    await recorder.missed(STRANGER, time.time())
    await soon(lambda: knowledge.asks(stranger))
    assert (await knowledge.of(stranger)).known == Known(missed=True)


async def test_while_redis_is_away_everybody_is_asked_for_and_after_it_is_known_again(
    server: RedisServer, followed: CallerMemory
) -> None:
    server.kill()
    await soon(lambda: followed.may_know(STRANGER))
    server.start()
    await soon(lambda: not followed.may_know(STRANGER))
    assert followed.may_know(CALLER)


async def test_where_too_many_are_remembered_everybody_is_asked_for(
    memory: CallerMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caller_memory, "NUMBERS_MOST", 1)
    await memory.missed(CALLER, time.time())
    await memory.missed("13800000000", time.time())
    async with asyncio.timeout(5):
        await memory.follow()
    assert memory.may_know(STRANGER)


async def test_where_too_many_come_to_be_remembered_everybody_is_asked_for(
    followed: CallerMemory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(caller_memory, "NUMBERS_MOST", 1)
    await followed.missed("13800000000", time.time())
    await soon(lambda: followed.may_know(STRANGER))


async def test_a_client_that_comes_back_by_itself_has_missed_what_was_told(
    server: RedisServer,
) -> None:
    stubborn = Redis(port=server.port, retry=Retry(ConstantBackoff(0.2), 50))
    memory = CallerMemory(stubborn, missed_seconds=3600)
    following = asyncio.create_task(memory.follow())
    await soon(lambda: not memory.may_know(STRANGER))
    server.kill()
    server.start()
    # Written while the client was away: it can only be read.
    await Redis(port=server.port).hset(KEY + STRANGER, "missed", "0")
    await soon(lambda: memory.may_know(STRANGER))
    await soon(lambda: not memory.may_know("13700000000"))
    assert memory.may_know(STRANGER), "read anew"
    following.cancel()
    await asyncio.wait([following])
    await stubborn.aclose()


def test_nothing_is_asked_where_it_does_not_matter() -> None:
    knowledge = Knowledge(callers=Mute(), tickets=Mute())
    assert knowledge.asks(ARRIVED)
    assert knowledge.asks(SERVED)
    assert not knowledge.asks(replace(ARRIVED, caller_id="")), "a withheld number"
    waited = replace(ARRIVED, path=(Outcome("queue:expert-12333", "TIMEOUT"),))
    assert not knowledge.asks(waited)
    assert not knowledge.asks(COMES_BACK), "nobody knows who is at work"
    agents = Knowledge(agents=Mute())
    assert agents.asks(COMES_BACK)
    assert not agents.asks(waited)
    assert not agents.asks(replace(COMES_BACK, path=(WISH,))), "the caller goes where they are sent"
    waits = (*COMES_BACK.path, Outcome("queue:general-seats", "TIMEOUT"))
    assert not agents.asks(replace(COMES_BACK, path=waits)), "with everybody, for anybody"
    rated = replace(COMES_BACK, path=(*COMES_BACK.path, TALKED, Outcome("survey", "key:5")))
    assert not agents.asks(rated), "it is settled; now tickets are asked"
    assert not Knowledge().asks(ARRIVED)
