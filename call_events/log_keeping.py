"""Asterisk's own logs hold callers' numbers: a new file each day, the old ones kept for so long.

The recorder is the one who may do this, since it knows what it has read: a file from which calls
are still to be told is never deleted.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from database.engine import reading
from database.errors import AWAY

from .tables import log_positions

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 60.0
TRUTH: Final = {"queue_log": "queue_log", "cel": "cel-custom/cel.csv"}
"""What calls are told from, by its name among the reader's places."""
LOGS: Final = (*TRUTH.values(), "messages.log")


class LogKeeper:
    """Begins the logs of one node anew each day and deletes those older than the city keeps.

    `reopen` makes Asterisk open its logs again; it raises RuntimeError when no Asterisk answers.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        node: str,
        folder: Path,
        keep_days: int,
        zone: tzinfo,
        reopen: Callable[[], object],
    ) -> None:
        self._engine = engine
        self._node = node
        self._folder = folder
        self._keep = timedelta(days=keep_days)
        self._zone = zone
        self._reopen = reopen

    async def run(self) -> None:
        """Keep the logs until cancelled."""
        while True:
            try:
                await self.keep(datetime.now(UTC))
            except (*AWAY, OSError, RuntimeError) as failure:
                log.error("logs not kept, trying again: %s", type(failure).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def keep(self, now: datetime) -> None:
        """Rotate if a day has passed in the city, then delete. Raises OSError, RuntimeError, and
        what a database that is away raises.
        """
        if self._of_another_day(now):
            await asyncio.to_thread(self._rotate, now)
        for path in await self._deletable(now - self._keep):
            path.unlink(missing_ok=True)
            log.info("%s deleted, older than %d days", path.name, self._keep.days)

    def _of_another_day(self, now: datetime) -> bool:
        try:
            with (self._folder / "queue_log").open("rb") as file:
                began = int(file.readline(64).partition(b"|")[0])
        except (FileNotFoundError, ValueError):
            return False  # nothing is written yet
        return datetime.fromtimestamp(began, self._zone).date() < now.astimezone(self._zone).date()

    def _rotate(self, now: datetime) -> None:
        day = now.astimezone(self._zone).strftime("%Y%m%d")
        for path in map(self._folder.joinpath, LOGS):
            old = path.with_name(f"{path.name}.{day}")
            if path.exists() and not old.exists():
                path.rename(old)  # Asterisk writes on in it until it opens a new one
        self._reopen()
        log.info("the logs begin anew")

    async def _deletable(self, before: datetime) -> list[Path]:
        async with reading(self._engine) as connection:
            found = await connection.execute(
                select(log_positions.c.log, log_positions.c.inode).where(
                    log_positions.c.node == self._node
                )
            )
            places = {row.log: row.inode for row in found}
        return list(self._old(places, before.timestamp()))

    def _old(self, places: dict[str, int], before: float) -> Iterator[Path]:
        """Files that were rotated, are old enough, and that nobody has to read any more."""
        names = {path: name for name, path in TRUTH.items()}
        for path in LOGS:
            log_file = self._folder / path
            rotated = sorted(
                log_file.parent.glob(f"{log_file.name}.*"), key=lambda one: one.stat().st_mtime
            )
            if path in names:
                files = [*rotated, log_file]
                inodes = [one.stat().st_ino for one in files if one.exists()]
                place = places.get(names[path])
                read = inodes.index(place) if place in inodes else 0
                rotated = rotated[:read]
            yield from (one for one in rotated if one.stat().st_mtime < before)
