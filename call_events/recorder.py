"""The recorder: what Asterisk says becomes rows, then events on the stream."""

import asyncio
import logging
import random
import time
from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from database.errors import AWAY

from .backfill import EVERY_SECONDS, Backfill
from .caller_memory import CallerMemory
from .errors import LinkError
from .heartbeat import Pulse, beat, clock_set_since, keep_clock
from .link import AmiLink, Heard, LinkChange
from .log_story import Told, tells_more
from .owed import Owed
from .ownership import owned
from .pauses import PausesEnd
from .publisher import Publisher
from .reconcile import Reconciliation, clock_set, take_picture, was_set_back
from .set_back import SetBack, shows
from .story import Story
from .tally import Tally
from .wall_clock import SET_SECONDS
from .wrapup import WrapUpClock
from .writer import Writer

log = logging.getLogger(__name__)

# One transaction's worth: a burst is cut so that its first events are not kept waiting.
BATCH: Final = 1000
RETRY_SECONDS: Final = (0.05, 2.0)
# After a gap the files are asked first, but screens do not wait longer for it than this.
ADOPT_SECONDS: Final = 2.0


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
        logs: Path | None = None,
        memory: CallerMemory | None = None,
    ) -> None:
        self.node = node
        self.story = Story(node, hotlines, wrapup)
        self.publisher = Publisher(redis, engine, node, slot)
        self.reader = reader
        self.controller = controller
        self.committed = 0
        self.tally = Tally()
        self.committing = True
        self.reconciled = asyncio.Event()
        self._reconciliation = Reconciliation(self.story)
        self._engine = engine
        self._redis = redis
        self._writer = Writer(engine, node, slot)
        self._clock = WrapUpClock(controller, self.story.agents.agents.get)
        self._set_back = SetBack(controller)
        self._set_back_unseen = False
        self._pauses = PausesEnd(controller)
        self.logs = Backfill(engine, node, slot, logs, hotlines or {}) if logs else None
        self._owed = Owed(engine, memory) if memory else None
        self._reading = asyncio.Lock()
        self._writing = asyncio.Lock()

    async def run(self) -> None:
        """Record until cancelled. Errors: RecorderTaken."""
        async with AsyncExitStack() as stack:
            keep = await stack.enter_async_context(owned(self._engine, self.node))
            open_calls, agents = await self._writer.open()
            self.story.restore(open_calls)
            self.story.agents.restore(agents)
            await self._notice_clock()
            stack.callback(self._clock.stop)
            stack.callback(self._set_back.stop)
            stack.callback(self._pauses.stop)
            if self.logs is not None:
                await self.logs.open()
                stack.callback(self.logs.close)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(keep())
                tasks.create_task(self.reader.run())
                tasks.create_task(self.controller.run())
                tasks.create_task(self.publisher.run(self._writer.newest_id))
                tasks.create_task(self._record())
                tasks.create_task(beat(self._redis, self.node, self.pulse))
                if self.logs is not None:
                    tasks.create_task(self._follow(self.logs))
                if self._owed is not None:
                    tasks.create_task(self._owed.run())

    def pulse(self) -> Pulse:
        """How this recorder is at the moment."""
        return Pulse(
            reading=self.reader.up,
            controlling=self.controller.up,
            reconciled=self.reconciled.is_set(),
            committing=self.committing,
            lag=round(self.logs.lag, 1) if self.logs else 0.0,
            backlog=self.reader.backlog,
            unpublished=self.publisher.waiting,
            **self.tally.told(),
        )

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
            self.story.hear(heard.packet, heard.at)
        elif heard.change is LinkChange.UP:
            await self._look()
        elif heard.change is LinkChange.CAUGHT_UP:
            if self._reconciliation.finish():
                self._clock.resume(self.story.agents.agents.values())
                # Also those that were not paused before: a pause of the gap was not heard either.
                talks = [c for c in self.story.calls.values() if c.answered_at is not None]
                self._pauses.look(call.call_id for call in talks)
                self.reconciled.set()
        elif heard.change is LinkChange.CLOCK_SET:
            log.warning("the clock was set by %.1f s", heard.set_by)
            await self._set_clock(heard.set_by)
            if heard.set_by < 0:
                self._set_back.begin()
        else:
            self._reconciliation.drop()
            self.reconciled.clear()

    async def _look(self) -> None:
        """After a gap: what do the files say, and what is there?"""
        if self.logs is not None:
            await self._adopt(self.logs)
        try:
            picture = await take_picture(self.reader, self.controller)
            self._reconciliation.begin(picture)
            if self._set_back_unseen or shows(picture.queues, picture.asked):
                self._set_back_unseen = False
                self._set_back.begin()
        except LinkError as failure:
            log.warning("not reconciled: %s", failure.code)  # the next link up does it

    async def _write(self) -> None:
        async with self._writing:
            changes = self.story.take()
            if not changes:
                return
            self._clock.start(changes.wrapups)
            self._pauses.start(changes.left)
            pause = RETRY_SECONDS[0]
            while True:
                began = time.perf_counter()
                try:
                    events = await self._writer.commit(changes)
                    self.tally.committed(events, time.perf_counter() - began)
                    self.committing = True
                    break
                except AWAY as failure:
                    # Nothing is published that is not committed; the link keeps what comes.
                    self.committing = False
                    log.error("not committed, trying again: %s", type(failure).__name__)
                    await asyncio.sleep(pause * random.uniform(0.5, 1.5))
                    pause = min(pause * 2, RETRY_SECONDS[1])
            self.committed += len(events)
            self.publisher.offer(events)

    async def _notice_clock(self) -> None:
        """The clock may have been set back while there was no recorder."""
        set_by = await clock_set_since(self._redis, self.node) or 0.0
        # Where nobody can tell by how much, no time has passed since the last that is known.
        set_by = min(set_by, -was_set_back(self.story, datetime.now(UTC)))
        if set_by <= -SET_SECONDS:
            log.warning("the clock was set by %.1f s while nobody looked", set_by)
            await self._set_clock(set_by)
            # Queues need not show it: a minute back, who waited two has waited one.
            self._set_back_unseen = True

    async def _set_clock(self, by: float) -> None:
        """Killed behind this, the next recorder must not correct the same once more."""
        clock_set(self.story, by)
        await self._write()
        await keep_clock(self._redis, self.node)

    # --- the other witness: Asterisk's own files

    async def _follow(self, logs: Backfill) -> None:
        pause = EVERY_SECONDS
        while True:
            try:
                async with self._reading:
                    over = await logs.read()
                    await self._fill(logs, over)
                pause = EVERY_SECONDS
            except AWAY as failure:
                log.error("logs not read, trying again: %s", type(failure).__name__)
                pause = min(pause * 2, RETRY_SECONDS[1])
            # Behind it reads on at once; what AMI says goes first all the same.
            await asyncio.sleep(0 if logs.lag else pause)

    async def _fill(self, logs: Backfill, over: list[Told]) -> None:
        for told in over:
            self._end_missed(told)
        await self._write()
        async with self._writing:
            busy = self.story.calls.keys() | self.story.changes.calls.keys()
            await self._merge(logs, [told for told in over if told.call.call_id not in busy])

    async def _merge(self, logs: Backfill, over: list[Told]) -> None:
        filled = await logs.commit(over)
        for call_id in (*filled.added, *filled.corrected):
            self.story.forget(call_id)
        if filled.added or filled.corrected:
            log.info(
                "from the logs: %d calls added, %d corrected, %d events",
                len(filled.added), len(filled.corrected), filled.events,
            )  # fmt: skip

    def _end_missed(self, told: Told) -> None:
        """AMI never said that this call is over; screens must know."""
        call = self.story.calls.get(told.call.call_id)
        if call is not None and told.call.ended_at is not None:
            if call.answered_at is None:
                call.outcome = told.call.outcome
            self.story.end(call, told.call.ended_at, lost=True)

    async def _adopt(self, logs: Backfill) -> None:
        """Before AMI's picture is taken: what became of calls while nobody listened."""
        deadline = time.monotonic() + ADOPT_SECONDS
        try:
            async with self._reading:
                await logs.read()
                while not logs.at_end and time.monotonic() < deadline:
                    await logs.read()
        except OSError:
            log.warning("the logs were not read before the picture was taken")
            return
        if not logs.at_end:
            return  # a long absence: what is missing comes a little later
        read = datetime.now(UTC)
        for told in logs.told(self.story.calls.keys()):
            known = self.story.calls.get(told.call.call_id)
            if told.call.ended_at is not None:
                self._end_missed(told)
            elif known is None or tells_more(told.call, known):
                self.story.adopt(told.call, told.events, read)


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
    logs: Path | None = None,
    memory: CallerMemory | None = None,
) -> None:
    """The whole of the recorder process, until cancelled.

    `reader` must be made with `wanted=READER_EVENTS`; both links are run here. `hotlines`: number
    as dialled → (number in the catalogue, merger mode). `wrapup`: seconds by queue. `slot`: 0–15,
    one per node sharing the database. `logs`: the folder Asterisk writes queue_log and cel-custom/
    to; without it nothing is read back. `memory`: where the loop looks who is owed a call-back.
    Errors: RecorderTaken.
    """
    recorder = Recorder(
        node,
        engine,
        redis,
        reader,
        controller,
        hotlines=hotlines,
        wrapup=wrapup,
        slot=slot,
        logs=logs,
        memory=memory,
    )
    await recorder.run()
