"""Who rang in vain is owed one call, whatever tells us so, in whatever order, however often."""

import itertools
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis.asyncio import Redis
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from call_events.call_back_desk import finish, take
from call_events.call_backs import CallBackOutcome
from call_events.call_state import Call, CallState, Outcome
from call_events.caller_memory import CallerMemory
from call_events.changes import Changes
from call_events.owed import Owed
from call_events.tables import call_backs, calls
from call_events.writer import Writer
from database.engine import make_engine, reading
from database.migrate import upgrade_async
from tests.support.ports import free_port
from tests.support.postgres import postgres
from tests.support.redis_server import redis_server

CITIZEN = "13912345678"
START = datetime(2026, 11, 27, 2, tzinfo=UTC)
_ids = itertools.count(1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server_url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "postgresql":
        with postgres(free_port()) as url:
            yield url
    else:
        yield ""


@pytest.fixture
async def engine(server_url: str, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = server_url or f"sqlite:///{tmp_path / 'hotline.db'}"
    await upgrade_async(url)
    engine = make_engine(url)
    async with engine.begin() as connection:
        for table in (call_backs, calls):
            await connection.execute(table.delete())
    yield engine
    await engine.dispose()


def call(
    minute: float, outcome: Outcome | None, caller: str = CITIZEN, seconds: float = 40
) -> Call:
    """A call that arrived at this minute and, unless it goes on, ended after `seconds`."""
    arrived = START + timedelta(minutes=minute)
    end = arrived + timedelta(seconds=seconds)
    made = Call(f"nj1-{next(_ids)}.1", "nj1", "12345", "12345", caller, "carrier", "main", arrived)
    if outcome is Outcome.ANSWERED:
        made.answered_at, made.agent = arrived + timedelta(seconds=5), "8001"
    if outcome is not None:
        made.ended_at, made.outcome, made.state = end, outcome, CallState.ENDED
    return made


async def write(engine: AsyncEngine, *told: Call) -> None:
    """Commit these calls as the recorder does."""
    changes = Changes()
    changes.calls = {one.call_id: one for one in told}
    await Writer(engine, "nj1", 0).commit(changes)


async def owed(engine: AsyncEngine) -> list[dict[str, Any]]:
    """The rows, oldest first."""
    async with reading(engine) as connection:
        rows = await connection.execute(select(call_backs).order_by(call_backs.c.id))
        return [dict(row) for row in rows.mappings()]


async def test_who_rings_in_vain_three_times_is_owed_one_call_at_the_first_place(
    engine: AsyncEngine,
) -> None:
    first = call(0, Outcome.ABANDONED, "+8613912345678")
    await write(engine, first)
    await write(engine, call(3, Outcome.INTERRUPTED), call(5, Outcome.ABANDONED))
    (row,) = await owed(engine)
    assert (row["caller"], row["why"], row["state"]) == (CITIZEN, "interrupted", "open")
    assert (row["since"], row["call_id"]) == (first.arrived_at, first.call_id)
    assert row["last_at"] == START + timedelta(minutes=5, seconds=40)


async def test_a_withheld_number_is_owed_nothing_and_an_answered_call_neither(
    engine: AsyncEngine,
) -> None:
    await write(engine, call(0, Outcome.ABANDONED, ""), call(1, Outcome.ANSWERED))
    assert await owed(engine) == []


async def test_the_call_on_which_they_are_answered_closes_it(engine: AsyncEngine) -> None:
    await write(engine, call(0, Outcome.ABANDONED))
    answered = call(4, Outcome.ANSWERED)
    answered.ended_at, answered.outcome = None, None  # they are still talking
    await write(engine, answered)
    (row,) = await owed(engine)
    assert (row["state"], row["outcome"]) == ("closed", "rang_again")
    assert (row["closed_call"], row["closed_by"]) == (answered.call_id, "8001")


async def test_who_was_cut_off_in_the_middle_of_a_talk_is_owed_a_call(engine: AsyncEngine) -> None:
    cut = call(0, Outcome.ANSWERED)
    cut.outcome = Outcome.INTERRUPTED
    await write(engine, cut)
    (row,) = await owed(engine)
    assert row["why"] == "interrupted"


async def test_files_read_late_open_nothing_that_was_settled(engine: AsyncEngine) -> None:
    """The abandoned call reaches us after the answered one; then both are read once more."""
    abandoned, answered = call(0, Outcome.ABANDONED), call(5, Outcome.ANSWERED)
    await write(engine, answered)
    await write(engine, abandoned)
    assert await owed(engine) == []
    later = call(9, Outcome.ABANDONED)
    await write(engine, later)
    async with AsyncSession(engine) as session, session.begin():
        (row,) = await owed(engine)
        now = START + timedelta(minutes=30)
        assert await take(session, row["id"], "wang", now)
        assert await finish(
            session, row["id"], "wang", CallBackOutcome.REACHED, now, 3, timedelta(minutes=15)
        )
    await write(engine, abandoned, answered, later)
    assert [row["state"] for row in await owed(engine)] == ["closed"]


async def test_who_is_not_reached_is_rung_again_and_given_up_after_the_last_attempt(
    engine: AsyncEngine,
) -> None:
    await write(engine, call(0, Outcome.ABANDONED))
    (row,) = await owed(engine)
    states = []
    for attempt in range(3):
        async with AsyncSession(engine) as session, session.begin():
            now = START + timedelta(minutes=10 + attempt * 20)
            assert await take(session, row["id"], "wang", now)
            assert not await take(session, row["id"], "li", now), "one person rings"
            assert await finish(
                session,
                row["id"],
                "wang",
                CallBackOutcome.NOT_REACHED,
                now,
                attempts=3,
                between=timedelta(minutes=15),
            )
        (row,) = await owed(engine)
        states.append((row["state"], row["attempts"], row["outcome"]))
    assert states == [("open", 1, None), ("open", 2, None), ("closed", 3, "not_reached")]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(
        st.tuples(st.integers(0, 30), st.sampled_from([Outcome.ABANDONED, Outcome.ANSWERED])),
        min_size=1,
        max_size=6,
        unique_by=lambda one: one[0],
    ),
    st.randoms(use_true_random=False),
)
async def test_the_order_in_which_calls_are_told_does_not_matter(
    engine: AsyncEngine, history: list[tuple[int, Outcome]], random: Any
) -> None:
    """Owed exactly when nobody spoke with the number after its last vain call."""
    caller = str(13700000000 + next(_ids))
    told = [call(minute, outcome, caller) for minute, outcome in history]
    last = max(history)[1]
    for _ in range(2):
        random.shuffle(told)
        for one in told:
            await write(engine, one)
    rows = [row for row in await owed(engine) if row["caller"] == caller]
    still_open = [row for row in rows if row["state"] == "open"]
    assert len(still_open) == (1 if last is Outcome.ABANDONED else 0)


async def test_the_loop_knows_who_is_owed_a_call_even_when_its_memory_was_lost(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    with redis_server(free_port(), tmp_path) as server:
        redis = Redis(port=server.port)
        memory = CallerMemory(redis, 10 * 365 * 86_400)
        told = Owed(engine, memory)
        await told.tell()
        assert not (await memory.known(CITIZEN)).missed
        await write(engine, call(0, Outcome.ABANDONED))
        await told.tell()
        assert (await memory.known(CITIZEN)).missed
        await redis.flushall()
        await Owed(engine, memory).tell()
        assert (await memory.known(CITIZEN)).missed
        await write(engine, call(1, Outcome.ANSWERED))
        await told.tell()
        assert not (await memory.known(CITIZEN)).missed
        await redis.aclose()
