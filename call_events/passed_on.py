"""Calls that went on to somebody else's people: a sub-centre, a partner, an emergency service."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Text, cast, exists, or_, select
from sqlalchemy.ext.asyncio import AsyncEngine

from database.engine import reading

from .agent_state import AgentState
from .tables import agent_states, brought_contexts, calls
from .transfers import REASONS

# Steps of the loop that dial others, and the rule of those that are an agent's transfers.
_LEGS: Final = ("subcentre", "emergency")
_TRANSFER_RULE: Final = "transfer"
# How a caller came there whom no agent sent: the number dialled leads there.
DIALLED: Final = "dialled"


@dataclass(frozen=True, slots=True)
class Way:
    """One way out of a call, to a target of the catalogue; `result` as transfers' are told."""

    target: str
    how: str
    result: str


@dataclass(frozen=True, slots=True)
class PassedOn:
    """A call that is over. `at_work`: an agent is still busy with what it left to do.

    `kind`: what a sub-centre that sent us the call said of its matter.
    """

    call_id: str
    hotline: str
    caller_id: str
    ended_at: datetime
    wants_expert: str | None
    steps: tuple[tuple[str, str], ...]
    ways: tuple[Way, ...]
    at_work: bool
    kind: str | None = None


async def passed_on(
    engine: AsyncEngine, node: str, since: datetime, upto: datetime
) -> list[PassedOn]:
    """Those that ended after `since` and not after `upto`. Errors: SQLAlchemyError, OSError."""
    busy = exists().where(
        agent_states.c.call_id == calls.c.call_id, agent_states.c.state == AgentState.WRAPUP
    )
    path = cast(calls.c.path, Text)
    brought = (
        select(brought_contexts.c.facts)
        .where(brought_contexts.c.call_id == calls.c.call_id)
        .limit(1)
        .scalar_subquery()
    )
    query = select(calls, busy.label("at_work"), brought.label("brought")).where(
        calls.c.node == node,
        calls.c.ended_at > since,
        calls.c.ended_at <= upto,
        or_(
            cast(calls.c.transfers, Text) != "[]",
            *(path.like(f'%"{leg}:%') for leg in _LEGS),
        ),
    )
    async with reading(engine) as connection:
        rows = (await connection.execute(query)).mappings().all()
    return [_of(row, ways) for row in map(dict, rows) if (ways := tuple(_ways(row)))]


def _of(row: Mapping[str, Any], ways: tuple[Way, ...]) -> PassedOn:
    return PassedOn(
        call_id=row["call_id"],
        hotline=row["hotline"],
        caller_id=row["caller_id"],
        ended_at=row["ended_at"],
        wants_expert=row["wants_expert"],
        steps=tuple((str(one["step"]), str(one["last"] or "")) for one in row["path"]),
        ways=ways,
        at_work=bool(row["at_work"]),
        kind=(row["brought"] or {}).get("kind"),
    )


def _ways(row: Mapping[str, Any]) -> Iterator[Way]:
    """What the loop passed on, where the caller spoke with somebody in the end, then transfers."""
    path: Sequence[Mapping[str, Any]] = row["path"] if row["answered_at"] is not None else ()
    for place, step in enumerate(path):
        leg, _, target = str(step["step"]).partition(":")
        if leg in _LEGS and step["reason"] != _TRANSFER_RULE:
            last = path[place + 1]["last"] if place + 1 < len(path) else row["dial_status"]
            answered = last == "ANSWER"
            result = "handed_over" if answered else REASONS.get(str(last), "unreachable")
            yield Way(target, DIALLED, result)
    for transfer in row["transfers"]:
        yield Way(transfer["target"], transfer["how"], transfer["result"])
