"""From committed rows to the Redis stream, in order, however often Redis goes away."""

import asyncio
import logging
import random
from collections import deque
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy.ext.asyncio import AsyncEngine

from database.errors import AWAY

from .events import FIELD, STREAM, Event, to_json
from .writer import events_since

log = logging.getLogger(__name__)

STREAM_LENGTH: Final = 100_000
CURSOR: Final = "hotline:published"
PAGE: Final = 500
# A page at one stroke, with the cursor: one command instead of one an event costs a third.
PUBLISH: Final = """
for place = 5, #ARGV do
    redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', ARGV[2], ARGV[place])
end
redis.call('HSET', KEYS[2], ARGV[3], ARGV[4])
"""
WAITING_LIMIT: Final = 20_000
RETRY_SECONDS: Final = (0.05, 1.0)


class Publisher:
    """Publishes each committed event once; after a failure it goes on from the database.

    The id last published is kept in Redis, changed together with the stream itself.
    """

    def __init__(self, redis: Redis, engine: AsyncEngine, node: str, slot: int) -> None:
        self.published = 0
        self.up = False
        self._redis = redis
        self._publish = redis.register_script(PUBLISH)
        self._engine = engine
        self._node = node
        self._slot = slot
        self._waiting: deque[Event] = deque()
        self._something = asyncio.Event()
        self._behind = True

    @property
    def waiting(self) -> int:
        """Events committed and not on the stream yet, as far as they are kept here."""
        return len(self._waiting)

    def offer(self, events: list[Event]) -> None:
        """These are committed now. Never waits: what does not fit is read back later."""
        if len(self._waiting) + len(events) > WAITING_LIMIT:
            self._waiting.clear()
            self._behind = True
        else:
            self._waiting.extend(events)
        self._something.set()

    async def run(self, start: int) -> None:
        """Publish until cancelled. `start`: the newest id, for a Redis that knows no cursor."""
        pause = RETRY_SECONDS[0]
        task = asyncio.current_task()
        # Python 3.11's wait_for, which redis-py writes with, loses a cancellation that comes
        # together with its result; the task still knows that it was asked to end.
        while not (task and task.cancelling()):
            try:
                if self._behind:
                    await self._catch_up(start)
                self.up, pause = True, RETRY_SECONDS[0]
                if not self._waiting:
                    self._something.clear()
                    await self._something.wait()
                await self._publish_waiting()
            except (RedisError, *AWAY) as failure:
                if self.up:
                    log.warning("publishing stopped: %s", type(failure).__name__)
                self.up, self._behind = False, True
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))
                pause = min(pause * 2, RETRY_SECONDS[1])
        raise asyncio.CancelledError

    async def _catch_up(self, start: int) -> None:
        kept = await self._redis.hget(CURSOR, self._node)
        if kept is None:
            last = self.published or start
            await self._redis.hset(CURSOR, self._node, str(last))
        else:
            last = int(kept)
        # What is offered from here on is either in the pages below or after them.
        self._waiting.clear()
        while events := await events_since(self._engine, self._slot, last, PAGE):
            await self._send(events)
            last = events[-1].id
        self.published = last
        self._behind = False

    async def _publish_waiting(self) -> None:
        while self._waiting and not self._behind:
            batch = [self._waiting.popleft() for _ in range(min(PAGE, len(self._waiting)))]
            fresh = [event for event in batch if event.id > self.published]
            if fresh:
                await self._send(fresh)

    async def _send(self, events: list[Event]) -> None:
        told = [to_json(event) for event in events]
        last = str(events[-1].id)
        await self._publish(
            keys=[STREAM, CURSOR], args=[STREAM_LENGTH, FIELD, self._node, last, *told]
        )
        self.published = events[-1].id
