"""A sub-centre leaves what it knows with us; the agent whose phone rings sees it, and opens it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from agent_console import exchange_api
from agent_console.tables import AuditRow
from call_events.side_story import key_digest
from call_events.tables import BroughtContextRow
from tests.support.console import Console

CALL = "n1-1.1"
TAX = "a" * 43
ABOUT: dict[str, Any] = {
    "title": "个体户如何补开发票",
    "reference": "SW-2026-0815",
    "kind": "consultation",
    "urgency": "normal",
    "content": "已核对登记信息。",
    "requester_name": "王小明",
    "requester_phone": "13912345678",
    "address": "玄武区珠江路 1 号",
    "occurred_at": "2026-11-20T02:00:00Z",
    "cause": "跨年未开",
    "audience": "enterprise",
    "enterprise_name": "南京测试有限公司",
    "credit_code": "91330100799655058B",
}


async def leave(console: Console, about: Any, token: str = TAX) -> httpx.Response:
    """What a sub-centre's computer gets: it sends no Origin, as no page does."""
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(base_url=console.origin) as computer:
        return await computer.post("/api/v1/exchange/context", json=about, headers=headers)


async def brought_with(console: Console, about: Any = ABOUT) -> None:
    """A call that rings at 8001 has brought this along."""
    answer = await leave(console, about)
    assert answer.status_code == 201, answer.text
    key = answer.json()["user_to_user"].partition(";")[0]
    await console.recorded_call(CALL, agent="8001")
    async with AsyncSession(console.engine) as session, session.begin():
        kept = BroughtContextRow
        change = update(kept).where(kept.digest == key_digest(key)).values(call_id=CALL)
        await session.execute(change)


async def test_a_key_is_given_for_what_is_left_and_only_its_digest_is_kept(
    console: Console,
) -> None:
    answer = await leave(console, {"title": "一句话"})
    assert answer.status_code == 201, answer.text
    key, _, parameters = answer.json()["user_to_user"].partition(";")
    assert (len(key), parameters) == (32, "encoding=hex")
    async with AsyncSession(console.engine) as session:
        (row,) = (await session.scalars(select(BroughtContextRow))).all()
    assert (row.digest, row.centre, row.facts) == (key_digest(key), "12366", {"title": "一句话"})
    assert row.expires_at - row.deposited_at == timedelta(minutes=30)


async def test_while_it_rings_the_person_is_masked_and_once_opened_it_is_whole_and_noted(
    console: Console,
) -> None:
    await brought_with(console)
    agent = await console.logged_in("wang", extension="8001")
    shown = (await agent.get(f"/calls/{CALL}")).json()["brought"]
    assert (shown["centre"], shown["title"]) == ("12366", ABOUT["title"])
    assert (shown["requester_name"], shown["requester_phone"]) == ("王**", "139****5678")
    opened = await agent.post(f"/calls/{CALL}/brought")
    assert opened.json() == ABOUT
    async with AsyncSession(console.engine) as session:
        looks = (await session.execute(select(AuditRow.username, AuditRow.action))).all()
    assert [tuple(look) for look in looks] == [("wang", "brought_opened")]


async def test_who_has_nothing_to_do_with_the_call_opens_nothing(console: Console) -> None:
    await brought_with(console)
    other = await console.logged_in("li", extension="8002")
    assert (await other.post(f"/calls/{CALL}/brought")).json()["code"] == "call_not_yours"


async def test_a_call_that_brought_nothing(console: Console) -> None:
    await console.recorded_call(CALL, agent="8001")
    agent = await console.logged_in("wang", extension="8001")
    assert (await agent.get(f"/calls/{CALL}")).json()["brought"] is None
    answer = await agent.post(f"/calls/{CALL}/brought")
    assert (answer.status_code, answer.json()["code"]) == (404, "brought_unknown")


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"title": None}, "field_missing"),
        ({"title": "字" * 101}, "field_too_long"),
        ({"title": "两\n行"}, "field_control_character"),
        ({"content": "字" * 4001}, "field_too_long"),
        ({"reference": "9" * 65}, "field_too_long"),
        ({"requester_phone": "138****5678"}, "phone_malformed"),
        ({"requester_phone": "'; DROP TABLE calls"}, "phone_malformed"),
        ({"kind": "rumour"}, "field_not_listed"),
        ({"occurred_at": "3026-01-01T00:00:00Z"}, "field_in_the_future"),
        ({"credit_code": "91330100799655058A"}, "credit_code_wrong"),
        ({"cause": "\u0000"}, "field_control_character"),
        ({"call_id": CALL}, "field_unknown"),
    ],
)
async def test_what_does_not_fit_is_refused_whole(
    console: Console, change: dict[str, Any], code: str
) -> None:
    answer = await leave(console, ABOUT | change)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    async with AsyncSession(console.engine) as session:
        assert await session.scalar(select(func.count()).select_from(BroughtContextRow)) == 0


async def test_a_body_that_is_no_form_or_too_large(console: Console) -> None:
    assert (await leave(console, ["title"])).status_code == 422
    assert (await leave(console, ABOUT | {"content": "字" * 70_000})).status_code == 413


async def test_without_the_right_credential_nothing_is_kept_and_soon_not_even_read(
    console: Console,
) -> None:
    answers = [(await leave(console, ABOUT, "c" * 43)).status_code for _ in range(21)]
    assert answers == [401] * 20 + [429]
    agent = await console.logged_in("wang", extension="8001")
    assert (await agent.post("/exchange/context", json=ABOUT)).status_code in (401, 429)
    async with AsyncSession(console.engine) as session:
        assert await session.scalar(select(func.count()).select_from(BroughtContextRow)) == 0


async def test_one_sub_centre_fills_no_disk(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange_api, "WAITING_MOST", 2)
    answers = [(await leave(console, ABOUT)).status_code for _ in range(3)]
    assert answers == [201, 201, 429]
    assert (await leave(console, ABOUT, "b" * 43)).status_code == 201, "the other one is not full"
    async with AsyncSession(console.engine) as session, session.begin():
        await session.execute(update(BroughtContextRow).values(expires_at=datetime.now(UTC)))
    assert (await leave(console, ABOUT)).status_code == 201, "those that waited are over"


async def test_pages_of_others_are_still_refused_everywhere_else(console: Console) -> None:
    async with httpx.AsyncClient(base_url=console.origin) as computer:
        answer = await computer.post("/api/v1/tickets", json={})
    assert (answer.status_code, answer.json()["code"]) == (403, "origin_foreign")
