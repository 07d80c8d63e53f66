"""Whether a node's recorder records at this moment, told once a second through Redis.

A key that expires, so a recorder that hangs or is gone is noticed without asking it.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Final

from redis.asyncio import Redis
from redis.exceptions import RedisError

from .wall_clock import reading, set_since

BEAT_SECONDS: Final = 1.0
LASTS_MILLISECONDS: Final = 4000


@dataclass(frozen=True, slots=True)
class Pulse:
    """How a recorder is: its two links, its picture of Asterisk, its rows, its reading of the logs.

    `reconciled`: what AMI said since the link came up fits what Asterisk holds. `committing`: the
    last rows were taken by the database. `lag`: seconds the log reader is behind. `backlog`:
    packets heard and not handled yet. `unpublished`: events committed and not on the stream yet.
    The rest are the counts of a `Tally`.
    """

    reading: bool
    controlling: bool
    reconciled: bool
    committing: bool
    lag: float
    backlog: int = 0
    unpublished: int = 0
    ended: Mapping[str, int] = field(default_factory=dict)
    illegal_moves: int = 0
    last_illegal_move: float | None = None
    commit_seconds: float = 0.0
    commits: Sequence[int] = ()

    @property
    def recording(self) -> bool:
        """Calls of this moment become rows."""
        return self.reading and self.reconciled and self.committing


async def beat(redis: Redis, node: str, pulse: Callable[[], Pulse]) -> None:
    """Tell the pulse until cancelled; while Redis is away nobody can be told."""
    task = asyncio.current_task()
    # A cancellation may be lost inside redis-py on Python 3.11; the task still knows of it.
    while not (task and task.cancelling()):
        with contextlib.suppress(RedisError, OSError):
            await tell(redis, node, pulse())
        await keep_clock(redis, node)
        await asyncio.sleep(BEAT_SECONDS)


async def keep_clock(redis: Redis, node: str) -> None:
    """What is written down so far goes by the clock as it is now."""
    with contextlib.suppress(RedisError, OSError, TimeoutError):
        async with asyncio.timeout(BEAT_SECONDS):
            await redis.set(_clock_key(node), reading())


async def clock_set_since(redis: Redis, node: str) -> float | None:
    """Seconds by which the clock was set since the last beat, whenever that was; None: unknown."""
    with contextlib.suppress(RedisError, OSError, TimeoutError):
        async with asyncio.timeout(BEAT_SECONDS):
            read = await redis.get(_clock_key(node))
        return set_since(read if isinstance(read, str) else read.decode()) if read else None
    return None


async def tell(redis: Redis, node: str, pulse: Pulse) -> None:
    """Tell one pulse, which counts for `LASTS_MILLISECONDS`. Raises RedisError."""
    await redis.set(pulse_key(node), json.dumps(asdict(pulse)), px=LASTS_MILLISECONDS)


async def last_pulse(redis: Redis, node: str) -> Pulse | None:
    """Return the pulse of the last seconds, None without one. Raises RedisError."""
    return read_pulse(await redis.get(pulse_key(node)))


def read_pulse(told: bytes | str | None) -> Pulse | None:
    """Read what a key holds; None where it has expired."""
    return Pulse(**json.loads(told)) if told else None


def _clock_key(node: str) -> str:
    return f"hotline:clock:{node}"


def pulse_key(node: str) -> str:
    """The Redis key of a node's recorder."""
    return f"hotline:recorder:{node}"
