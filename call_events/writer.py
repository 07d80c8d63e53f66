"""The one writer of a node: everything of a batch in one transaction."""

import time
from collections.abc import Sequence
from copy import copy
from datetime import UTC, datetime
from typing import Any, Final, cast

from sqlalchemy import Connection, Table, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from database.engine import reading
from database.transaction import transact

from .agent_state import Agent, AgentState
from .brought import take_up
from .call_backs import keep_call_backs
from .call_state import Call, CallState, Outcome
from .changes import Changes, Draft
from .events import Event, EventType
from .tables import agent_states, call_events, calls

# Low bits of an event id: room for 16 nodes on one database without asking each other.
NODE_SLOTS: Final = 16
CALL_COLUMNS: Final = tuple(column.name for column in calls.columns)


class EventIds:
    """Ids that grow with time and never repeat: microseconds since 1970 in steps of 16, plus the
    node's own slot. They stay below 2^53, so a browser can hold them."""

    def __init__(self, slot: int, last: int) -> None:
        self._slot = slot
        self.last = last

    def next(self) -> int:
        """The clock may be set back or stand still; ids go on."""
        now = time.time_ns() // 1000 // NODE_SLOTS * NODE_SLOTS + self._slot
        self.last = now if now > self.last else self.last + NODE_SLOTS
        return self.last


class Writer:
    """Commits what the story changed, idempotently."""

    def __init__(self, engine: AsyncEngine, node: str, slot: int) -> None:
        self._engine = engine
        self._node = node
        self._slot = slot
        self._ids = EventIds(slot, slot)
        insert = postgresql.insert if engine.dialect.name == "postgresql" else sqlite.insert
        self._put_calls = _upsert(insert(calls), calls, "call_id")
        self._put_agents = _upsert(insert(agent_states), agent_states, "agent")
        self._put_events = insert(call_events).on_conflict_do_nothing(index_elements=["source"])

    async def open(self) -> tuple[list[Call], list[Agent]]:
        """Where the last recorder of this node stopped: its open calls and its agents."""
        async with reading(self._engine) as connection:
            newest = await connection.scalar(
                select(func.max(call_events.c.id)).where(
                    call_events.c.id % NODE_SLOTS == self._slot
                )
            )
            self._ids = EventIds(self._slot, newest or self._slot)
            return await self._open_calls(connection), await self._agents(connection)

    @property
    def newest_id(self) -> int:
        return self._ids.last

    async def commit(self, changes: Changes) -> list[Event]:
        """One transaction; returns the events that are new. Errors: SQLAlchemyError, OSError."""
        rows = [self._event_row(draft) for draft in changes.events]
        agents = [_agent_row(agent, self._node) for agent in changes.agents.values()]
        # Copies: their calls go on while they are being written.
        told = [copy(call) for call in changes.calls.values()]
        written = await transact(self._engine, self._write, told, changes.events, agents, rows)
        return [_event(row) for row in written]

    def _write(
        self,
        connection: Connection,
        told: list[Call],
        drafts: list[Draft],
        agents: list[dict[str, Any]],
        rows: list[dict[str, Any]],
    ) -> list[dict[str, Any]]:
        if told:
            connection.execute(self._put_calls, [_call_row(call) for call in told])
            keep_call_backs(connection, told)
        take_up(connection, drafts)
        if agents:
            connection.execute(self._put_agents, agents)
        if rows:
            written = connection.execute(self._put_events, rows)
            if written.rowcount != len(rows):
                return self._really_written(connection, rows)
        return rows

    def _event_row(self, draft: Draft) -> dict[str, Any]:
        return {
            "id": self._ids.next(),
            "type": draft.type,
            "at": draft.at,
            "call_id": draft.call_id,
            "agent": draft.agent,
            "data": draft.data,
            "source": draft.source,
        }

    def _really_written(
        self, connection: Connection, rows: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """Some were known before (told twice), or the driver does not count."""
        found = connection.execute(
            select(call_events.c.id).where(call_events.c.id.between(rows[0]["id"], rows[-1]["id"]))
        )
        ids = set(found.scalars())
        return [row for row in rows if row["id"] in ids]

    async def _open_calls(self, connection: AsyncConnection) -> list[Call]:
        mine = (calls.c.node == self._node) & (calls.c.state != CallState.ENDED)
        rows = (await connection.execute(select(calls).where(mine))).mappings().all()
        found = {row["call_id"]: call_of_row(dict(row)) for row in rows}
        counted = await connection.execute(
            select(call_events.c.call_id, call_events.c.type, func.count())
            .join(calls, calls.c.call_id == call_events.c.call_id)
            .where(mine)
            .group_by(call_events.c.call_id, call_events.c.type)
        )
        for call_id, kind, count in counted:
            found[call_id].counts[kind] = count
        return list(found.values())

    async def _agents(self, connection: AsyncConnection) -> list[Agent]:
        rows = await connection.execute(
            select(agent_states).where(agent_states.c.node == self._node)
        )
        return [_agent(dict(row)) for row in rows.mappings()]


async def events_since(engine: AsyncEngine, slot: int, last: int, limit: int) -> list[Event]:
    """Committed events of one node after an id, oldest first: what the stream has missed."""
    async with reading(engine) as connection:
        rows = await connection.execute(
            select(call_events)
            .where(call_events.c.id > last, call_events.c.id % NODE_SLOTS == slot)
            .order_by(call_events.c.id)
            .limit(limit)
        )
        return [_event(dict(row)) for row in rows.mappings()]


def _upsert(insert: Any, table: Table, key: str) -> Any:
    others: Sequence[str] = [column.name for column in table.columns if column.name != key]
    return insert.on_conflict_do_update(
        index_elements=[key], set_={name: insert.excluded[name] for name in others}
    )


def _call_row(call: Call) -> dict[str, Any]:
    return {name: getattr(call, name) for name in CALL_COLUMNS}


def call_of_row(row: dict[str, Any]) -> Call:
    """A call back from its row."""
    row["state"] = CallState(row["state"])
    row["outcome"] = Outcome(row["outcome"]) if row["outcome"] else None
    row["path"], row["transfers"] = list(row["path"]), list(row["transfers"])
    call = Call(**row)
    if call.state in (CallState.TALKING, CallState.HELD):
        call.talking_to, call.talking_since = call.agent, call.answered_at
    call.abandoned = call.wait_ms is not None and call.answered_at is None
    return call


def _agent_row(agent: Agent, node: str) -> dict[str, Any]:
    return {
        "agent": agent.agent,
        "node": node,
        "state": agent.state,
        "reason": agent.reason,
        "since": agent.since or datetime.now(UTC),
        "until": agent.until,
        "phone": agent.phone,
        "call_id": agent.call_id,
        "queues": sorted(agent.queues),
    }


def _agent(row: dict[str, Any]) -> Agent:
    agent = Agent(row["agent"], AgentState(row["state"]), row["reason"], row["since"])
    agent.until, agent.call_id = row["until"], row["call_id"]
    return agent


def _event(row: dict[str, Any]) -> Event:
    return Event(
        row["id"],
        EventType(row["type"]),
        cast(datetime, row["at"]),
        row["call_id"],
        row["agent"],
        row["data"],
    )
