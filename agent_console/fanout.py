"""From the event stream to exactly the screens concerned: one follower per process."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Iterable
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import RedisError
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from call_events.agent_state import AgentState
from call_events.events import Event, EventType
from call_events.stream import Entry, Resync, events_after, follow, newest_id
from call_events.tables import AgentStateRow, CallRow
from call_events.wall_clock import WallClock
from database.engine import for_reading
from database.errors import AWAY
from routing.catalogue import Catalogue

from .accounts import Role
from .call_view import call_json
from .live_calls import CALLS_MOST, LiveCall, LiveCalls
from .outbox import CLOSE_LOGGED_OUT, CLOSE_SLOW, Outbox, as_text, message
from .sessions import live_sessions

log = logging.getLogger(__name__)

FLOOR_SECONDS: Final = 0.5
FLOOR_IDLE_SECONDS: Final = 5.0
SESSION_CHECK_SECONDS: Final = 15.0
CLOCK_CHECK_SECONDS: Final = 0.5
CORRECTED_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 1.0
STOP_AGAIN_SECONDS: Final = 0.2
# A browser further behind than this is served better by a fresh page of lists.
REPLAY_MOST: Final = 5_000
REPLAY_PAGE: Final = 500
SOCKETS_PER_SEAT: Final = 8
BREATH_EVENTS: Final = 20

_ENRICHED: Final = frozenset(
    {
        EventType.MEMBER_RANG,
        EventType.CALL_CONNECTED,
        EventType.TRANSFER_STARTED,
        EventType.TRANSFER_MOVED,
        EventType.TRANSFER_COMPLETED,
        EventType.TRANSFER_FAILED,
    }
)
_FLOOR_EVENTS: Final = frozenset(EventType) - {EventType.ILLEGAL_MOVE}

FloorOf = Callable[[], Awaitable[dict[str, Any]]]


class Fanout:
    """Extension → sockets; overseers get agents' states and snapshots of the floor."""

    def __init__(
        self, engine: AsyncEngine, redis: Redis, catalogue: Catalogue, floor: FloorOf
    ) -> None:
        self._engine = engine
        self._redis = redis
        self._catalogue = catalogue
        self._floor = floor
        self._desks: defaultdict[str, list[Outbox]] = defaultdict(list)
        self._overseers: list[Outbox] = []
        self.boxes: set[Outbox] = set()
        self._floor_moved = asyncio.Event()
        self._seeded = False
        self._stale = False
        self.calls = LiveCalls()
        self.last_id: str | None = None

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Follow the stream while the application runs."""
        loops = (self._follow, self._show_floor, self._check_sessions, self._watch_clock)
        tasks = [asyncio.create_task(_supervised(loop)) for loop in loops]
        try:
            yield
        finally:
            await _stopped(tasks)

    def join(self, box: Outbox) -> None:
        """From now on events reach this socket; `box.hello_id` is where they begin."""
        box.hello_id = self.last_id
        self.boxes.add(box)
        seats = self._seats_of(box)
        if seats is None:
            return
        seats.append(box)
        if seats is not self._overseers and len(seats) > SOCKETS_PER_SEAT:
            seats[0].close(CLOSE_SLOW)
        if seats is self._overseers:
            self._floor_moved.set()

    def leave(self, box: Outbox) -> None:
        """The socket is gone."""
        self.boxes.discard(box)
        seats = self._seats_of(box)
        if seats is not None and box in seats:
            seats.remove(box)
        if box.user.extension and not self._desks.get(box.user.extension):
            self._desks.pop(box.user.extension, None)

    def end_session(self, digest: str) -> None:
        """Close the sockets of a login that has ended."""
        for box in list(self.boxes):
            if box.digest == digest:
                box.close(CLOSE_LOGGED_OUT)

    async def replay(self, box: Outbox, last_id: str) -> None:
        """Send what the browser missed after `last_id`, in order, or Resync if that is unknown."""
        upto = box.hello_id
        box.hold()
        try:
            missed = None if upto is None or box.delivered else await self._missed(last_id, upto)
        except (RedisError, *AWAY):
            missed = None
        if missed is None:
            box.put(message("Resync", {}, stream_id=self.last_id))
        else:
            for stream_id, event in missed:
                if box in self._targets(event):
                    await box.put_in_turn(await self._text(stream_id, event))
        await box.catch_up()

    async def _missed(self, last_id: str, upto: str) -> list[Entry] | None:
        if _order(last_id) > _order(upto):
            # This process lags behind the one that served the browser before, or Redis was
            # emptied: a fresh look at the lists is right for both.
            return None
        found: list[Entry] = []
        while _order(last_id) < _order(upto):
            page = await events_after(self._redis, last_id, REPLAY_PAGE)
            if isinstance(page, Resync) or len(found) > REPLAY_MOST:
                return None
            if not page:
                break
            found += [entry for entry in page if _order(entry[0]) <= _order(upto)]
            last_id = page[-1][0]
        await self._know_calls(found)
        return found

    async def _know_calls(self, entries: Iterable[Entry]) -> None:
        """Calls that ended before this process began still belong to their agent."""
        unknown = {
            event.call_id
            for _, event in entries
            if event.call_id is not None
            and event.type is not EventType.CALL_ARRIVED
            and self.calls.get(event.call_id) is None
        }
        if unknown:
            async with AsyncSession(for_reading(self._engine)) as session:
                query = select(CallRow).where(CallRow.call_id.in_(unknown))
                for row in await session.scalars(query):
                    self.calls.seed(row)

    async def _follow(self) -> None:
        if self.last_id is None:
            self.last_id = await newest_id(self._redis)
            self._resync_all()
        if not self._seeded:
            await self._seed()
        async for batch in follow(self._redis, self.last_id):
            if isinstance(batch, Resync):
                self.last_id, self._stale, batch = batch.id, True, []
            if self._stale:
                await self._begin_anew()
            for place, (stream_id, event) in enumerate(batch, 1):
                await self._deliver(stream_id, event)
                if place % BREATH_EVENTS == 0:
                    # After a storm a batch holds hundreds: the sockets must get to send too.
                    await asyncio.sleep(0)

    async def _begin_anew(self) -> None:
        """What was followed has a gap, or is told by another clock: all is read again."""
        await self._seed()
        self._stale = False
        # Only now: what ended before the calls were read reaches nobody, so the lists must tell it.
        self._resync_all()
        self._floor_moved.set()

    async def _seed(self) -> None:
        """The calls in progress, from the database; newest last, so that they stay longest."""
        query = (
            select(CallRow)
            .where(CallRow.state != "ended")
            .order_by(CallRow.arrived_at.desc())
            .limit(CALLS_MOST)
        )
        async with AsyncSession(for_reading(self._engine)) as session:
            rows = (await session.scalars(query)).all()
            rings = select(AgentStateRow).where(AgentStateRow.state == AgentState.RINGING)
            seats = (await session.scalars(rings)).all()
            self.calls.clear()
            for row in reversed(rows):
                self.calls.seed(row)
            for seat in seats:
                if call := self.calls.get(seat.call_id or ""):
                    call.ringing.add(seat.agent)
        self._seeded = True

    async def _deliver(self, stream_id: str, event: Event) -> None:
        # A socket that joins while we wait below finds this event by resuming after `last_id`.
        self.last_id = stream_id
        self.calls.follow(event)
        if event.type in _FLOOR_EVENTS:
            self._floor_moved.set()
        targets = self._targets(event)
        if not targets:
            return
        text = await self._text(stream_id, event)
        for box in targets:
            box.live(text)

    def _targets(self, event: Event) -> list[Outbox]:
        """The sockets of the agent named, else of those the call rings at or talks to.

        An expert who was asked hears of the transfer too: by it they may have the call.
        """
        named = (event.agent, event.data.get("expert"))
        seats: Collection[str] = [seat for seat in named if seat is not None]
        if event.agent is None and event.call_id is not None:
            call = self.calls.get(event.call_id)
            seats = call.screens if call is not None else ()
        desks = [box for seat in seats for box in self._desks.get(seat, ())]
        if event.type is EventType.AGENT_STATE_CHANGED and self._overseers:
            return [*desks, *self._overseers]
        return desks

    async def _text(self, stream_id: str, event: Event) -> str:
        data = {key: value for key, value in event.data.items() if key != "caller_id"}
        if event.type in _ENRICHED and event.call_id is not None:
            call = self.calls.get(event.call_id) or await self._read_call(event.call_id)
            if call is not None:
                data["call"] = call_json(call, self._catalogue)
        return as_text(
            {
                "id": stream_id,
                "type": event.type,
                "at": event.at.isoformat(),
                "call_id": event.call_id,
                "agent": event.agent,
                "data": data,
            }
        )

    async def _read_call(self, call_id: str) -> LiveCall | None:
        try:
            async with AsyncSession(for_reading(self._engine)) as session:
                row = await session.get(CallRow, call_id)
        except AWAY:
            return None
        return self.calls.seed(row) if row is not None else None

    def _resync_all(self) -> None:
        for box in self.boxes:
            box.hello_id = self.last_id
            box.live(message("Resync", {}, stream_id=self.last_id))

    async def _show_floor(self) -> None:
        """At most two snapshots a second, and one now and then for the waiting times."""
        while True:
            with suppress(TimeoutError):
                # wait_for of Python 3.11 loses a cancellation that comes with the event itself.
                async with asyncio.timeout(FLOOR_IDLE_SECONDS):
                    await self._floor_moved.wait()
            self._floor_moved.clear()
            if self._overseers:
                text = message("Floor", await self._floor())
                for box in list(self._overseers):
                    box.live(text)
            await asyncio.sleep(FLOOR_SECONDS)

    async def _check_sessions(self) -> None:
        """A login that expired or was ended by another process loses its sockets too."""
        while True:
            await asyncio.sleep(SESSION_CHECK_SECONDS)
            digests = {box.digest for box in self.boxes}
            if digests:
                live = await live_sessions(self._engine, digests, datetime.now(UTC))
                for digest in digests - live:
                    self.end_session(digest)

    async def _watch_clock(self) -> None:
        """A clock was set: what goes on keeps its age, as the recorder has corrected it."""
        clock = WallClock()
        while True:
            await asyncio.sleep(CLOCK_CHECK_SECONDS)
            if clock.set_by():
                # By then the recorder, which has noticed too, has written. Nothing is corrected
                # here: which calls are of the new clock already only the rows can tell.
                await asyncio.sleep(CORRECTED_SECONDS)
                self._stale = True

    def _seats_of(self, box: Outbox) -> list[Outbox] | None:
        if box.user.role in (Role.SUPERVISOR, Role.ADMIN):
            return self._overseers
        return self._desks[box.user.extension] if box.user.extension else None


def _order(stream_id: str) -> tuple[int, int]:
    moment, _, number = stream_id.partition("-")
    return int(moment), int(number or 0)


async def _stopped(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancel, and again: redis-py sends by wait_for, which on Python 3.11 may lose it once."""
    while tasks:
        for task in tasks:
            task.cancel()
        _, tasks = await asyncio.wait(tasks, timeout=STOP_AGAIN_SECONDS)


async def _supervised(loop: Callable[[], Awaitable[None]]) -> None:
    """Run a loop for ever; what breaks it is logged and it begins again."""
    while True:
        try:
            await loop()
        except (RedisError, *AWAY) as failure:
            log.warning("%s interrupted: %s", loop.__name__, type(failure).__name__)
        except Exception:
            log.exception("%s failed", loop.__name__)
        await asyncio.sleep(RETRY_SECONDS)
