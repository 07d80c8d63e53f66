"""The guarded link to Asterisk's manager interface: one account, supervised, at most once."""

import asyncio
import logging
import random
import time
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from .errors import ActionRefused, ActionUnanswered, LinkDown, LinkError, LoginRefused
from .packets import Packet
from .wall_clock import WallClock
from .wire import GuardedManager, StrictProtocol, check_action

log = logging.getLogger(__name__)

CONNECT_SECONDS: Final = 3.0
ACTION_SECONDS: Final = 3.0
LISTING_SECONDS: Final = 10.0
PING_SECONDS: Final = 1.0
# Asterisk can leave an event lying until the next write to the link (asterisk #2145): measured up
# to 0.2 s. A link that carries events asks often enough that nobody sees it.
EVENT_PING_SECONDS: Final = 0.02
# A half-open link is noticed within 3 s; half a second of them is for a machine that is busy.
SILENCE_SECONDS: Final = 2.5
RETRY_SECONDS: Final = (0.1, 5.0)
# About 60 MB of packets: more than a minute of the busiest hour a city has seen.
BACKLOG_LIMIT: Final = 50_000


class LinkChange(StrEnum):
    """Marks among the events where the link came and went, so that order is kept.

    `CAUGHT_UP`: what happened before the mark was asked for stands before it. `CLOCK_SET`: what
    stands before it is told by another clock.
    """

    UP = "up"
    DOWN = "down"
    CAUGHT_UP = "caught_up"
    CLOCK_SET = "clock_set"


@dataclass(frozen=True, slots=True)
class Heard:
    """What came over the link and when we read it (seconds since 1970).

    `set_by`: seconds by which the clock was set, forward or back.
    """

    at: float
    packet: Packet | None = None
    change: LinkChange | None = None
    set_by: float = 0.0


