"""What is remembered of callers' numbers, in Redis; a memory that is lost harms no call.

hotline:caller:<number> = {language, missed (Unix time of the call), call_back (its call_id)}
"""

import time
from collections.abc import Awaitable
from typing import Any, Final, cast

from redis.asyncio import Redis

from routing.steps import Known

KEY: Final = "hotline:caller:"
FIELDS: Final = ("language", "missed", "call_back")
KEPT_SECONDS: Final = 400 * 86_400


class CallerMemory:
    """Who rang before; numbers are in the caller's one spelling (`routing.numbers.caller_number`).

    `missed_seconds`: how long a call that nobody served counts. Errors: RedisError.
    """

    def __init__(self, redis: Redis, missed_seconds: int) -> None:
        self._redis = redis
        self._missed_seconds = missed_seconds

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
        await pipeline.execute()
