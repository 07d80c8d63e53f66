"""Who was promised a call is rung when the held place is next: our own line of those who hung up.

A place is next when nobody who came earlier still waits, or when more agents are free than callers
wait. Each attempt is written down before Asterisk is asked, so a number is rung at most once for it
whatever dies in between; what became of it is told by the call itself.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from database.engine import reading
from database.errors import AWAY
from database.transaction import transact
from routing.catalogue import CallBacks
from routing.numbers import caller_number, dialable

from .agent_state import AgentState
from .call_backs import CallBackState, Why
from .call_state import CallState
from .control import Control
from .tables import agent_states, call_backs, calls

log = logging.getLogger(__name__)

EVERY_SECONDS: Final = 1.0
# From the end of the ringing to the first step in the table.
SEEN_SECONDS: Final = 10
# Who is at the front anyway is rung for one agent in ten; more would wait for them with us.
SHARE: Final = 10
AT_ONCE: Final = 50
_STAFFED: Final = (AgentState.READY, AgentState.RINGING, AgentState.TALKING, AgentState.WRAPUP)


@dataclass(frozen=True, slots=True)
class Hall:
    """The general queue now: agents free and there at all, and since when each caller waits."""

    free: int
    staffed: int
    waiting: Sequence[datetime]
    on_the_line: frozenset[str]
    ringing: int

    def room(self, since: datetime) -> int:
        """How many more may be rung for a place held since then."""
        spare = max(0, self.free - len(self.waiting))
        if not spare and self.staffed and not any(came < since for came in self.waiting):
            spare = max(1, self.staffed // SHARE)
        return spare - self.ringing


class RingBack:
    """Rings those who were promised a call, oldest place first. One at a time per node."""

    def __init__(
        self, engine: AsyncEngine, control: Control, node: str, queue: str, rule: CallBacks
    ) -> None:
        self._engine = engine
        self._control = control
        self._node = node
        self._queue = queue
        self._rule = rule

    async def run(self) -> None:
        """Ring until cancelled."""
        while True:
            try:
                while await self.turn(datetime.now(UTC)):
                    pass
            except AWAY as failure:
                log.error("nobody is rung back, trying again: %s", type(failure).__name__)
            await asyncio.sleep(EVERY_SECONDS)

    async def turn(self, now: datetime) -> bool:
        """Ring the next one whose turn it is; False when there is none. Errors: SQLAlchemyError."""
        await self._give_up(now)
        due = await self._due(now)
        if not due:
            return False
        hall = await self._hall()
        for row in due:
            if row["caller"] not in hall.on_the_line and hall.room(row["since"]) > 0:
                return await self._ring(row, now)
        return False

    async def _due(self, now: datetime) -> list[dict[str, Any]]:
        async with reading(self._engine) as connection:
            found = await connection.execute(
                select(call_backs)
                .where(
                    call_backs.c.state == CallBackState.OPEN,
                    call_backs.c.why == Why.PROMISED,
                    call_backs.c.node == self._node,
                    call_backs.c.due <= now,
                    call_backs.c.attempts < self._rule.attempts,
                )
                .order_by(call_backs.c.since, call_backs.c.id)
                .limit(AT_ONCE)
            )
            return [dict(row) for row in found.mappings() if dialable(row["caller"])]

    async def _hall(self) -> Hall:
        async with reading(self._engine) as connection:
            agents = await connection.execute(
                select(agent_states.c.state, agent_states.c.queues).where(
                    agent_states.c.node == self._node
                )
            )
            doing = [state for state, queues in agents if self._queue in queues]
            live = await connection.execute(
                select(calls.c.state, calls.c.queue, calls.c.caller_id, calls.c.arrived_at).where(
                    calls.c.node == self._node, calls.c.state != CallState.ENDED
                )
            )
            there = live.all()
            ringing = await connection.execute(
                select(call_backs.c.id).where(call_backs.c.state == CallBackState.RINGING)
            )
            in_queue = (CallState.QUEUED, CallState.RINGING)
            return Hall(
                free=doing.count(AgentState.READY),
                staffed=sum(state in _STAFFED for state in doing),
                waiting=[at for state, queue, _, at in there
                         if state in in_queue and queue == self._queue],
                on_the_line=frozenset(caller_number(caller) for _, _, caller, _ in there),
                ringing=len(ringing.all()),
            )  # fmt: skip

    async def _ring(self, row: dict[str, Any], now: datetime) -> bool:
        attempt = row["attempts"] + 1
        call_id = f"{self._node}-callback-{row['id']}-{attempt}.{round(now.timestamp())}"
        until = now + timedelta(seconds=self._rule.ring_seconds + SEEN_SECONDS)
        claim = (
            update(call_backs)
            .where(
                call_backs.c.id == row["id"],
                call_backs.c.state == CallBackState.OPEN,
                call_backs.c.attempts == row["attempts"],
            )
            .values(
                state=CallBackState.RINGING,
                attempts=attempt,
                ring_call=call_id,
                due=until,
                changed_at=now,
            )
        )
        claimed = await transact(self._engine, Connection.execute, claim)
        if claimed.rowcount != 1:
            return True  # somebody has just taken it
        outcome = await self._control.ring_back(
            row["caller"], call_id, row["hotline"], self._rule.trunk or "", self._rule.ring_seconds
        )
        if not outcome.done:
            log.warning("not rung back: %s", outcome.reason, extra={"call_back": row["id"]})
        return outcome.done

    async def _give_up(self, now: datetime) -> None:
        """Who did not answer is rung again later; after the last attempt it is for people."""
        async with reading(self._engine) as connection:
            found = await connection.execute(
                select(call_backs.c.id, call_backs.c.ring_call, call_backs.c.attempts).where(
                    call_backs.c.state == CallBackState.RINGING,
                    call_backs.c.node == self._node,
                    call_backs.c.due <= now,
                )
            )
            late = found.all()
            going_on = await connection.execute(
                select(calls.c.call_id).where(
                    calls.c.call_id.in_([ring_call for _, ring_call, _ in late]),
                    calls.c.state != CallState.ENDED,
                )
            )
            answered = set(going_on.scalars())
        for call_back, ring_call, attempts in late:
            if ring_call in answered:
                continue
            last = attempts >= self._rule.attempts
            again = now if last else now + timedelta(minutes=self._rule.minutes_between)
            given_up = (
                update(call_backs)
                .where(call_backs.c.id == call_back, call_backs.c.state == CallBackState.RINGING)
                .values(state=CallBackState.OPEN, due=again, changed_at=now)
            )
            await transact(self._engine, Connection.execute, given_up)
