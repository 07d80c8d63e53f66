"""A whole console on loopback: real SQLite, real Redis, real websockets, a recorded Asterisk."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import uvicorn
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession
from websockets.asyncio.client import ClientConnection, connect

from agent_console.accounts import NewUser, create_user
from agent_console.app import SERVER, create_app
from agent_console.deps import Deps, PhoneAddress
from agent_console.sessions import COOKIE
from call_events.events import FIELD, STREAM, Event, EventType, to_json
from call_events.outcome import DONE, ActionOutcome
from call_events.tables import AgentStateRow, CallRow
from routing.catalogue import Catalogue

from .until import soon

PASSWORD = "correct horse 12345"
CALLER = "13812345678"
NODE = "n1"
ANSWER_SECONDS = 20.0  # a bound, not an expectation: the machine may be busy


@dataclass
class RecordedControl:
    """Remembers what was asked of Asterisk and answers what the test wants."""

    asked: list[tuple[str, ...]] = field(default_factory=list)
    outcome: ActionOutcome = DONE

    async def ready(self, extension: str, phone: str, queues: Mapping[str, int]) -> ActionOutcome:
        return self._asked("ready", extension, phone, *queues)

    async def pause(self, extension: str, reason: str) -> ActionOutcome:
        return self._asked("pause", extension, reason)

    async def unpause(self, extension: str) -> ActionOutcome:
        return self._asked("unpause", extension)

    async def offline(self, extension: str) -> ActionOutcome:
        return self._asked("offline", extension)

    async def record(self, call_id: str, going_on: bool, seat: str) -> ActionOutcome:
        return self._asked("record", call_id, "on" if going_on else "off", seat)

    def _asked(self, *words: str) -> ActionOutcome:
        self.asked.append(words)
        return self.outcome


@dataclass
class RecordedTransfers:
    """Remembers which callers were to be sent on."""

    asked: list[tuple[str, ...]] = field(default_factory=list)
    outcome: ActionOutcome = DONE

    async def send_on(self, call_id: str, seat: str, phone: str, target: str) -> ActionOutcome:
        return self._asked("send_on", call_id, seat, phone, target)

    async def bring_in(
        self, call_id: str, seat: str, phone: str, target: str, number: int, *, emergency: bool
    ) -> ActionOutcome:
        word = "emergency" if emergency else "warm"
        return self._asked(word, call_id, seat, phone, target, str(number))

    async def join(self, call_id: str) -> ActionOutcome:
        return self._asked("join", call_id)

    async def take_back(self, call_id: str, number: int) -> ActionOutcome:
        return self._asked("take_back", call_id, str(number))

    async def leave(self, call_id: str, seat: str) -> ActionOutcome:
        return self._asked("leave", call_id, seat)

    async def put_down(self, call_id: str, seat: str) -> ActionOutcome:
        return self._asked("put_down", call_id, seat)

    def _asked(self, *words: str) -> ActionOutcome:
        self.asked.append(words)
        return self.outcome


@dataclass
class Screen:
    """One browser's websocket."""

    socket: ClientConnection

    async def next(self) -> dict[str, Any]:
        """The next message, within a bounded time."""
        async with asyncio.timeout(ANSWER_SECONDS):
            message: dict[str, Any] = json.loads(await self.socket.recv())
            return message

    async def next_of(self, kind: str) -> dict[str, Any]:
        """The next message of this type; others before it are passed over."""
        async with asyncio.timeout(ANSWER_SECONDS):
            while True:
                message = await self.next()
                if message["type"] == kind:
                    return message

    async def say(self, message: object) -> None:
        """Send JSON, or text as it is."""
        await self.socket.send(message if isinstance(message, str) else json.dumps(message))

    async def seen_until_pong(self) -> list[dict[str, Any]]:
        """Everything that arrives before the answer to a ping sent now; nothing is held back."""
        await self.say({"type": "resume", "last_id": None})
        await self.say({"type": "ping"})
        seen = []
        while (message := await self.next())["type"] != "Pong":
            seen.append(message)
        return seen

    async def close_code(self) -> int | None:
        """The code with which the console closes this socket."""
        async with asyncio.timeout(ANSWER_SECONDS):
            await self.socket.wait_closed()
        return self.socket.close_code


