"""The truth from Asterisk's files, laid into the tables: what AMI missed, what was only guessed."""

import asyncio
import hashlib
import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, select, text, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine

from database.engine import reading
from database.transaction import transact

from .brought import take_up
from .call_backs import keep_call_backs
from .call_state import Call
from .changes import Draft
from .log_calls import CallRows, LogCalls
from .log_merge import COLUMNS, Correction, merge_call, merge_events
from .log_reader import LogReader, Place
from .log_story import Told, tell
from .tables import call_events, calls, log_positions
from .writer import NODE_SLOTS

# One transaction's worth: the recorder's own writes wait for it on SQLite.
BATCH: Final = 50
EVERY_SECONDS: Final = 0.3


@dataclass(slots=True)
class Filled:
    """What one pass changed; calls by their ids."""

    added: list[str] = field(default_factory=list)
    corrected: list[str] = field(default_factory=list)
    events: int = 0
    read: int = 0
    faults: int = 0

    def add(self, other: "Filled") -> None:
        self.added += other.added
        self.corrected += other.corrected
        self.events += other.events
        self.read += other.read


class Backfill:
    """Follows both logs of one node. One at a time: `read`, then `commit` of what it returned.

    `lag`: seconds between the newest row read and now while there is more to read, else 0.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        node: str,
        slot: int,
        folder: Path,
        hotlines: Mapping[str, tuple[str, str]],
    ) -> None:
        self.lag = 0.0
        self.filled = Filled()
        self._engine = engine
        self._node = node
        self._slot = slot
        self._folder = folder
        self._hotlines = hotlines
        self._calls = LogCalls()
        self._reader: LogReader | None = None
        self._saved: dict[str, Place] = {}
        # Where reading would have to begin again for each call that is not in the tables yet.
        self._begins: dict[str, dict[str, Place]] = {}

    @property
    def faults(self) -> int:
        """Lines that could not be used."""
        return len(self._reader.faults) if self._reader else 0

    @property
    def at_end(self) -> bool:
        return self._reader is not None and self._reader.at_end

    @property
    def settling(self) -> bool:
        """Whether a call has just ended, so that more may be written about it."""
        return any(rows.ended_at is not None for rows in self._calls.ours())

    async def open(self, *, from_start: bool = False) -> None:
        """Go on where the last reader of this node stopped."""
        if not from_start:
            async with reading(self._engine) as connection:
                found = await connection.execute(
                    select(log_positions).where(log_positions.c.node == self._node)
                )
                for row in found.mappings():
                    self._saved[row["log"]] = Place(row["inode"], row["offset"], row["head"])
        self._reader = LogReader(self._folder, self._saved)

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()

    async def read(self) -> list[Told]:
        """Read on; return the calls that are over. Each comes again until it is committed.

        Errors: OSError.
        """
        return await asyncio.to_thread(self._read)

    def told(self, known: Collection[str]) -> list[Told]:
        """Calls that go on, and of those that ended the ones in `known`, as far as was read."""
        return self._tell(
            rows for rows in self._calls.ours() if rows.ended_at is None or rows.call_id in known
        )

    async def commit(self, over: Sequence[Told], *, save: bool = True) -> Filled:
        """Lay these calls into the tables and save the position, in one transaction.

        Errors: SQLAlchemyError, OSError.
        """
        filled = Filled(read=len(over))
        position = self._position({told.call.call_id for told in over}) if save else self._saved
        if over or position != self._saved:
            await transact(self._engine, self._lay, over, filled, position if save else {})
        self._saved = position
        self.forget(over)
        self.filled.add(filled)
        return filled

    def forget(self, over: Iterable[Told]) -> None:
        """These are done with."""
        for told in over:
            self._calls.calls.pop(told.call.call_id, None)
            self._begins.pop(told.call.call_id, None)

    def _read(self) -> list[Told]:
        assert self._reader is not None
        before = self._reader.places()
        queue, cel = self._reader.queue.read(), self._reader.cel.read()
        self._calls.add(queue, cel)
        for call_id in self._calls.calls:
            self._begins.setdefault(call_id, before)
        at_end = self._reader.at_end
        newest = max([row.at for row in queue[-1:]] + [row.at for row in cel[-1:]], default=None)
        self.lag = 0.0 if at_end or newest is None else max(0.0, time.time() - newest.timestamp())
        over = self._calls.settled(datetime.now(UTC) if at_end else None)
        for gone in self._begins.keys() - self._calls.calls.keys():
            del self._begins[gone]
        return self._tell(over[:BATCH])

    def _tell(self, calls: Iterable[CallRows]) -> list[Told]:
        told = (tell(rows, self._node, self._hotlines) for rows in calls)
        return [one for one in told if one is not None]

    def _position(self, committed: set[str]) -> dict[str, Place]:
        """Before the first row of every call that is not in the tables yet."""
        assert self._reader is not None
        for call_id, place in self._begins.items():
            if call_id not in committed:
                return place
        return self._reader.places()

    def _lay(
        self,
        connection: Connection,
        over: Sequence[Told],
        filled: Filled,
        position: Mapping[str, Place],
    ) -> None:
        self._alone(connection)
        if over:
            self._merge(connection, over, filled)
        self._save(connection, position)

    def _alone(self, connection: Connection) -> None:
        """By hand and beside the recorder: one at a time (on SQLite every writer is alone)."""
        if connection.dialect.name == "postgresql":
            key = hashlib.sha256(f"backfill {self._node}".encode()).digest()[:7]
            connection.execute(
                text("SELECT pg_advisory_xact_lock(:key)"), {"key": int.from_bytes(key, "big")}
            )

    def _merge(self, connection: Connection, over: Sequence[Told], filled: Filled) -> None:
        ids = [told.call.call_id for told in over]
        found = connection.execute(select(calls).where(calls.c.call_id.in_(ids)))
        known = {row["call_id"]: dict(row) for row in found.mappings()}
        rows = connection.execute(select(call_events).where(call_events.c.call_id.in_(ids)))
        events: dict[str, list[dict[str, Any]]] = {}
        for event in rows.mappings():
            events.setdefault(event["call_id"], []).append(dict(event))
        changed: list[dict[str, Any]] = []
        missing: list[Draft] = []
        wrong: list[Correction] = []
        merged: list[Call] = []
        for told in over:
            call_id = told.call.call_id
            row = merge_call(known.get(call_id), told.call, steady=told.steady)
            merged.append(Call(**(row or known[call_id])))
            new, corrections = merge_events(
                events.get(call_id, []), told.events, steady=told.steady
            )
            take_up(connection, new)
            missing += new
            wrong += corrections
            if row is not None:
                changed.append(row)
            if call_id not in known:
                filled.added.append(call_id)
            elif row is not None or new or corrections:
                filled.corrected.append(call_id)
        filled.events = len(missing)
        self._put(connection, changed, missing, wrong)
        keep_call_backs(connection, merged)

    def _put(
        self,
        connection: Connection,
        changed: list[dict[str, Any]],
        missing: list[Draft],
        wrong: list[Correction],
    ) -> None:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        if changed:
            put = insert(calls)
            fresh = {name: put.excluded[name] for name in COLUMNS if name != "call_id"}
            connection.execute(
                put.on_conflict_do_update(index_elements=["call_id"], set_=fresh), changed
            )
        if missing:
            ids = self._free_ids(connection, missing)
            rows = [
                {
                    "id": number,
                    "type": draft.type,
                    "at": draft.at,
                    "call_id": draft.call_id,
                    "agent": draft.agent,
                    "data": draft.data,
                    "source": draft.source,
                }
                for number, draft in zip(ids, missing, strict=True)
            ]
            put = insert(call_events).on_conflict_do_nothing(index_elements=["source"])
            connection.execute(put, rows)
        for correction in wrong:
            connection.execute(
                update(call_events)
                .where(call_events.c.id == correction.id)
                .values(at=correction.at, data=correction.data)
            )

    def _free_ids(self, connection: Connection, drafts: Sequence[Draft]) -> list[int]:
        """Ids by the time it happened: in order for a reader, and behind what was published, so
        that no screen rings for a call of the past."""
        taken: set[int] = set()
        ids: list[int] = []
        for draft in drafts:
            number = round(draft.at.timestamp() * 1_000_000) // NODE_SLOTS * NODE_SLOTS + self._slot
            while number in taken:
                number += NODE_SLOTS
            taken.add(number)
            ids.append(number)
        while True:
            found = connection.execute(select(call_events.c.id).where(call_events.c.id.in_(ids)))
            used = set(found.scalars())
            if not used:
                return ids
            taken |= used
            for index, number in enumerate(ids):
                if number in used:
                    while number in taken:
                        number += NODE_SLOTS
                    taken.add(number)
                    ids[index] = number

    def _save(self, connection: Connection, position: Mapping[str, Place]) -> None:
        insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
        put = insert(log_positions)
        put = put.on_conflict_do_update(
            index_elements=["node", "log"],
            set_={name: put.excluded[name] for name in ("inode", "offset", "head")},
        )
        rows = [
            {
                "node": self._node,
                "log": log,
                "inode": at.inode,
                "offset": at.offset,
                "head": at.head,
            }
            for log, at in position.items()
        ]
        if rows:
            connection.execute(put, rows)


async def backfill(
    engine: AsyncEngine,
    node: str,
    slot: int,
    folder: Path,
    hotlines: Mapping[str, tuple[str, str]],
    since: datetime | None = None,
) -> Filled:
    """Read both logs and their rotated ones whole, once; only calls that ended since `since`.

    Leaves the saved position alone. Errors: SQLAlchemyError, OSError.
    """
    logs = Backfill(engine, node, slot, folder, hotlines)
    await logs.open(from_start=True)
    try:
        while True:
            over = await logs.read()
            wanted = [t for t in over if since is None or (t.call.ended_at or since) >= since]
            await logs.commit(wanted, save=False)
            logs.forget(over)
            if logs.at_end and not over and logs.settling:
                await asyncio.sleep(EVERY_SECONDS)
            elif logs.at_end and not over:
                logs.filled.faults = logs.faults
                return logs.filled
    finally:
        logs.close()
