"""Alive, and able to work: for whoever watches the processes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import APIRouter, Request, Response
from redis.exceptions import RedisError
from sqlalchemy import text

from call_events.heartbeat import last_pulse
from database.engine import reading
from database.errors import AWAY

from .access import Parts, fanout_of
from .deps import Deps

router = APIRouter(tags=["health"])

ANSWER_SECONDS: Final = 2.0


@router.get("/healthz")
async def alive() -> dict[str, str]:
    """This process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def ready(request: Request, response: Response, deps: Parts) -> dict[str, object]:
    """Each dependency by name; 503 while one is missing."""

    async def pages() -> bool:
        return (deps.pages / "index.html").is_file()

    async def asterisk() -> bool:
        return deps.asterisk_reachable()

    async def stream() -> bool:
        return fanout_of(request).last_id is not None and await _redis(deps)

    async def database() -> bool:
        return await _database(deps)

    async def recorder() -> bool:
        pulse = await last_pulse(deps.redis, deps.node)
        return pulse is not None and pulse.recording

    checks: dict[str, Callable[[], Awaitable[bool]]] = {
        "database": database,
        "redis": stream,
        "asterisk": asterisk,
        "recorder": recorder,
        "pages": pages,
    }
    found = {name: "ok" if await _within(check) else "missing" for name, check in checks.items()}
    whole = all(word == "ok" for word in found.values())
    response.status_code = 200 if whole else 503
    return {"status": "ready" if whole else "not_ready", "dependencies": found}


async def _within(check: Callable[[], Awaitable[bool]]) -> bool:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await check()
    except (RedisError, *AWAY):
        return False


async def _redis(deps: Deps) -> bool:
    return bool(await deps.redis.ping())


async def _database(deps: Deps) -> bool:
    async with reading(deps.engine) as connection:
        await connection.execute(text("SELECT 1"))
    return True