@dataclass
class Console:
    """The running console and everything a test does to it."""

    port: int
    engine: AsyncEngine
    redis: Redis
    control: RecordedControl
    transfers: RecordedTransfers
    catalogue: Catalogue
    app: Any
    numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def user(self, username: str, role: str, extension: str | None = None) -> None:
        """Give somebody an account."""
        new = NewUser(username, PASSWORD, username.title(), role, extension)
        await create_user(self.engine, new, self.catalogue.index.seats)

    def browser(self, origin: str | None = None) -> httpx.AsyncClient:
        """A browser on a page of the console, or of somebody else's."""
        return httpx.AsyncClient(
            base_url=f"{self.origin}/api/v1",
            headers={"origin": origin or self.origin},
            timeout=ANSWER_SECONDS,
        )

    async def logged_in(
        self, username: str, role: str = "agent", extension: str | None = None
    ) -> httpx.AsyncClient:
        """Somebody new, logged in."""
        await self.user(username, role, extension)
        browser = self.browser()
        answer = await browser.post("/session", json={"username": username, "password": PASSWORD})
        assert answer.status_code == 201, answer.text
        return browser

    @asynccontextmanager
    async def screen(
        self, browser: httpx.AsyncClient, origin: str | None = None
    ) -> AsyncIterator[Screen]:
        """The websocket of a logged-in browser."""
        token = browser.cookies.get(COOKIE) or ""
        async with connect(
            f"ws://127.0.0.1:{self.port}/ws",
            origin=origin or self.origin,  # type: ignore[arg-type]
            additional_headers={"cookie": f"{COOKIE}={token}"},
        ) as socket:
            yield Screen(socket)

    async def publish(
        self,
        kind: EventType,
        call_id: str | None = None,
        agent: str | None = None,
        **data: object,
    ) -> str:
        """One event as the recorder would put it on the stream; returns the stream's id."""
        event = Event(next(self.numbers), kind, datetime.now(UTC), call_id, agent, data)
        stream_id = await self.redis.xadd(STREAM, {FIELD: to_json(event)})
        return stream_id.decode() if isinstance(stream_id, bytes) else str(stream_id)

    async def arrive(self, call_id: str, dnis: str = "12333", caller: str = CALLER) -> str:
        """A call arrives and waits, as events only."""
        line = self.catalogue.hotline(dnis)
        assert line is not None
        await self.publish(
            EventType.CALL_ARRIVED,
            call_id,
            dnis=dnis,
            hotline=line.number,
            caller_id=caller,
            trunk="carrier",
            mode=line.mode,
        )
        return await self.publish(EventType.CALL_QUEUED, call_id, queue=line.queue, position=1)

    async def recorded_call(
        self, call_id: str, agent: str | None = None, state: str = "talking", **facts: Any
    ) -> None:
        """A call that the recorder has written."""
        row: dict[str, Any] = {
            "call_id": call_id,
            "node": "n1",
            "dnis": "12333",
            "hotline": "12333",
            "caller_id": CALLER,
            "trunk": "carrier",
            "merger_mode": "parallel",
            "arrived_at": datetime.now(UTC),
            "queue": "general",
            "agent": agent,
            "state": state,
            "path": [],
        }
        async with AsyncSession(self.engine) as session, session.begin():
            session.add(CallRow(**row | facts))

    async def recorded_agent(self, extension: str, state: str, call_id: str | None = None) -> None:
        """What the recorder says an agent is doing."""
        async with AsyncSession(self.engine) as session, session.begin():
            await session.merge(
                AgentStateRow(
                    agent=extension,
                    node="n1",
                    state=state,
                    since=datetime.now(UTC),
                    phone="web",
                    call_id=call_id,
                    queues=list(self.catalogue.seat_queues(extension)),
                )
            )


@asynccontextmanager
async def running_console(
    engine: AsyncEngine, redis: Redis, catalogue: Catalogue, pages: Path
) -> AsyncIterator[Console]:
    """Serve the console on a free port of loopback, stream follower included."""
    control, transfers = RecordedControl(), RecordedTransfers()
    app = create_app(
        Deps(
            engine=engine,
            redis=redis,
            control=control,
            transfers=transfers,
            asterisk_reachable=lambda: True,
            catalogue=catalogue,
            exchange_tokens={"12366": ["a" * 43, "d" * 43], "12367": ["b" * 43]},
            seat_passwords={"8001": "seat-one", "8002": "seat-two"},
            phone=PhoneAddress("ws://127.0.0.1:8088/ws", "127.0.0.1", 5060),
            pages=pages,
            node=NODE,
            recordings=pages.parent / "recordings",
            voice_messages=pages.parent / "messages",
        )
    )
    server = uvicorn.Server(
        uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", **SERVER)
    )
    serving = asyncio.create_task(server.serve())
    try:
        await soon(lambda: server.started)
        port = server.servers[0].sockets[0].getsockname()[1]
        yield Console(port, engine, redis, control, transfers, catalogue, app)
    finally:
        server.should_exit = True
        async with asyncio.timeout(10):
            await serving
