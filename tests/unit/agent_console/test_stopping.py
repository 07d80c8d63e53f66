"""The console lets go of everything when it is told to stop."""

import asyncio
from typing import Any

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from agent_console.fanout import Fanout
from routing.catalogue import Catalogue


async def test_a_stop_in_the_very_moment_of_an_event_is_not_lost(
    engine: AsyncEngine, redis: Redis, catalogue: Catalogue
) -> None:
    async def floor() -> dict[str, Any]:
        return {}

    for turns in range(8):
        fanout = Fanout(engine, redis, catalogue, floor)
        async with asyncio.timeout(5):
            async with fanout.running():
                await asyncio.sleep(0.02)
                fanout._floor_moved.set()
                for _ in range(turns):
                    await asyncio.sleep(0)
