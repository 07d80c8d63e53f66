"""What is remembered of callers' numbers, in Redis; a memory that is lost harms no call.

hotline:caller:<number> = {language, missed (Unix time of the call), call_back (its call_id)}
hotline:callers is the channel on which each number is told of which something is written.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable
from typing import Any, Final, cast

from redis.asyncio import Redis
from redis.exceptions import RedisError

from routing.steps import Known

log = logging.getLogger(__name__)

KEY: Final = "hotline:caller:"
FIELDS: Final = ("language", "missed", "call_back")
KEPT_SECONDS: Final = 400 * 86_400
TOLD: Final = "hotline:callers"
TOLD_SECONDS: Final = 1.0
AGAIN_SECONDS: Final = 1.0
# 50 MB; beyond that everybody is asked for.
NUMBERS_MOST: Final = 500_000


class CallerMemory:
    """Who rang before; numbers are in the caller's one spelling (`routing.numbers.caller_number`).

    `missed_seconds`: how long a call that nobody served counts. Errors: RedisError.
    """

    def __init__(self, redis: Redis, missed_seconds: int) -> None:
        self._redis = redis
        self._missed_seconds = missed_seconds
        self._numbers: set[bytes] | None = None

    def may_know(self, caller: str) -> bool:
        """Whether anything may be remembered of a number; of nearly nobody who rings is it.

        True of every number until `follow` has read which they are, and while Redis is away.
        """
        return bool(caller) and (self._numbers is None or caller.encode() in self._numbers)

    async def follow(self) -> None:
        """Keep in mind of which numbers anything is remembered, until cancelled.

        To ask for everybody was the longest part of what a call waited for in the loop.
        """
        away = ""
        while True:
            try:
                await self._hear()
                log.warning("more than %d numbers are remembered: everybody is asked", NUMBERS_MOST)
                return
            except (RedisError, OSError) as failure:
                if self._numbers is not None or away != type(failure).__name__:
                    away = type(failure).__name__
                    log.warning("who is remembered is not known, everybody is asked: %s", away)
            finally:
                self._numbers = None
            await asyncio.sleep(AGAIN_SECONDS)

    async def _hear(self) -> None:
        async with self._redis.pubsub() as told:
            await told.subscribe(TOLD)
            if await told.get_message(timeout=TOLD_SECONDS) is None:
                raise TimeoutError
            # We are on the channel: what is written while we read is told.
            numbers = set[bytes]()
            async for key in self._redis.scan_iter(match=f"{KEY}*", count=1000):
                numbers.add(key[len(KEY) :])
                if len(numbers) > NUMBERS_MOST:
                    return
            self._numbers = numbers
            while len(numbers) <= NUMBERS_MOST:
                word = await told.get_message(timeout=TOLD_SECONDS)
                if word is None:
                    continue
                if word["type"] != "message":
                    # The client has come back by itself: what was told meanwhile is lost to us.
                    raise ConnectionResetError
                numbers.add(word["data"])

    async def known(self, caller: str) -> Known:
        """Language chosen, missed and call_back of a number."""
        if not caller:
            return Known()
        asked = self._redis.hmget(KEY + caller, list(FIELDS))
        answer = await cast(Awaitable[list[bytes | None]], asked)
        language, missed, call_back = (value.decode() if value else "" for value in answer)
        lately = missed.isdigit() and time.time() - int(missed) < self._missed_seconds
        return Known(language, lately, bool(call_back))

    async def chose_language(self, caller: str, language: str) -> None:
        """Remember which language a number chose; "" forgets."""
        if language:
            await self._write(caller, "language", language)
        elif caller:
            await cast(Awaitable[Any], self._redis.hdel(KEY + caller, "language"))

    async def missed(self, caller: str, at: float) -> None:
        """A call of this number ended at Unix time `at` without a person."""
        await self._write(caller, "missed", str(int(at)))

    async def promised(self, caller: str, call_id: str) -> None:
        """A call-back is promised for this call."""
        await self._write(caller, "call_back", call_id)

    async def served(self, caller: str) -> None:
        """The number has spoken with a person: nothing is owed."""
        if caller:
            await cast(Awaitable[Any], self._redis.hdel(KEY + caller, "missed", "call_back"))

    async def _write(self, caller: str, field: str, value: str) -> None:
        if not caller:
            return
        pipeline = self._redis.pipeline(transaction=True)
        pipeline.hset(KEY + caller, field, value)
        pipeline.expire(KEY + caller, KEPT_SECONDS)
        pipeline.publish(TOLD, caller)
        await pipeline.execute()
