"""A caller who was passed on leaves a ticket in every case: an agent's, else the system's, once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from call_events.passed_on import passed_on
from call_events.tables import agent_states, brought_contexts, calls
from database.engine import make_engine
from database.migrate import upgrade_async
from routing.catalogue import Catalogue
from routing.loader import load_catalogue
from tests.support.catalogue import NANJING
from tickets.desk import Pen, change_ticket, open_ticket
from tickets.draft import TicketCreate, TicketUpdate
from tickets.passed_on import TicketsInEveryCase
from tickets.tables import TicketRow
from tickets.words import Kind, Urgency

CALL = "n1-1.1"
ENDED = datetime(2026, 11, 27, 2, tzinfo=UTC)
LATER = ENDED + timedelta(seconds=10)
ANSWERED = {"answered_at": ENDED - timedelta(minutes=2)}


@pytest.fixture(scope="module")
def nanjing() -> Catalogue:
    return load_catalogue(NANJING)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite+aiosqlite:///{tmp_path}/tickets.db"
    await upgrade_async(url)
    engine = make_engine(url)
    yield engine
    await engine.dispose()


@pytest.fixture
def system(engine: AsyncEngine, nanjing: Catalogue) -> TicketsInEveryCase:
    return TicketsInEveryCase(engine, nanjing, partial(passed_on, engine, "n1"))


def transfer(target: str, result: str, how: str = "cold", number: int = 1) -> dict[str, Any]:
    when = {"state": "completed", "at": ENDED.isoformat(), "agent": "8001", "number": number}
    return {"target": target, "how": how, "result": result, **when}


def step(word: str, reason: str, last: str | None = None) -> dict[str, Any]:
    return {"seq": 1, "step": word, "reason": reason, "source": "loop", "last": last}


async def ended(engine: AsyncEngine, *transfers: dict[str, Any], **facts: Any) -> None:
    """A call to 12345 is over."""
    row: dict[str, Any] = {
        "call_id": CALL, "node": "n1", "dnis": "12345", "hotline": "12345", "trunk": "carrier",
        "caller_id": "13812345678", "merger_mode": "main", "state": "ended", "ended_at": ENDED,
        "arrived_at": ENDED - timedelta(minutes=5), "path": [], "transfers": list(transfers),
    }  # fmt: skip
    async with engine.begin() as connection:
        await connection.execute(insert(calls).values(**row | facts))


async def tickets(engine: AsyncEngine) -> list[TicketRow]:
    async with AsyncSession(engine) as session:
        return list((await session.scalars(select(TicketRow))).all())


async def test_the_system_opens_one_with_what_became_of_each_transfer(
    engine: AsyncEngine, system: TicketsInEveryCase
) -> None:
    await ended(
        engine,
        transfer("water", "busy"),
        transfer("12366", "handed_over", "warm", 2),
        **ANSWERED,
        wants_expert="expert-12348",
    )
    await system.look(LATER)
    (row,) = await tickets(engine)
    assert row.title == "转接12366 全国税务系统统一电话：已转出（先沟通）"
    assert row.content.splitlines()[:2] == [
        "供水服务热线：对方占线（直接转） / Water supply: busy (sent on)",
        "12366 全国税务系统统一电话：已转出（先沟通） / "
        "12366 National tax line: handed over (spoken with first)",
    ]
    assert (row.created_by, row.call_id, row.hotline) == ("@system", CALL, "12345")
    assert (row.requester_phone, row.kind, row.urgency) == (
        "13812345678", "consultation", "normal",
    )  # fmt: skip
    assert (row.expert_queue, row.audience) == ("expert-12348", "personal")


async def brought(engine: AsyncEngine, **facts: str) -> None:
    """A sub-centre had sent us the call, and told us of it."""
    known = {"digest": "d" * 64, "centre": "12366", "facts": {"title": "发票"} | facts}
    times = {"deposited_at": ENDED, "expires_at": LATER, "call_id": CALL}
    async with engine.begin() as connection:
        await connection.execute(insert(brought_contexts).values(**known, **times))


@pytest.mark.parametrize(
    ("target", "facts", "kind"),
    [
        ("water", {"kind": "complaint"}, "complaint"),
        ("water", {}, "consultation"),
        ("119", {"kind": "complaint"}, "help"),
    ],
)
async def test_the_kind_is_what_the_sub_centre_that_sent_the_call_said_but_danger_is_help(
    engine: AsyncEngine,
    system: TicketsInEveryCase,
    target: str,
    facts: dict[str, str],
    kind: str,
) -> None:
    await ended(engine, transfer(target, "handed_over"), **ANSWERED)
    await brought(engine, **facts)
    await system.look(LATER)
    (row,) = await tickets(engine)
    assert (row.kind, row.kind_assumed) == (kind, True)


async def test_whoever_works_on_the_ticket_has_chosen_its_kind(
    engine: AsyncEngine, system: TicketsInEveryCase, nanjing: Catalogue
) -> None:
    await ended(engine, transfer("water", "handed_over"), **ANSWERED)
    await system.look(LATER)
    (row,) = await tickets(engine)
    pen = Pen("wang", LATER, "NJ", nanjing.index.zone)
    async with AsyncSession(engine) as session, session.begin():
        await change_ticket(session, row.number, TicketUpdate(version=1, title="停水"), pen)
    (row,) = await tickets(engine)
    assert (row.kind, row.kind_assumed) == ("consultation", False)


async def test_once_however_often_it_is_looked_for_and_by_whom(
    engine: AsyncEngine, nanjing: Catalogue, system: TicketsInEveryCase
) -> None:
    await ended(engine, transfer("12366", "handed_over"), **ANSWERED)
    find = partial(passed_on, engine, "n1")
    await asyncio.gather(*(
        TicketsInEveryCase(engine, nanjing, find).look(LATER) for _ in range(5)
    ))  # fmt: skip
    await system.look(LATER)
    await system.look(LATER + timedelta(hours=2))
    assert len(await tickets(engine)) == 1


async def test_where_an_agent_has_written_one_the_system_writes_none(
    engine: AsyncEngine, system: TicketsInEveryCase, nanjing: Catalogue
) -> None:
    await ended(engine, transfer("12366", "handed_over"), **ANSWERED)
    form = TicketCreate(
        call_id=CALL, kind=Kind.HELP, urgency=Urgency.NORMAL, title="税", content="问税"
    )
    async with AsyncSession(engine) as session, session.begin():
        pen = Pen("wang", LATER, "NJ", nanjing.index.zone)
        await open_ticket(session, form, "12345", pen)
    await system.look(LATER)
    assert [row.created_by for row in await tickets(engine)] == ["wang"]


async def test_an_agent_who_is_still_writing_is_waited_for_but_not_for_ever(
    engine: AsyncEngine, system: TicketsInEveryCase
) -> None:
    await ended(engine, transfer("12366", "handed_over"), **ANSWERED)
    state = {"agent": "8001", "node": "n1", "state": "wrapup", "since": ENDED, "queues": []}
    async with engine.begin() as connection:
        await connection.execute(insert(agent_states).values(**state, call_id=CALL))
    for seconds in (10, 60, 600):
        await system.look(ENDED + timedelta(seconds=seconds))
    assert await tickets(engine) == []
    await system.look(ENDED + timedelta(minutes=16))
    assert len(await tickets(engine)) == 1


@pytest.mark.parametrize("number", ["110", "119", "120", "122"])
async def test_an_emergency_service_was_asked_so_it_is_urgent(
    engine: AsyncEngine, system: TicketsInEveryCase, number: str
) -> None:
    await ended(engine, transfer(number, "conference", "conference"), **ANSWERED)
    await system.look(LATER)
    (row,) = await tickets(engine)
    assert (row.kind, row.urgency) == ("help", "urgent")
    assert row.title.startswith(f"转接{number} ")


async def test_who_dialled_12366_and_spoke_with_somebody_leaves_one_too(
    engine: AsyncEngine, system: TicketsInEveryCase
) -> None:
    path = [step("subcentre:12366", "sub-centre")]
    await ended(engine, path=path, hotline="12366", dial_status="ANSWER", **ANSWERED)
    await system.look(LATER)
    (row,) = await tickets(engine)
    assert row.title == "转接12366 全国税务系统统一电话：已转出（来电人直拨）"


async def test_who_dialled_12366_in_vain_and_spoke_with_our_people(
    engine: AsyncEngine, system: TicketsInEveryCase
) -> None:
    path = [
        step("subcentre:12366", "sub-centre"),
        step("queue:general-seats", "sub-centre-return", "NOANSWER"),
    ]
    await ended(engine, path=path, hotline="12366", **ANSWERED)
    await system.look(LATER)
    (row,) = await tickets(engine)
    assert "对方无人接听" in row.title


@pytest.mark.parametrize(
    "facts",
    [
        {"path": [step("queue:general-seats", "main")], **ANSWERED},
        {"path": [step("subcentre:12366", "sub-centre")]},
        {"transfers": [transfer("expert-12348", "handed_over")], **ANSWERED},
        {"transfers": [transfer("12366", "handed_over")], "node": "n2"},
    ],
    ids=["never passed on", "gave up while it rang", "our own experts", "another node's"],
)
async def test_no_ticket_is_opened(
    engine: AsyncEngine, system: TicketsInEveryCase, facts: dict[str, Any]
) -> None:
    await ended(engine, **facts)
    await system.look(LATER)
    assert await tickets(engine) == []


@pytest.mark.parametrize("caller", ["", "+8613812345678", "1", "anonymous"])
async def test_whatever_the_callers_number_is(
    engine: AsyncEngine, system: TicketsInEveryCase, caller: str
) -> None:
    await ended(engine, transfer("gone", "odd"), caller_id=caller, **ANSWERED)
    await system.look(LATER)
    (row,) = await tickets(engine)
    assert row.requester_phone == (caller if caller.startswith("+") else None)
    assert row.title == "转接gone：结果不明（直接转）"


async def test_a_call_that_the_files_told_of_late_has_its_ticket_within_the_hour(
    engine: AsyncEngine, system: TicketsInEveryCase
) -> None:
    await system.look(LATER + timedelta(minutes=30))
    await ended(engine, transfer("12366", "handed_over"), **ANSWERED)
    await system.look(LATER + timedelta(minutes=31))
    assert await tickets(engine) == []
    await system.look(LATER + timedelta(minutes=91))
    assert len(await tickets(engine)) == 1
