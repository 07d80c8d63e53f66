"""A hundred people at their desks: each logged in, a websocket open, a phone registered, ready."""

import asyncio
import contextlib
import gc
import json
import secrets
import sqlite3
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
from sqlalchemy.ext.asyncio import AsyncSession
from websockets.asyncio.client import ClientConnection, connect

from agent_console.sessions import COOKIE, LIFETIME, token_digest
from agent_console.tables import SessionRow, UserRow
from database.engine import make_engine
from hotline.composition import Line
from hotline.readiness import console_url
from tests.support.ports import free_port
from tests.support.sipp import SCENARIOS, Carrier

PHONES: Final = "127.0.0.9"
OVERSEER: Final = "supervisor"
READY_SECONDS: Final = 60
REGISTRATIONS_A_SECOND: Final = 50


@dataclass
class Desk:
    """One websocket and what arrived on it: (seconds since 1970, message)."""

    extension: str
    heard: list[tuple[float, dict[str, Any]]] = field(default_factory=list)

    async def listen(self, socket: ClientConnection) -> None:
        """Read until closed; the moment is taken before the message is understood."""
        async for text in socket:
            now = time.time()
            self.heard.append((now, json.loads(text)))


async def log_in(line: Line, extensions: Sequence[str]) -> dict[str, str]:
    """Give each seat, and a supervisor, an account with a live session; return their tokens.

    Written as the console would write them: a hundred argon2 digests are not what is measured.
    """
    now, tokens = datetime.now(UTC), {}
    engine = make_engine(line.settings.database)
    async with AsyncSession(engine) as session, session.begin():
        for name in (*extensions, OVERSEER):
            seat = name if name != OVERSEER else None
            user = UserRow(
                username=f"bench-{name}",
                password_hash="!",
                display_name=name,
                role="agent" if seat else "supervisor",
                extension=seat,
                language="zh",
                disabled=False,
                created_at=now,
            )
            session.add(user)
            await session.flush()
            tokens[name] = secrets.token_urlsafe(32)
            digest = token_digest(tokens[name])
            ends = now + LIFETIME
            session.add(
                SessionRow(token_hash=digest, user_id=user.id, created_at=now, expires_at=ends)
            )
    await engine.dispose()
    return tokens


@asynccontextmanager
async def open_desks(line: Line, tokens: dict[str, str]) -> AsyncIterator[dict[str, Desk]]:
    """Open everybody's websocket, each on a connection of its own."""
    url = console_url(line)
    desks = {name: Desk(name) for name in tokens}
    async with AsyncExitStack() as stack:
        listeners = []
        for name, token in tokens.items():
            socket = await stack.enter_async_context(
                connect(
                    f"{url.replace('http', 'ws', 1)}/ws",
                    origin=url,  # type: ignore[arg-type]
                    additional_headers={"cookie": f"{COOKIE}={token}"},
                    compression=None,
                )
            )
            listeners.append(asyncio.create_task(desks[name].listen(socket)))
        async with asyncio.timeout(READY_SECONDS):
            while not all(desk.heard for desk in desks.values()):  # noqa: ASYNC110 – far end says
                await asyncio.sleep(0.02)
        try:
            with undisturbed():
                yield desks
        finally:
            for listener in listeners:
                listener.cancel()
            await asyncio.gather(*listeners, return_exceptions=True)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Listen without stopping to collect garbage: with so many sockets that takes 0.2 s at a time,
    and what arrives meanwhile would seem to come late."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def answering_phones(line: Line, extensions: Sequence[str]) -> Iterator[None]:
    """Register a desk phone for each seat; all of them pick up at the first ring."""
    settings = line.settings
    with tempfile.TemporaryDirectory(prefix="bench-phones-") as folder:
        phones = Carrier(PHONES, f"{settings.sip_host}:{settings.sip_port}", Path(folder))
        try:
            port = free_port(PHONES)
            _register(phones, line, extensions, port)
            phones.answer(port)
            yield
        finally:
            phones.stop()


async def get_ready(line: Line, tokens: dict[str, str]) -> None:
    """Every agent presses ready, with the desk phone, through the console."""
    url = console_url(line)
    async with httpx.AsyncClient(base_url=url, headers={"origin": url}, timeout=30) as browser:
        for name, token in tokens.items():
            if name == OVERSEER:
                continue
            answer = await browser.post(
                "/api/v1/me/agent/ready",
                json={"phone": "desk"},
                headers={"cookie": f"{COOKIE}={token}"},
            )
            answer.raise_for_status()


def agents_by_state(line: Line) -> dict[str, int]:
    """Return how many agents are in each state, as the recorder has written it."""
    database = sqlite3.connect(line.settings.home / "hotline.db")
    with contextlib.closing(database):
        counted = database.execute("SELECT state, count(*) FROM agent_states GROUP BY state")
        return dict(counted.fetchall())


def _register(phones: Carrier, line: Line, extensions: Sequence[str], port: int) -> None:
    rows = [
        f"{seat}-desk;[authentication username={seat}-desk password={password}];{port};600"
        for seat in extensions
        for password in (line.passwords.seats[seat],)
    ]
    users = phones.folder / "users.csv"
    users.write_text("SEQUENTIAL\n" + "\n".join(rows) + "\n", "utf-8")
    arguments: tuple[str, ...] = (
        "-inf",
        str(users),
        "-m",
        str(len(rows)),
        "-r",
        str(REGISTRATIONS_A_SECOND),
    )
    # From the port the phones answer at: Asterisk believes the packet, not the Contact.
    arguments += ("-p", str(port), "-timeout", "20", phones.target)
    if phones.run(SCENARIOS / "register.xml", arguments).wait(30) != 0:
        raise RuntimeError("not every phone could register")
