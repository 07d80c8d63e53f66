"""Who rang in vain is rung back by one person, and how it went is written down."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_console.tables import AuditRow
from call_events.tables import CallBackRow
from tests.support.console import CALLER, Console

NOW = datetime.now(UTC)


async def owe(console: Console, minutes: float = 5, caller: str = CALLER, **facts: Any) -> int:
    """A number that rang in vain so many minutes ago."""
    since = NOW - timedelta(minutes=minutes)
    row = {
        "node": "n1",
        "caller": caller,
        "hotline": "12333",
        "call_id": "n1-1.1",
        "why": "missed",
        "since": since,
        "last_at": since,
        "attempts": 0,
        "state": "open",
        "due": since,
        "changed_at": since,
    }
    async with AsyncSession(console.engine, expire_on_commit=False) as session, session.begin():
        made = CallBackRow(**{**row, **facts})
        session.add(made)
    return made.id


async def test_those_owed_are_listed_longest_waiting_first_and_masked(console: Console) -> None:
    agent = await console.logged_in("first", extension="8001")
    assert (await agent.get("/call-backs")).json() == {"items": [], "open": 0, "next": None}
    for number in range(5):
        await owe(console, minutes=number // 2, caller=f"1381234567{number}")
    await owe(console, caller="13999999999", state="closed", closed_at=NOW, outcome="reached")
    read: list[str] = []
    params = {"limit": "2"}
    while True:
        answer = await agent.get("/call-backs", params=params)
        assert "1381234567" not in answer.text
        page = answer.json()
        assert page["open"] == 5
        read += [item["caller_masked"][-1] for item in page["items"]]
        if page["next"] is None:
            break
        params["before"] = page["next"]
    assert read == ["4", "2", "3", "0", "1"]
    closed = (await agent.get("/call-backs", params={"closed": "true"})).json()["items"]
    assert [item["outcome"] for item in closed] == ["reached"]


async def test_one_person_takes_it_sees_the_number_and_says_how_it_went(console: Console) -> None:
    first = await console.logged_in("first", extension="8001")
    other = await console.logged_in("second", extension="8002")
    number = await owe(console)
    assert (await first.post(f"/call-backs/{number}/caller")).json()["code"] == (
        "call_back_not_yours"
    )
    taken = await first.post(f"/call-backs/{number}/take")
    assert (taken.json()["state"], taken.json()["taken_by"]) == ("taken", "first")
    assert (await other.post(f"/call-backs/{number}/take")).json()["code"] == "call_back_taken"
    assert (await first.post(f"/call-backs/{number}/caller")).json() == {"caller_id": CALLER}
    async with AsyncSession(console.engine) as session:
        row = (await session.scalars(select(AuditRow))).one()
    assert (row.username, row.action) == ("first", "caller_revealed")
    said = {"outcome": "not_reached"}
    assert (await other.post(f"/call-backs/{number}/close", json=said)).status_code == 409
    again = (await first.post(f"/call-backs/{number}/close", json=said)).json()
    assert (again["state"], again["attempts"], again["taken_by"]) == ("open", 1, None)
    assert datetime.fromisoformat(again["due"]) > NOW + timedelta(minutes=14)
    await other.post(f"/call-backs/{number}/take")
    done = await other.post(f"/call-backs/{number}/close", json={"outcome": "reached"})
    assert (done.json()["state"], done.json()["closed_by"]) == ("closed", "second")
    assert (await first.post(f"/call-backs/{number}/take")).status_code == 409


async def test_a_supervisor_takes_one_from_somebody_who_has_gone(console: Console) -> None:
    agent = await console.logged_in("first", extension="8001")
    boss = await console.logged_in("boss", "supervisor")
    number = await owe(console)
    await agent.post(f"/call-backs/{number}/take")
    assert (await boss.post(f"/call-backs/{number}/give-back")).json()["state"] == "open"
    assert (await boss.get("/floor")).json()["call_backs"] == 1


async def test_nonsense_is_refused_in_plain_words_and_officers_see_none(console: Console) -> None:
    agent = await console.logged_in("first", extension="8001")
    officer = await console.logged_in("officer", "officer")
    number = await owe(console)
    assert (await officer.get("/call-backs")).status_code == 403
    assert (await agent.post("/call-backs/999/take")).json()["code"] == "call_back_unknown"
    assert (await agent.post(f"/call-backs/{10**30}/take")).status_code == 422
    refused = await agent.post(f"/call-backs/{number}/close", json={"outcome": "rang_again"})
    assert refused.status_code == 422
    assert (await agent.get("/call-backs", params={"before": "x"})).status_code == 422
