"""One recorder per Asterisk node, held by something that dies with the process."""

import asyncio
import contextlib
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from database.errors import AWAY

from .errors import RecorderTaken

TRIES: Final = 10
RETRY_SECONDS: Final = 0.2
LOOK_SECONDS: Final = 1.0


Keep = Callable[[], Coroutine[Any, Any, None]]


@asynccontextmanager
async def owned(engine: AsyncEngine, node: str) -> AsyncIterator[Keep]:
    """Hold the node while inside: a file lock beside an SQLite file, else a lock of PostgreSQL's
    that ends with its connection. Redis may be killed at any time, so it holds nothing.

    What it yields is to be run inside: it takes the lock again when the database was away.
    Errors: RecorderTaken, of either.
    """
    if engine.dialect.name == "sqlite":
        lock = os.open(_lock_file(engine, node), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield _held
        except BlockingIOError:
            raise RecorderTaken(node) from None
        finally:
            os.close(lock)
        return
    held = _PostgresLock(engine, node)
    await held.take()
    try:
        yield held.keep
    finally:
        await held.leave()


async def _held() -> None:
    """A file lock is held until the process ends."""


class _PostgresLock:
    def __init__(self, engine: AsyncEngine, node: str) -> None:
        self._engine = engine
        self._node = node
        self._key = int.from_bytes(hashlib.sha256(f"recorder {node}".encode()).digest()[:7], "big")
        self._connection: AsyncConnection | None = None

    async def take(self) -> None:
        self._connection = await self._engine.connect()
        await self._connection.execution_options(isolation_level="AUTOCOMMIT")
        # PostgreSQL notices a little later than we do that a killed recorder's connection is gone.
        for _ in range(TRIES):
            if await self._ask("SELECT pg_try_advisory_lock(:key)"):
                return
            await asyncio.sleep(RETRY_SECONDS)
        await self.leave()
        raise RecorderTaken(self._node)

    async def keep(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            try:
                if self._connection is None:
                    await self.take()
                await self._ask("SELECT CAST(:key AS bigint)")
            except AWAY:
                await self.leave()

    async def leave(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        # Back in the pool the connection, and with it the lock, would live on.
        with contextlib.suppress(*AWAY):
            await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": self._key})
        with contextlib.suppress(*AWAY):
            await connection.invalidate()
        with contextlib.suppress(*AWAY):
            await connection.close()

    async def _ask(self, query: str) -> Any:
        assert self._connection is not None
        return await self._connection.scalar(text(query), {"key": self._key})


def _lock_file(engine: AsyncEngine, node: str) -> Path:
    database = engine.url.database or "hotline.db"
    name = "".join(c if c.isalnum() else "-" for c in node)
    return Path(database).resolve().with_suffix(f".{name}.lock")
