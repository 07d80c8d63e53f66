"""Whatever is sent, the answer is a sentence, never a failure of ours; on both databases."""

import contextlib
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from redis.asyncio import Redis

from database.engine import make_engine
from database.migrate import upgrade
from routing.catalogue import Catalogue
from tests.support.console import Console, running_console
from tests.support.ports import free_port
from tests.support.postgres import postgres

WORDS = ["", " ", "\0", "a\0b", "中" * 40, "é\u202e", "x" * 5000, "%", "';--", "-1", "9" * 5000]
VALUES: list[Any] = [
    *(None, True, 0, -1, 1.5, 2**63, 10**40, 1e300, [], {}, [[]], {"a": 1}),
    *("", "\0", "a\0b", "\ud800", "x" * 5000, "中" * 200, "2026-01-01T00:00:00"),
    *("0001-01-01T00:00:00+08:00", "9999-12-31T23:59:59-23:59"),
]
BODIES = [b"", b"{", b"[]", b"null", b"\xff", b"\0", b"[" * 30_000, b'{"a":' * 5000, b"9" * 9000]
# 2026-01-01T00:00:00|a NUL b, then the year 1 east of Greenwich, then no mark at all
MARKS = ["MjAyNi0wMS0wMVQwMDowMDowMHxhAGI=", "MDAwMS0wMS0wMVQwMDowMDowMCsxNDowMHxh", "A", "é"]
LISTS = {
    "/calls": ("before", "limit", "q", "hotline", "outcome", "mine"),
    "/tickets": ("before", "limit", "q", "kind", "urgency", "state", "hotline", "call_id", "mine"),
}
TICKET = {"kind": "help", "urgency": "normal", "title": "t", "content": "c"}
OPTIONAL = {"requester_name": "n", "requester_phone": "1", "address": "a", "occurred_at": None}
FORMS: list[tuple[str, str, dict[str, Any]]] = [
    ("POST", "/session", {"username": "a", "password": "b"}),
    ("POST", "/me/agent/ready", {"phone": "web"}),
    ("POST", "/me/agent/pause", {"reason": "meal"}),
    ("POST", "/people/search", {"phone": "1"}),
    ("POST", "/tickets", {**TICKET, **OPTIONAL, "call_id": "n1-1", "hotline": "12345"}),
    ("PATCH", "/tickets/{number}", {**TICKET, **OPTIONAL, "version": 1, "confidential": False}),
]


@pytest.fixture(params=["sqlite", "postgresql"])
async def either(
    request: pytest.FixtureRequest, redis: Redis, catalogue: Catalogue, pages: Path, tmp_path: Path
) -> AsyncIterator[Console]:
    """A console on the database named."""
    with contextlib.ExitStack() as stack:
        url = f"sqlite:///{tmp_path / 'hotline.db'}"
        if request.param == "postgresql":
            url = stack.enter_context(postgres(free_port()))
        upgrade(url)
        engine = make_engine(url)
        async with running_console(engine, redis, catalogue, pages) as console:
            yield console
        await engine.dispose()


async def test_whatever_is_sent_the_answer_is_a_sentence(either: Console) -> None:
    agent = await either.logged_in("first", extension="8001")
    number = (await agent.post("/tickets", json=TICKET)).json()["number"]
    failed = []
    for method, address, body in wrong_requests(number, either.origin):
        answer = await agent.request(
            method, address, content=body, headers={"content-type": "application/json"}
        )
        said = answer.status_code < 400 or answer.json()["zh"]
        if answer.status_code >= 500 or not said:
            failed.append((method, address[:60], body[:60], answer.status_code))
    assert failed == []


def wrong_requests(number: str, origin: str) -> list[tuple[str, str, bytes]]:
    """Every list, record, form and page, asked wrongly."""
    asked = [
        ("GET", f"{path}?{name}={quote(word)}", b"")
        for path, names in LISTS.items()
        for name in names
        for word in (*WORDS, *(MARKS if name == "before" else ()))
    ]
    for word in filter(None, WORDS):
        name = quote(word, safe="")
        asked += [("GET", f"{path}/{name}", b"") for path in (*LISTS, origin, f"{origin}/assets")]
        asked += [("POST", f"/calls/{name}/caller", b""), ("POST", f"/tickets/{name}", b"")]
        asked += [("PATCH", f"/tickets/{name}", b'{"version":1}')]
    for method, path, form in FORMS:
        address = path.format(number=number)
        wrong = [form | {name: value} for name in (*form, "else") for value in VALUES]
        asked += [(method, address, json.dumps(body).encode()) for body in wrong]
        asked += [(method, address, body) for body in BODIES]
    return asked


async def test_while_postgresql_is_away_it_is_said_and_nothing_fails(
    redis: Redis, catalogue: Catalogue, pages: Path
) -> None:
    with contextlib.ExitStack() as stack:
        url = stack.enter_context(postgres(free_port()))
        upgrade(url)
        engine = make_engine(url)
        async with running_console(engine, redis, catalogue, pages) as console:
            agent = await console.logged_in("first", extension="8001")
            stack.close()
            answer = await agent.get("/session")
            assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
            ready = (await agent.get(f"{console.origin}/readyz")).json()
            assert ready["dependencies"]["database"] == "missing"
            async with console.screen(agent) as screen:
                assert await screen.close_code() == 1013
        await engine.dispose()
