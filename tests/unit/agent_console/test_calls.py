"""Calls in lists and one by one, and what is hidden of the caller."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_console.tables import AuditRow
from call_events.tables import CallEventRow
from tests.support.console import CALLER, Console


async def test_an_agent_lists_own_calls_and_a_supervisor_all(console: Console) -> None:
    agent = await console.logged_in("first", extension="8001")
    boss = await console.logged_in("boss", "supervisor")
    await console.recorded_call("n1-1.1", agent="8001")
    await console.recorded_call("n1-2.2", agent="8002")
    mine = await agent.get("/calls", params={"mine": "false"})
    assert [call["call_id"] for call in mine.json()["items"]] == ["n1-1.1"]
    assert CALLER not in mine.text
    both = (await boss.get("/calls")).json()["items"]
    assert {call["call_id"] for call in both} == {"n1-1.1", "n1-2.2"}
    assert (await agent.get("/calls/n1-2.2")).json()["code"] == "call_not_yours"
    assert (await agent.get("/calls/n1-9.9")).status_code == 404


async def test_calls_are_read_page_by_page(console: Console) -> None:
    boss = await console.logged_in("boss", "supervisor")
    now = datetime.now(UTC)
    for number in range(5):
        # Two calls of one instant are still told apart by their id.
        at = now - timedelta(seconds=number // 2)
        await console.recorded_call(f"n1-{9 - number}", arrived_at=at)
    read: list[str] = []
    params: dict[str, str] = {"limit": "2"}
    while True:
        page = (await boss.get("/calls", params=params)).json()
        read += [item["call_id"] for item in page["items"]]
        if page["next"] is None:
            break
        params["before"] = page["next"]
    assert read == [f"n1-{9 - number}" for number in range(5)]


async def test_a_ringing_agent_sees_the_story_and_the_callers_past(console: Console) -> None:
    agent = await console.logged_in("first", extension="8001")
    now = datetime.now(UTC)
    await console.recorded_call("n1-0.1", state="ended", arrived_at=now - timedelta(days=1))
    await console.recorded_call("n1-1.1", state="ringing", landed_by="diversion")
    await console.recorded_agent("8001", "ringing", "n1-1.1")
    async with AsyncSession(console.engine) as session, session.begin():
        data = {"dnis": "12333", "caller_id": CALLER}
        session.add(
            CallEventRow(
                id=1, type="CallArrived", at=now, call_id="n1-1.1", data=data, source="n1:1"
            )
        )
    answer = await agent.get("/calls/n1-1.1")
    detail = answer.json()
    assert detail["landed_by"] == "diversion"
    assert [event["type"] for event in detail["events"]] == ["CallArrived"]
    assert [call["call_id"] for call in detail["earlier_calls"]] == ["n1-0.1"]
    assert CALLER not in answer.text


async def test_a_caller_is_revealed_only_to_who_may_and_leaves_a_trace(console: Console) -> None:
    agent = await console.logged_in("first", extension="8001")
    other = await console.logged_in("second", extension="8002")
    await console.recorded_call("n1-1.1", agent="8001")
    assert (await other.post("/calls/n1-1.1/caller")).status_code == 403
    assert (await agent.post("/calls/n1-1.1/caller")).json() == {"caller_id": CALLER}
    async with AsyncSession(console.engine) as session:
        row = (await session.scalars(select(AuditRow))).one()
    assert (row.username, row.action, row.subject) == ("first", "caller_revealed", "n1-1.1")


async def test_a_callers_number_is_searched_in_the_body_never_in_the_address(
    console: Console,
) -> None:
    agent = await console.logged_in("first", extension="8001")
    await console.recorded_call("n1-1.1", agent="8002")
    refused = await agent.get("/calls", params={"q": CALLER})
    assert (refused.status_code, refused.json()["code"]) == (422, "phone_in_address")
    found = await agent.post("/people/search", json={"phone": CALLER})
    assert [call["call_id"] for call in found.json()["calls"]] == ["n1-1.1"]
    assert CALLER not in found.text
    async with AsyncSession(console.engine) as session:
        row = (await session.scalars(select(AuditRow))).one()
    assert row.action == "person_searched"
    assert CALLER not in row.subject


async def test_officers_see_no_calls(console: Console) -> None:
    officer = await console.logged_in("officer", "officer")
    assert (await officer.get("/calls")).status_code == 403
