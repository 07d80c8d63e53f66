"""Tickets by telephone: which one a call left, and how one stands, for who knows its PIN."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Awaitable
from datetime import UTC, datetime
from typing import Any, Final, cast

from redis.asyncio import Redis
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from database.engine import for_reading
from database.transaction import transact
from routing.numbers import caller_number
from routing.progress import LOCKED, PIN_DIGITS, WRONG
from routing.steps import Call, Known

from .tables import TicketLookUpRow, TicketRow

DAY_DIGITS: Final = 8
WRONG_MOST: Final = 5
LOCK_SECONDS: Final = 3600
TRIES: Final = "hotline:pin:"


def pin_of(key: str, number: str) -> str:
    """The PIN of a ticket: made from its number and the line's key, and kept nowhere."""
    made = hmac.new(key.encode(), f"ticket-pin {number}".encode(), hashlib.sha256).digest()
    return f"{int.from_bytes(made[:8]) % 10**PIN_DIGITS:0{PIN_DIGITS}d}"


class TicketsByTelephone:
    """What the loop may say about tickets. Errors: SQLAlchemyError, OSError, RedisError."""

    def __init__(self, engine: AsyncEngine, redis: Redis, prefix: str, key: str) -> None:
        self._engine = engine
        self._redis = redis
        self._prefix = prefix
        self._key = key

    async def of_call(self, call_id: str) -> Known:
        """Number and PIN of the newest ticket opened on a call; empty when there is none."""
        newest = (
            select(TicketRow.number)
            .where(TicketRow.call_id == call_id)
            .order_by(TicketRow.created_at.desc())
            .limit(1)
        )
        async with AsyncSession(for_reading(self._engine)) as session:
            number = await session.scalar(newest)
        return Known(ticket=number, pin=pin_of(self._key, number)) if number else Known()

    async def progress(self, call: Call) -> Known:
        """The state of the ticket keyed in; five wrong PINs an hour lock a ticket, and a caller.

        Each look-up leaves a row. Whether a ticket exists is not told to who lacks its PIN.
        """
        number = self._number(call.keyed.number)
        told = await self._told(number, call)
        row = {"number": number, "call_id": call.call_id, "at": datetime.now(UTC), "told": told}
        # A database that somebody else keeps busy must not hold the caller who gives up on it.
        await transact(
            self._engine, lambda database: database.execute(insert(TicketLookUpRow), row)
        )
        return Known(progress=told)

    async def _told(self, number: str, call: Call) -> str:
        places = [f"{TRIES}ticket:{number}"]
        if caller := caller_number(call.caller_id):
            places.append(f"{TRIES}caller:{caller}")
        tries = await cast(Awaitable[list[bytes | None]], self._redis.mget(places))
        if any(int(count or 0) >= WRONG_MOST for count in tries):
            return LOCKED
        async with AsyncSession(for_reading(self._engine)) as session:
            ticket = await session.get(TicketRow, number)
        right = hmac.compare_digest(pin_of(self._key, number), call.keyed.pin)
        if ticket is not None and right:
            return ticket.state
        counting = self._redis.pipeline(transaction=True)
        for place in places:
            counting.incr(place)
            counting.expire(place, LOCK_SECONDS, nx=True)
        await cast(Awaitable[Any], counting.execute())
        return WRONG

    def _number(self, digits: str) -> str:
        """20261122000123 → NJ20261122-000123."""
        return f"{self._prefix}{digits[:DAY_DIGITS]}-{digits[DAY_DIGITS:]}"
