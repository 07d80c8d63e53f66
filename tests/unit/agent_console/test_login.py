"""Who gets in, and who does not."""

import contextlib
from datetime import UTC, datetime

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_console.accounts import NewUser, create_user, set_disabled
from agent_console.errors import Refused
from agent_console.login_throttle import PER_ADDRESS, PER_USER_AND_ADDRESS, count_attempt
from agent_console.sessions import COOKIE, token_digest
from agent_console.tables import LoginAttemptRow, SessionRow, UserRow
from tests.support.console import PASSWORD, Console


async def test_given_the_right_password_the_agent_is_in_until_logging_out(
    console: Console,
) -> None:
    browser = await console.logged_in("li.na", extension="8001")
    user = (await browser.get("/session")).json()
    assert user == {
        "username": "li.na",
        "display_name": "Li.Na",
        "role": "agent",
        "extension": "8001",
        "language": "zh",
    }
    assert (await browser.delete("/session")).status_code == 204
    assert (await browser.get("/session")).json()["code"] == "not_logged_in"


async def test_the_token_lives_only_in_a_strict_cookie_and_its_digest_in_the_database(
    console: Console,
) -> None:
    await console.user("li.na", "agent", "8001")
    answer = await console.browser().post(
        "/session", json={"username": "Li.Na", "password": PASSWORD}
    )
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie
    token = answer.cookies[COOKIE]
    assert token not in answer.text
    async with AsyncSession(console.engine) as session:
        rows = (await session.scalars(select(SessionRow.token_hash))).all()
        stored = await session.scalar(select(UserRow.password_hash))
    assert rows == [token_digest(token)]
    assert stored is not None
    assert stored.startswith("$argon2id$")


@pytest.mark.parametrize("username", ["li.na", "nobody"])
async def test_a_wrong_password_and_an_unknown_name_are_said_alike(
    console: Console, username: str
) -> None:
    await console.user("li.na", "agent", "8001")
    answer = await console.browser().post(
        "/session", json={"username": username, "password": "wrong"}
    )
    assert answer.status_code == 401
    assert answer.json()["zh"] == "用户名或密码不正确。"
    assert "not right" in answer.json()["en"]


async def test_after_five_wrong_guesses_even_the_right_password_waits(console: Console) -> None:
    await console.user("li.na", "agent", "8001")
    browser = console.browser()
    for guess in range(5):
        form = {"username": "li.na", "password": f"guess {guess}"}
        assert (await browser.post("/session", json=form)).status_code == 401
    answer = await browser.post("/session", json={"username": "li.na", "password": PASSWORD})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["retry-after"]) <= 300
    assert answer.json()["code"] == "login_throttled"
    async with AsyncSession(console.engine) as session:
        keys = (await session.scalars(select(LoginAttemptRow.key))).all()
    assert all("li.na" not in key for key in keys)


async def test_guessing_many_names_pushes_no_count_out_of_the_table(console: Console) -> None:
    now = datetime.now(UTC)
    for guess in range(PER_ADDRESS + 20):
        with contextlib.suppress(Refused):
            await count_attempt(console.engine, f"name{guess}", "203.0.113.5", now)
    async with AsyncSession(console.engine) as session:
        rows = await session.scalar(select(func.count()).select_from(LoginAttemptRow))
    assert rows == PER_ADDRESS + 1


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("2001:db8::1", "2001:db8::ffff:2", True),
        ("2001:db8::1", "2001:db8:0:1::1", False),
        ("::ffff:203.0.113.5", "203.0.113.5", True),
        ("203.0.113.5", "203.0.113.6", False),
    ],
)
async def test_one_subscriber_counts_as_one_place(
    console: Console, first: str, second: str, same: bool
) -> None:
    now = datetime.now(UTC)
    for _ in range(PER_USER_AND_ADDRESS):
        await count_attempt(console.engine, "li.na", first, now)
    with pytest.raises(Refused) if same else contextlib.nullcontext():
        await count_attempt(console.engine, "li.na", second, now)


async def test_an_expired_session_is_nobody(console: Console) -> None:
    browser = await console.logged_in("li.na", extension="8001")
    async with AsyncSession(console.engine) as session, session.begin():
        (await session.scalars(select(SessionRow))).one().expires_at = datetime.now(UTC)
    assert (await browser.get("/session")).status_code == 401


async def test_a_disabled_account_is_out_at_once(console: Console) -> None:
    browser = await console.logged_in("li.na", extension="8001")
    async with AsyncSession(console.engine) as session, session.begin():
        (await session.scalars(select(UserRow))).one().disabled = True
    assert (await browser.get("/session")).status_code == 401


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1"])
async def test_a_foreign_page_cannot_log_anybody_in(console: Console, origin: str) -> None:
    await console.user("li.na", "agent", "8001")
    answer = await console.browser(origin).post(
        "/session", json={"username": "li.na", "password": PASSWORD}
    )
    assert answer.status_code == 403
    assert answer.json()["code"] == "origin_foreign"


async def test_a_login_without_a_password_names_the_field(console: Console) -> None:
    answer = await console.browser().post("/session", json={"username": "li.na"})
    assert answer.status_code == 422
    assert answer.json()["field"] == "password"
    assert answer.json()["zh"] == "请填写“密码”。"


@pytest.mark.parametrize(
    ("new", "code"),
    [
        (NewUser("Li", PASSWORD, "Li", "agent", "8001"), "username_malformed"),
        (NewUser("li.na", "short", "Li", "agent", "8001"), "password_too_short"),
        (NewUser("li.na", PASSWORD, " ", "agent", "8001"), "display_name_malformed"),
        (NewUser("li.na", PASSWORD, "Li", "boss"), "role_unknown"),
        (NewUser("li.na", PASSWORD, "Li", "agent"), "extension_missing"),
        (NewUser("li.na", PASSWORD, "Li", "agent", "9999"), "extension_unknown"),
        (NewUser("li.na", PASSWORD, "Li", "admin", "8001"), "extension_not_allowed"),
        (NewUser("taken", PASSWORD, "Li", "agent", "8002"), "username_taken"),
        (NewUser("li.na", PASSWORD, "Li", "agent", "8001"), "extension_taken"),
    ],
)
async def test_an_account_that_does_not_fit_is_refused(
    console: Console, new: NewUser, code: str
) -> None:
    await console.user("taken", "agent", "8001")
    with pytest.raises(Refused) as refused:
        await create_user(console.engine, new, console.catalogue.index.seats)
    assert refused.value.code == code


async def test_a_closed_account_is_out_at_once_and_in_again_when_opened(console: Console) -> None:
    browser = await console.logged_in("li.na", extension="8001")
    form = {"username": "li.na", "password": PASSWORD}
    await set_disabled(console.engine, "li.na", True)
    assert (await browser.get("/session")).status_code == 401, "the login has ended"
    assert (await console.browser().post("/session", json=form)).status_code == 401
    await set_disabled(console.engine, "li.na", False)
    assert (await browser.get("/session")).status_code == 401, "an old login does not come back"
    assert (await console.browser().post("/session", json=form)).status_code == 201
