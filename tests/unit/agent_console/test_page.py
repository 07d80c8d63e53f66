"""The page itself, the headers that guard it, and what is left when a part is away."""

import shutil
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from call_events.heartbeat import Pulse, tell
from routing.catalogue import Catalogue
from tests.support.console import NODE, Console, running_console
from tests.support.ports import free_port


async def test_every_address_of_the_page_loads_it_under_a_strict_policy(console: Console) -> None:
    async with httpx.AsyncClient(base_url=console.origin) as browser:
        for path in ("/", "/tickets/NJ20261122-000123", "/index.html"):
            answer = await browser.get(path)
            assert answer.status_code == 200
            assert "<title>12345" in answer.text
        policy = answer.headers["content-security-policy"]
        assert "script-src 'self';" in policy
        assert "connect-src 'self' ws://127.0.0.1:8088;" in policy
        assert "frame-ancestors 'none'" in policy
        asset = await browser.get("/assets/index-abc.js")
        assert "immutable" in asset.headers["cache-control"]
        assert (await browser.get("/assets/gone.js")).status_code == 404


@pytest.mark.parametrize("path", ["/..%2fhotline.db", "/%2e%2e/hotline.db", "/assets/..%2f..%2fx"])
async def test_no_address_leaves_the_pages_folder(console: Console, path: str) -> None:
    async with httpx.AsyncClient(base_url=console.origin) as browser:
        assert "SQLite" not in (await browser.get(path)).text


async def test_an_unknown_address_of_the_interface_is_said(console: Console) -> None:
    async with console.browser() as browser:
        answer = await browser.get("/nothing")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
        assert answer.headers["cache-control"] == "no-store"


async def test_the_interface_describes_itself(console: Console) -> None:
    async with httpx.AsyncClient(base_url=console.origin) as browser:
        paths = (await browser.get("/openapi.json")).json()["paths"]
    assert {"/api/v1/session", "/api/v1/tickets/{number}", "/api/v1/floor"} <= set(paths)


async def test_pages_that_were_never_built_say_so(console: Console, pages: Path) -> None:
    shutil.rmtree(pages)
    async with httpx.AsyncClient(base_url=console.origin) as browser:
        answer = await browser.get("/")
        assert answer.status_code == 503
        assert "页面尚未构建" in answer.text
        ready = await browser.get("/readyz")
    assert ready.status_code == 503
    assert ready.json()["dependencies"]["pages"] == "missing"


async def test_ready_names_each_dependency_and_the_recorder_among_them(console: Console) -> None:
    well = Pulse(reading=True, controlling=True, reconciled=True, committing=True, lag=0.0)
    async with httpx.AsyncClient(base_url=console.origin) as browser:
        assert (await browser.get("/healthz")).json() == {"status": "ok"}
        for pulse in (None, replace(well, reading=False), replace(well, committing=False)):
            if pulse is not None:
                await tell(console.redis, NODE, pulse)
            ready = await browser.get("/readyz")
            assert ready.status_code == 503
            missing = [k for k, v in ready.json()["dependencies"].items() if v != "ok"]
            assert missing == ["recorder"]
        await tell(console.redis, NODE, well)
        ready = await browser.get("/readyz")
    assert ready.status_code == 200
    assert set(ready.json()["dependencies"].values()) == {"ok"}


async def test_without_redis_agents_still_log_in_work_and_have_a_socket(
    engine: AsyncEngine, catalogue: Catalogue, pages: Path
) -> None:
    away = Redis(port=free_port())
    async with running_console(engine, away, catalogue, pages) as console:
        agent = await console.logged_in("first", extension="8001")
        assert (await agent.post("/me/agent/ready", json={"phone": "web"})).status_code == 200
        async with console.screen(agent) as screen:
            assert (await screen.next())["data"]["last_id"] is None
            await screen.say({"type": "resume", "last_id": "1-0"})
            assert (await screen.next())["type"] == "Resync"
        async with httpx.AsyncClient(base_url=console.origin) as browser:
            assert (await browser.get("/")).status_code == 200
            ready = await browser.get("/readyz")
    assert ready.json()["dependencies"]["redis"] == "missing"
    await away.aclose()


async def test_without_its_tables_the_database_is_said_to_be_away(
    console: Console, caplog: pytest.LogCaptureFixture
) -> None:
    agent = await console.logged_in("first", extension="8001")
    async with console.engine.begin() as connection:
        await connection.exec_driver_sql("DROP TABLE ticket_events")
        await connection.exec_driver_sql("DROP TABLE tickets")
    answer = await agent.get("/tickets")
    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
