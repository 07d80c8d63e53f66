"""One recorder per Asterisk node, held by something that dies with the process."""

import asyncio
import contextlib
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from .errors import RecorderTaken

TRIES: Final = 10
RETRY_SECONDS: Final = 0.2


@asynccontextmanager
async def owned(engine: AsyncEngine, node: str) -> AsyncIterator[None]:
    """Hold the node while inside: a file lock beside an SQLite file, else a lock of PostgreSQL's
    that ends with its connection. Redis may be killed at any time, so it holds nothing.

    Errors: RecorderTaken.
    """
    if engine.dialect.name == "sqlite":
        lock = os.open(_lock_file(engine, node), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
        except BlockingIOError:
            raise RecorderTaken(node) from None
        finally:
            os.close(lock)
        return
    key = int.from_bytes(hashlib.sha256(f"recorder {node}".encode()).digest()[:7], "big")
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="AUTOCOMMIT")
        await _lock(connection, node, key)
        try:
            yield
        finally:
            # Back in the pool the connection, and with it the lock, would live on.
            with contextlib.suppress(SQLAlchemyError, OSError):
                await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
            await connection.invalidate()


async def _lock(connection: AsyncConnection, node: str, key: int) -> None:
    # PostgreSQL notices a little later than we do that a killed recorder's connection is gone.
    for _ in range(TRIES):
        if await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
            return
        await asyncio.sleep(RETRY_SECONDS)
    raise RecorderTaken(node)


def _lock_file(engine: AsyncEngine, node: str) -> Path:
    database = engine.url.database or "hotline.db"
    name = "".join(c if c.isalnum() else "-" for c in node)
    return Path(database).resolve().with_suffix(f".{name}.lock")
