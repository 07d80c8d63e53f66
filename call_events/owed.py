"""What the loop knows of who is owed a call: the table of call-backs, told to the callers' memory.

Whoever changes the table, the recorder, the reader of the files or a person at the console, the
memory follows within half a second. A memory that was lost is told everything again.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from redis.exceptions import RedisError
from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from database.engine import reading
from database.errors import AWAY

from .call_backs import CallBackState, Why
from .caller_memory import CallerMemory
from .tables import call_backs

log = logging.getLogger(__name__)

EVERY_SECONDS: Final = 0.5
# A row is dated before its transaction is committed: rows of the last moments are looked at again.
OVERLAP: Final = timedelta(seconds=15)
# Closed while nobody followed: longer ago than this a caller is not rung first in line any more.
FORGET_AFTER: Final = timedelta(days=2)


class Owed:
    """Follows the table for as long as the recorder runs."""

    def __init__(self, engine: AsyncEngine, memory: CallerMemory) -> None:
        self._engine = engine
        self._memory = memory
        self._newest: datetime | None = None
        self._told: dict[int, datetime] = {}

    async def run(self) -> None:
        """Tell the memory until cancelled; whatever is away, calls go on."""
        task = asyncio.current_task()
        while not (task and task.cancelling()):
            try:
                await self.tell()
            except (RedisError, *AWAY) as failure:
                if self._newest is not None:
                    log.warning(
                        "the loop is not told who is owed a call: %s", type(failure).__name__
                    )
                self._newest = None
            await asyncio.sleep(EVERY_SECONDS)
        raise asyncio.CancelledError

    async def tell(self) -> None:
        """Tell what has changed since the last time. Errors: RedisError, SQLAlchemyError."""
        if self._newest is not None and self._newest > datetime.now(UTC) + OVERLAP:
            self._newest = None  # the clock was set back
        if self._newest is None:
            self._told.clear()
        rows = [
            row for row in await self._changed() if self._told.get(row["id"]) != row["changed_at"]
        ]
        for row in rows:
            await self._remember(row)
            self._told[row["id"]] = row["changed_at"]
        newest = max([row["changed_at"] for row in rows], default=self._newest)
        self._newest = newest or datetime.now(UTC)
        since = self._newest - OVERLAP
        self._told = {row: at for row, at in self._told.items() if at >= since}

    async def _changed(self) -> Sequence[Any]:
        since = self._newest - OVERLAP if self._newest else datetime.now(UTC) - FORGET_AFTER
        wanted: ColumnElement[bool] = call_backs.c.changed_at >= since
        if self._newest is None:
            wanted = or_(wanted, call_backs.c.state != CallBackState.CLOSED)
        async with reading(self._engine) as connection:
            # A number's open row is its newest.
            found = await connection.execute(
                select(call_backs).where(wanted).order_by(call_backs.c.id)
            )
            return found.mappings().all()

    async def _remember(self, row: Any) -> None:
        if row["state"] == CallBackState.CLOSED:
            await self._memory.served(row["caller"])
        elif row["why"] == Why.PROMISED:
            await self._memory.promised(row["caller"], row["call_id"])
        else:
            await self._memory.missed(row["caller"], row["last_at"].timestamp())
