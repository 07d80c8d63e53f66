"""The events of all nodes as a Redis stream, followed without missing one unnoticed."""

import asyncio
import logging
import random
import re
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from .events import FIELD, STREAM, Event, from_json

log = logging.getLogger(__name__)

STREAM_ID: Final = re.compile(r"[0-9]{1,19}-[0-9]{1,19}")
START: Final = "0-0"
PAGE: Final = 500
BLOCK_MS: Final = 1000
# A consumer this long away may have been overtaken by the trimming of the stream.
UNWATCHED_SECONDS: Final = 2.0
RETRY_SECONDS: Final = (0.1, 2.0)

Entry = tuple[str, Event]


@dataclass(frozen=True, slots=True)
class Resync:
    """What followed `last_id` is gone: take a snapshot from the database, then go on from `id`."""

    last_id: str
    id: str


async def newest_id(redis: Redis) -> str:
    """The id to follow from when only the future matters."""
    newest: Any = await redis.xrevrange(STREAM, count=1)
    return _text(newest[0][0]) if newest else START


async def events_after(redis: Redis, last_id: str, limit: int = PAGE) -> list[Entry] | Resync:
    """What a client missed since `last_id`, at most `limit`; Resync where that is not known.

    Errors: RedisError.
    """
    if await _gone(redis, last_id):
        return Resync(last_id, await newest_id(redis))
    entries: Any = await redis.xrange(STREAM, min=f"({last_id}", count=limit)
    return _decoded(entries)


async def follow(
    redis: Redis, last_id: str, *, block_ms: int = BLOCK_MS
) -> AsyncIterator[list[Entry] | Resync]:
    """Every batch after `last_id`, for ever, an empty one where nothing came for `block_ms`;
    survives Redis being away, and says Resync when entries are lost to us."""
    checked = 0.0
    pause = RETRY_SECONDS[0]
    while True:
        try:
            if time.monotonic() - checked > UNWATCHED_SECONDS and await _gone(redis, last_id):
                resync = Resync(last_id, await newest_id(redis))
                last_id, checked = resync.id, time.monotonic()
                yield resync
                continue
            answer: Any = await redis.xread({STREAM: last_id}, count=PAGE, block=block_ms)
        except (RedisError, OSError) as failure:
            log.warning("event stream unreachable: %s", type(failure).__name__)
            checked = 0.0
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(pause * 2, RETRY_SECONDS[1])
            continue
        pause, checked = RETRY_SECONDS[0], time.monotonic()
        entries = _entries(answer)
        if entries:
            last_id = _text(entries[-1][0])
        yield _decoded(entries)


async def _gone(redis: Redis, last_id: str) -> bool:
    """Whether entries after `last_id` may have been trimmed, or Redis has lost its data."""
    if not STREAM_ID.fullmatch(last_id):
        return True
    oldest: Any = await redis.xrange(STREAM, count=1)
    if not oldest:
        return last_id != START
    if last_id == START:
        return not await _whole(redis)
    return _key(last_id) < _key(_text(oldest[0][0])) or _key(last_id) > _key(await newest_id(redis))


async def _whole(redis: Redis) -> bool:
    info: Any = await redis.xinfo_stream(STREAM)
    return bool(info["length"] == info.get("entries-added", info["length"]))


def _entries(answer: Any) -> list[Any]:
    # redis-py answers a list with RESP2 and a dict with RESP3.
    if not answer:
        return []
    if isinstance(answer, dict):
        streams = next(iter(answer.values()))
        return streams[0] if streams and isinstance(streams[0], list) else streams
    entries: list[Any] = answer[0][1]
    return entries


def _decoded(entries: list[Any]) -> list[Entry]:
    decoded: list[Entry] = []
    for entry_id, fields in entries:
        raw = fields.get(FIELD.encode()) or fields.get(FIELD)
        try:
            decoded.append((_text(entry_id), from_json(raw)))
        except (TypeError, ValueError, KeyError):
            log.error("not an event on the stream", extra={"stream_id": _text(entry_id)})
    return decoded


def _key(stream_id: str) -> tuple[int, int]:
    moment, _, number = stream_id.partition("-")
    return int(moment), int(number)


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value