class AmiLink:
    """A link that is up or says why not; `run` keeps it so until cancelled.

    `wanted`: names of the events to be queued for `take`; empty for an account that only acts.
    """

    def __init__(
        self,
        host: str,
        port: int,
        username: str,
        secret: str,
        *,
        wanted: Iterable[str] = (),
        backlog_limit: int = BACKLOG_LIMIT,
        silence_seconds: float = SILENCE_SECONDS,
    ) -> None:
        self.address = f"{host}:{port}"
        self.username = username
        self.refused_packets = 0
        self.dropped_packets = 0
        self.problem: LinkError | None = LinkDown("not started")
        self._where = (host, port)
        self._secret = secret
        self._wanted = frozenset(name.encode() for name in wanted)
        self._limit = backlog_limit
        self._silence = silence_seconds
        self._ping = min(EVENT_PING_SECONDS if self._wanted else PING_SECONDS, silence_seconds / 3)
        self._heard: deque[Heard] = deque()
        self._something = asyncio.Event()
        self._up = asyncio.Event()
        self._manager: GuardedManager | None = None
        self._lasted = False
        self._clock = WallClock()

    @property
    def up(self) -> bool:
        return self._up.is_set()

    @property
    def backlog(self) -> int:
        """Packets read from Asterisk and not taken yet."""
        return len(self._heard)

    async def wait_up(self, seconds: float) -> None:
        """Errors: LoginRefused, LinkDown – the reason the link is not up in time."""
        try:
            async with asyncio.timeout(seconds):
                await self._up.wait()
        except TimeoutError:
            raise self.problem or LinkDown("not up in time") from None

    async def run(self) -> None:
        """Connect, log in, watch; again with growing, jittered pauses, until cancelled."""
        pause = RETRY_SECONDS[0]
        while True:
            try:
                await self._one_connection()
            except (LinkError, OSError, TimeoutError) as failure:
                self._note(failure)
            if self._lasted:
                pause = RETRY_SECONDS[0]
            await asyncio.sleep(pause * random.uniform(0.5, 1.5))
            pause = min(pause * 2, RETRY_SECONDS[1])

    async def take(self) -> list[Heard]:
        """Everything heard since the last take, oldest first; waits for the first of it."""
        while not self._heard:
            self._something.clear()
            await self._something.wait()
        batch = list(self._heard)
        self._heard.clear()
        return batch

    async def request(
        self, action: Mapping[str, str], *, seconds: float = ACTION_SECONDS
    ) -> Packet:
        """Send one action, at most once. Errors: UnsafeAction, LinkDown, ActionUnanswered,
        ActionRefused."""
        check_action(action)
        if not self.up or self._manager is None:
            raise self._down()
        answer: Packet = await self._send(self._manager, action, False, seconds)
        return answer

    async def listing(
        self, action: Mapping[str, str], *, seconds: float = LISTING_SECONDS
    ) -> list[Packet]:
        """Send an action answered by a list of events. Errors as `request`."""
        check_action(action)
        if not self.up or self._manager is None:
            raise self._down()
        answers: list[Packet] = await self._send(self._manager, action, True, seconds)
        return answers

    async def mark(self) -> None:
        """Put a mark behind everything that has happened by now. Errors: LinkError."""
        # Asterisk sends the events it has before it reads an action, so an event of this moment
        # may come behind the answer to the first Ping, and cannot behind that to the second.
        for _ in range(2):
            await self.request({"Action": "Ping"})
        self._push(Heard(time.time(), change=LinkChange.CAUGHT_UP))

    async def _one_connection(self) -> None:
        self._lasted = False
        manager = GuardedManager(*self._where, self._wanted, self._on_event)
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await manager.connect()
            # The library learns of the connection in a callback of the same task.
            await asyncio.sleep(0)
            await self._login(manager)
            self._manager, self.problem, self._lasted = manager, None, True
            self._push(Heard(time.time(), change=LinkChange.UP))
            self._up.set()
            log.info("ami link up", extra={"address": self.address, "account": self.username})
            await self._watch(manager)
        finally:
            if self._up.is_set():
                self._up.clear()
                self._push(Heard(time.time(), change=LinkChange.DOWN))
            self._manager = None
            self._count(manager)
            manager.abort()

    async def _login(self, manager: GuardedManager) -> None:
        action = {
            "Action": "Login",
            "Username": self.username,
            "Secret": self._secret,
            "Events": "on" if self._wanted else "off",
        }
        check_action(action)
        try:
            await self._send(manager, action, False, CONNECT_SECONDS)
        except ActionRefused:
            raise LoginRefused(self.username, self.address) from None

    async def _watch(self, manager: GuardedManager) -> None:
        """Ping; `silence_seconds` since the last answer mean a half-open link."""
        while not manager.lost.done():
            try:
                await self._send(manager, {"Action": "Ping"}, False, self._silence - self._ping)
            except ActionUnanswered:
                raise LinkDown(f"Asterisk silent for {self._silence:g} s") from None
            await asyncio.wait([manager.lost], timeout=self._ping)
            self._look_at_clock()  # a clock may be set while nothing happens on the line
        raise LinkDown("Asterisk closed the link")

    async def _send(
        self, manager: GuardedManager, action: Mapping[str, str], as_list: bool, seconds: float
    ) -> Any:
        protocol: StrictProtocol | None = manager.protocol
        if protocol is None or manager.lost.done():
            raise LinkDown("the link broke")
        sent = manager.send_action(dict(action), as_list=as_list)
        try:
            # Not wait_for: Python 3.11's loses a cancellation that comes with the answer.
            async with asyncio.timeout(seconds):
                return await sent
        except TimeoutError:
            raise ActionUnanswered(action["Action"], seconds) from None
        finally:
            if not sent.done() or sent.cancelled():
                _forget(protocol, sent)

    def _on_event(self, at: float, packet: Packet) -> None:
        if len(self._heard) >= self._limit:
            # Whoever takes has stopped. A gap that is known and reconciled beats memory without
            # end; Asterisk must never be made to wait for us.
            if self._manager is not None:
                self.problem = LinkDown("events are not taken")
                self._manager.abort()
            return
        self._push(Heard(at, packet))

    def _down(self) -> LinkDown:
        why = self.problem.why if isinstance(self.problem, LinkDown) else str(self.problem)
        return LinkDown(why)

    def _look_at_clock(self) -> None:
        # Asterisk is on this machine, so that its times are of the clock that we look at.
        if set_by := self._clock.set_by():
            self._heard.append(Heard(time.time(), change=LinkChange.CLOCK_SET, set_by=set_by))
            self._something.set()

    def _push(self, heard: Heard) -> None:
        self._look_at_clock()
        self._heard.append(heard)
        self._something.set()

    def _note(self, failure: Exception) -> None:
        problem = failure if isinstance(failure, LinkError) else LinkDown(_in_words(failure))
        if str(problem) != str(self.problem):
            log.warning(
                "ami link down: %s", problem, extra={"code": problem.code, "address": self.address}
            )
        self.problem = problem

    def _count(self, manager: GuardedManager) -> None:
        protocol: StrictProtocol | None = manager.protocol
        if protocol is not None:
            self.refused_packets += protocol.refused
            self.dropped_packets += protocol._splitter.dropped


def _forget(protocol: StrictProtocol, sent: object) -> None:
    for key, action in list(protocol.responses.items()):
        if action.future is sent:
            del protocol.responses[key]


def _in_words(failure: Exception) -> str:
    if isinstance(failure, TimeoutError):
        return "no answer to the connect"
    return failure.strerror or str(failure) if isinstance(failure, OSError) else str(failure)
