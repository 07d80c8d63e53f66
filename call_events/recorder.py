"""The recorder: what Asterisk says becomes rows, then events on the stream."""

import asyncio
import logging
import random
from collections.abc import Mapping
from contextlib import AsyncExitStack
from typing import Final

from redis.asyncio import Redis
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from .errors import LinkError
from .link import AmiLink, Heard, LinkChange
from .ownership import owned
from .publisher import Publisher
from .reconcile import reconcile
from .story import Story
from .wrapup import WrapUpClock
from .writer import Writer

log = logging.getLogger(__name__)

# One transaction's worth: a burst is cut so that its first events are not kept waiting.
BATCH: Final = 1000
RETRY_SECONDS: Final = (0.05, 2.0)


class Recorder:
    """One Asterisk node's recorder; `run` ends only by cancellation or RecorderTaken."""

    def __init__(
        self,
        node: str,
        engine: AsyncEngine,
        redis: Redis,
        reader: AmiLink,
        controller: AmiLink,
        *,
        hotlines: Mapping[str, tuple[str, str]] | None = None,
        wrapup: Mapping[str, int] | None = None,
        slot: int = 0,
    ) -> None:
        self.node = node
        self.story = Story(node, hotlines, wrapup)
        self.publisher = Publisher(redis, engine, node, slot)
        self.reader = reader
        self.controller = controller
        self.committed = 0
        self.reconciled = asyncio.Event()
        self._engine = engine
        self._writer = Writer(engine, node, slot)
        self._clock = WrapUpClock(controller, self.story.agents.agents.get)

    async def run(self) -> None:
        """Record until cancelled. Errors: RecorderTaken."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(owned(self._engine, self.node))
            open_calls, agents = await self._writer.open()
            self.story.restore(open_calls)
            self.story.agents.restore(agents)
            stack.callback(self._clock.stop)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self.reader.run())
                tasks.create_task(self.controller.run())
                tasks.create_task(self.publisher.run(self._writer.newest_id))
                tasks.create_task(self._record())

    async def _record(self) -> None:
        # No fixed delay anywhere: while one batch commits, the next gathers by itself.
        while True:
            heard = await self.reader.take()
            for start in range(0, len(heard), BATCH):
                for item in heard[start : start + BATCH]:
                    await self._hear(item)
                await self._write()

    async def _hear(self, heard: Heard) -> None:
        if heard.packet is not None:
            try:
                self.story.hear(heard.packet, heard.at)
            except KeyError as missing:
                # One malformed event must not end the record of all others.
                log.error("event without %s", missing, extra={"event": heard.packet.get("Event")})
        elif heard.change is LinkChange.UP:
            await self._reconcile()
        else:
            self.reconciled.clear()

    async def _reconcile(self) -> None:
        try:
            await reconcile(self.story, self.reader, self.controller)
        except LinkError as failure:
            log.warning("not reconciled: %s", failure.code)  # the next link up does it
            return
        self._clock.resume(self.story.agents.agents.values())
        self.reconciled.set()

    async def _write(self) -> None:
        changes = self.story.take()
        if not changes:
            return
        self._clock.start(changes.wrapups)
        pause = RETRY_SECONDS[0]
        while True:
            try:
                events = await self._writer.commit(changes)
                break
            except (SQLAlchemyError, OSError) as failure:
                # Nothing is published that is not committed; the link keeps what comes meanwhile.
                log.error("not committed, trying again: %s", type(failure).__name__)
                await asyncio.sleep(pause * random.uniform(0.5, 1.5))
                pause = min(pause * 2, RETRY_SECONDS[1])
        self.committed += len(events)
        self.publisher.offer(events)


async def record(
    *,
    node: str,
    engine: AsyncEngine,
    redis: Redis,
    reader: AmiLink,
    controller: AmiLink,
    hotlines: Mapping[str, tuple[str, str]],
    wrapup: Mapping[str, int],
    slot: int = 0,
) -> None:
    """The whole of the recorder process, until cancelled.

    `reader` must be made with `wanted=READER_EVENTS`; both links are run here. `hotlines`: number
    as dialled → (number in the catalogue, merger mode). `wrapup`: seconds by queue. `slot`: 0–15,
    one per node sharing the database. Errors: RecorderTaken.
    """
    recorder = Recorder(
        node, engine, redis, reader, controller, hotlines=hotlines, wrapup=wrapup, slot=slot
    )
    await recorder.run()
