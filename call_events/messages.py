"""Messages by voice whose callers hung up, or heard no ticket's number: each becomes a ticket."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from database.engine import reading
from database.errors import AWAY
from database.transaction import transact
from routing.audience import audience_of
from routing.catalogue import Catalogue
from routing.messages import LeftMessage

from .call_backs import keep_call_backs
from .call_state import Outcome
from .recordings import JUDGE_SECONDS, SWEEP_SECONDS, EndedSince, delete_older
from .tables import calls
from .writer import call_of_row

log = logging.getLogger(__name__)

# Makes the ticket, once; False where nothing can be heard.
Take = Callable[[LeftMessage], Awaitable[bool]]


class MessageKeeper:
    """Sees to one node's messages, and deletes them when the time of recordings is over."""

    def __init__(
        self, engine: AsyncEngine, node: str, catalogue: Catalogue, folder: Path, take: Take
    ) -> None:
        self._engine = engine
        self._node = node
        self._catalogue = catalogue
        self._folder = folder
        self._take = take
        self._ended = EndedSince()

    async def run(self) -> None:
        """Look and sweep until cancelled; a database that is away is asked again."""
        swept_at = -SWEEP_SECONDS
        keep = timedelta(days=self._catalogue.limits.recording_days)
        while True:
            try:
                await self.look(datetime.now(UTC))
                if time.monotonic() - swept_at >= SWEEP_SECONDS:
                    await asyncio.to_thread(delete_older, self._folder, datetime.now(UTC) - keep)
                    swept_at = time.monotonic()
            except (*AWAY, OSError) as failure:
                log.error("messages not looked at, trying again: %s", type(failure).__name__)
            await asyncio.sleep(JUDGE_SECONDS)

    async def look(self, now: datetime) -> None:
        """Every call that ended with a message has its ticket afterwards, or is owed a call."""
        since, upto = self._ended.span(now)
        for row in await self._left(since, upto):
            if not await self._take(self._message(row)):
                await self._owe(row)
        self._ended.seen(upto)

    async def _left(self, since: datetime, upto: datetime) -> list[dict[str, Any]]:
        query = select(calls).where(
            calls.c.node == self._node,
            calls.c.ended_at > since,
            calls.c.ended_at <= upto,
            calls.c.outcome == Outcome.MESSAGE,
        )
        async with reading(self._engine) as connection:
            return [dict(row) for row in (await connection.execute(query)).mappings()]

    def _message(self, row: dict[str, Any]) -> LeftMessage:
        steps = [(str(one.get("step", "")), str(one.get("last") or "")) for one in row["path"]]
        audience = audience_of(self._catalogue, row["hotline"], steps)
        return LeftMessage(
            row["call_id"], row["caller_id"], row["hotline"], audience, row["wants_expert"],
            row["ended_at"],
        )  # fmt: skip

    async def _owe(self, row: dict[str, Any]) -> None:
        """Nothing was said: the caller rang in vain like any other, and is rung back."""
        vain = replace(call_of_row(row), outcome=Outcome.ABANDONED)
        await transact(self._engine, keep_call_backs, [vain])
