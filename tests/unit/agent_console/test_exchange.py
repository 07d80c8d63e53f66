"""A sub-centre fetches the facts behind a key: its own calls, for a while, and each is noted."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_console.tables import AuditRow
from call_events.events import EventType
from call_events.side_story import context_source
from call_events.tables import CallEventRow
from tests.support.console import CALLER, Console

KEY = "0123456789abcdef0123456789abcdef"
CALL = "n1-1.1"
TAX, OTHER, OLD = "a" * 43, "b" * 43, "d" * 43


async def offered(console: Console, age: timedelta = timedelta()) -> None:
    """A call went to 12366 with this key, so long ago."""
    await console.recorded_call(CALL, agent="8001")
    async with AsyncSession(console.engine) as session, session.begin():
        session.add(
            CallEventRow(
                id=1,
                type=EventType.CONTEXT_OFFERED,
                at=datetime.now(UTC) - age,
                call_id=CALL,
                agent=None,
                data={"centre": "12366"},
                source=context_source(KEY),
            )
        )


async def fetch(
    console: Console, key: str = f"{KEY};encoding=hex", token: str = TAX
) -> httpx.Response:
    headers = {"authorization": f"Bearer {token}", "user-to-user": key}
    async with httpx.AsyncClient(base_url=console.origin) as computer:
        return await computer.get("/api/v1/exchange/context", headers=headers)


async def test_the_facts_of_the_call_and_a_row_that_says_who_fetched_them(
    console: Console,
) -> None:
    await offered(console)
    answer = await fetch(console)
    assert answer.status_code == 200, answer.text
    facts = answer.json()
    assert (facts["call_id"], facts["caller_id"], facts["dnis"]) == (CALL, CALLER, "12333")
    async with AsyncSession(console.engine) as session:
        (look,) = (await session.scalars(select(AuditRow))).all()
    assert (look.username, look.action, look.subject) == ("centre-12366", "context_fetched", CALL)


async def test_in_capitals_and_without_parameters_it_is_the_same_key(console: Console) -> None:
    await offered(console)
    assert (await fetch(console, KEY.upper())).status_code == 200


@pytest.mark.parametrize("key", ["", "00" * 16, "zz", KEY[:-1], f"{KEY}\tx", "' OR 1=1 --"])
async def test_a_key_nobody_gave_is_unknown(console: Console, key: str) -> None:
    await offered(console)
    answer = await fetch(console, key)
    assert (answer.status_code, answer.json()["code"]) == (404, "context_unknown")


async def test_an_expired_key_and_another_sub_centres_look_the_same(console: Console) -> None:
    await offered(console, age=timedelta(minutes=31))
    expired = await fetch(console)
    assert (expired.status_code, expired.json()["code"]) == (404, "context_unknown")
    other = await fetch(console, token=OTHER)
    assert other.json() == expired.json()


async def test_without_the_right_credential_nothing_and_after_some_tries_not_even_that(
    console: Console,
) -> None:
    await offered(console)
    answers = [(await fetch(console, token="c" * 43)).status_code for _ in range(21)]
    assert answers == [401] * 20 + [429]
    assert (await fetch(console)).status_code == 200, "who has the right one is not held up"


async def test_a_refused_credential_is_logged_without_its_value_and_an_old_one_by_its_owner(
    console: Console, caplog: pytest.LogCaptureFixture
) -> None:
    await offered(console)
    assert (await fetch(console, token=OLD)).status_code == 200, "its time is not over"
    assert "12366 uses a credential that soon counts no more" in caplog.text
    await fetch(console, token="e" * 43)
    assert "a wrong credential from 127.0.0.1" in caplog.text
    assert OLD not in caplog.text
    assert "e" * 43 not in caplog.text


async def test_an_agents_login_is_no_credential_here(console: Console) -> None:
    await offered(console)
    agent = await console.logged_in("wang", extension="8001")
    answer = await agent.get("/exchange/context", headers={"user-to-user": KEY})
    assert answer.status_code == 401
