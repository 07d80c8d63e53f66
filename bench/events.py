"""What one of Asterisk's events costs us, from the bytes to a committed and published row.

One call recorded from Asterisk (`one_call/`), told about as many calls as are wanted, is the stream
of every figure. Stock panoramisk and a bare splitter read the same bytes in the same run.
"""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import uvloop
from redis.asyncio import Redis

from call_events.link import AmiLink
from call_events.packets import READER_EVENTS, Splitter, parse
from call_events.recorder import Recorder
from call_events.story import Story
from database.engine import make_engine
from database.migrate import upgrade_async
from tests.support.ports import free_port
from tests.support.redis_server import redis_server

from . import history, parsing
from .copies import ONE_CALL, copies, wanted_only
from .figures import Figure
from .player import Player, playing

WANTED: Final = frozenset(name.encode() for name in READER_EVENTS)
GOAL: Final = "≥ 10000"
BOUND_SECONDS: Final = 120.0
NODE: Final = "t1"


def measure(quick: bool = False) -> Iterator[Figure]:
    """Yield events/s of parsing and of the whole path, then what recovery and history cost."""
    everything = (ONE_CALL / "everything.ami").read_bytes()
    calls, rounds = (100, 2) if quick else (400, 7)
    yield from parsing.measure(b"".join(copies(everything, calls)), rounds)
    yield from _whole_path(wanted_only(everything, WANTED), *((200, 1) if quick else (2000, 5)))
    yield from history.measure(quick)


def _whole_path(one: bytes, calls: int, rounds: int) -> Iterator[Figure]:
    packets, rows = [], []
    for number in range(rounds):
        stream = b"".join(copies(one, calls, first=number * calls))
        with tempfile.TemporaryDirectory(prefix="bench-events-") as folder:
            seconds, written = uvloop.run(_told(Path(folder), stream))
        packets.append(stream.count(b"Event: ") / seconds)
        rows.append(written / seconds)
    yield Figure("whole path: what Asterisk says, published", "events/s", tuple(packets), GOAL)
    yield Figure("whole path: our events, committed and published", "events/s", tuple(rows))


async def _told(folder: Path, stream: bytes) -> tuple[float, int]:
    """Return the seconds until everything was published, and how many events that were."""
    (folder / "stream.ami").write_bytes(stream)
    expected = len(_story(stream).take().events)
    async with _recorder(folder) as (recorder, player):
        began = time.perf_counter()
        await player.say("play", folder / "stream.ami")
        async with asyncio.timeout(BOUND_SECONDS):
            while recorder.committed < expected or recorder.publisher.waiting:  # noqa: ASYNC110
                await asyncio.sleep(0.005)
        return time.perf_counter() - began, expected


@asynccontextmanager
async def _recorder(folder: Path) -> AsyncIterator[tuple[Recorder, Player]]:
    """A recorder, a real Redis and a database of its own, linked to a player."""
    url = f"sqlite:///{folder / 'hotline.db'}"
    await upgrade_async(url)
    engine, port = make_engine(url), free_port()
    (folder / "redis").mkdir()
    with redis_server(free_port(), folder / "redis") as server:
        redis = Redis(port=server.port)
        async with playing(port, 0) as player:
            links = (
                AmiLink("127.0.0.1", port, "reader", "right", wanted=READER_EVENTS),
                AmiLink("127.0.0.1", port, "controller", "right"),
            )
            recorder = Recorder(NODE, engine, redis, *links)
            running = asyncio.create_task(recorder.run())
            await recorder.reconciled.wait()
            try:
                yield recorder, player
            finally:
                running.cancel()
                await asyncio.wait([running])
        await redis.aclose()
    await engine.dispose()


def _story(stream: bytes) -> Story:
    story, splitter = Story(NODE), Splitter()
    for raw in splitter.feed(parsing.BANNER + stream):
        story.hear(parse(raw), 0.0)
    return story
