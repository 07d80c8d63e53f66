"""What becomes of recordings: each judged against its call, kept for so many days, then deleted."""

from __future__ import annotations

import asyncio
import logging
import shutil
import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from database.engine import reading
from database.errors import AWAY
from database.transaction import transact

from .call_state import Outcome
from .tables import calls, recordings

log = logging.getLogger(__name__)

# Asterisk writes a file to its end after the hang-up, and the last row of a call comes late.
SETTLED: Final = timedelta(seconds=3)
JUDGE_SECONDS: Final = 1.0
# Calls that the recorder has found in the logs ended long before anybody knew of them.
LOOK_BACK: Final = timedelta(days=2)
LOOK_BACK_EVERY: Final = timedelta(hours=1)
SWEEP_SECONDS: Final = 3600.0
JUDGED_AT_ONCE: Final = 500
# The caller's channel is connected a moment after the agent is, and let go a moment before.
SHORT_BY_MS: Final = 1500
WAV_HEADER: Final = 44
BYTES_A_MS: Final = 16  # 8,000 samples a second of two bytes
CONVERSATIONS: Final = (Outcome.ANSWERED, Outcome.SUB_CENTRE)


def file_of(folder: Path, call_id: str) -> Path:
    """Where Asterisk writes the recording of a call."""
    return folder / f"{call_id}.wav"


def recorded_ms(file: Path) -> int:
    """How much of a conversation a file holds, by its size; 0 without one. Pauses are silence."""
    try:
        return max(0, file.stat().st_size - WAV_HEADER) // BYTES_A_MS
    except OSError:
        return 0


class EndedSince:
    """Which calls to look at: those that ended since the last look, now and then those of days."""

    def __init__(self) -> None:
        self._looked_back_at = self._seen_to = datetime(1970, 1, 1, tzinfo=UTC)

    def span(self, now: datetime) -> tuple[datetime, datetime]:
        """Look at calls that ended after the first moment and up to the second."""
        upto = now - SETTLED
        since = self._seen_to
        if now - self._looked_back_at >= LOOK_BACK_EVERY:
            since, self._looked_back_at = upto - LOOK_BACK, now
        return since, upto

    def seen(self, upto: datetime) -> None:
        """Those up to this moment have been looked at."""
        # Rows of calls that ended a moment ago may still be on their way to the database.
        self._seen_to = upto - SETTLED


class RecordingKeeper:
    """Judges the recordings of one node's calls and deletes them when their time is over."""

    def __init__(self, engine: AsyncEngine, node: str, folder: Path, keep_days: int) -> None:
        self._engine = engine
        self._node = node
        self._folder = folder
        self._keep = timedelta(days=keep_days)
        self._ended = EndedSince()

    async def run(self) -> None:
        """Judge and sweep until cancelled; a database that is away is asked again."""
        swept_at = -SWEEP_SECONDS
        while True:
            try:
                await self.judge(datetime.now(UTC))
                if time.monotonic() - swept_at >= SWEEP_SECONDS:
                    await self.sweep(datetime.now(UTC))
                    swept_at = time.monotonic()
            except (*AWAY, OSError) as failure:
                log.error("recordings not judged, trying again: %s", type(failure).__name__)
            await asyncio.sleep(JUDGE_SECONDS)

    async def judge(self, now: datetime) -> None:
        """Compare the file of every call that is over with how long its people spoke.

        A call that went on unrecorded, for want of space on the disk or whatever else, is told in
        the log as an error: somebody must act, and no caller has noticed.
        """
        since, upto = self._ended.span(now)
        while over := await self._unjudged(since, upto):
            verdicts = await asyncio.to_thread(self._verdicts, over, now)
            await transact(self._engine, Connection.execute, insert(recordings), verdicts)
            for verdict in verdicts:
                if not verdict["recorded"]:
                    log.error(
                        "ALARM: call %s was not recorded whole, %d s are kept; free space: %d MB",
                        verdict["call_id"], verdict["seconds"], free_megabytes(self._folder),
                    )  # fmt: skip
        self._ended.seen(upto)

    async def _unjudged(self, since: datetime, upto: datetime) -> list[Any]:
        query = (
            select(calls.c.call_id, calls.c.talk_ms)
            .outerjoin(recordings, recordings.c.call_id == calls.c.call_id)
            .where(
                calls.c.node == self._node,
                calls.c.ended_at > since,
                calls.c.ended_at <= upto,
                calls.c.answered_at.is_not(None),
                calls.c.outcome.in_(CONVERSATIONS),
                recordings.c.call_id.is_(None),
            )
            .limit(JUDGED_AT_ONCE)
        )
        async with reading(self._engine) as connection:
            return list(await connection.execute(query))

    def _verdicts(self, over: Iterable[Any], now: datetime) -> list[dict[str, Any]]:
        verdicts = []
        for call_id, talk_ms in over:
            kept = recorded_ms(file_of(self._folder, call_id))
            whole = kept > 0 and kept >= (talk_ms or 0) - SHORT_BY_MS
            verdicts.append(
                {
                    "call_id": call_id,
                    "recorded": whole,
                    "seconds": round(kept / 1000),
                    "judged_at": now,
                    "deleted_at": None,
                }
            )
        return verdicts

    async def sweep(self, now: datetime) -> None:
        """Delete what is older than the city keeps recordings; the calls say so afterwards."""
        before = now - self._keep
        deleted = await asyncio.to_thread(delete_older, self._folder, before)
        old = (recordings.c.deleted_at.is_(None)) & (recordings.c.judged_at < before)
        swept = update(recordings).where(old).values(deleted_at=now)
        await transact(self._engine, Connection.execute, swept)
        if deleted:
            log.info("%d recordings deleted, older than %d days", deleted, self._keep.days)


def delete_older(folder: Path, before: datetime) -> int:
    """Delete recordings last written before this moment; how many there were."""
    limit, count = before.timestamp(), 0
    for file in folder.glob("*.wav"):
        try:
            if file.stat().st_mtime < limit:
                file.unlink()
                count += 1
        except FileNotFoundError:
            continue
    return count


def free_megabytes(folder: Path) -> int:
    """Space left where recordings are written; 0 where it cannot be told."""
    try:
        usage = shutil.disk_usage(folder)
    except OSError:
        return 0
    return int(usage.free // 1_000_000)
