"""Guessing passwords is slow: few attempts per user name and address in a window."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from ipaddress import IPv6Address, IPv6Network
from typing import Final

from sqlalchemy import case, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from .errors import Refused
from .tables import LoginAttemptRow

WINDOW: Final = timedelta(minutes=5)
PER_USER_AND_ADDRESS: Final = 5
# A hall of desks behind one address logs in at shift change; only the failed ones stay counted.
PER_ADDRESS: Final = 100
# Past this many rows the oldest windows go first: an attacker fills no disk.
ROWS_MOST: Final = 10_000


def _key(address: str, username: str = "") -> str:
    return hashlib.sha256(f"{username}\0{_place(address)}".encode()).hexdigest()


def _place(address: str) -> str:
    """An IPv6 subscriber has a /64 of addresses and is still one place."""
    try:
        ip = IPv6Address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ip.ipv4_mapped or IPv6Network((int(ip), 64), strict=False))


async def count_attempt(engine: AsyncEngine, username: str, address: str, now: datetime) -> None:
    """Count a login before its password is checked; raises `login_throttled` over the limit.

    Counted first, so that a hundred guesses at the same moment do not all pass.
    """
    async with AsyncSession(engine) as session, session.begin():
        await session.execute(delete(LoginAttemptRow).where(LoginAttemptRow.ends_at <= now))
        wait = await _count(session, _key(address), PER_ADDRESS, now)
        if wait <= timedelta(0):
            # Only now: an address over its limit must not push other counts out of the table.
            wait = await _count(session, _key(address, username), PER_USER_AND_ADDRESS, now)
        await _forget_oldest(session)
    if wait > timedelta(0):
        seconds = max(1, int(wait.total_seconds()))
        raise Refused("login_throttled", None, seconds=seconds)


async def count_use(engine: AsyncEngine, what: str, address: str, most: int, now: datetime) -> None:
    """Count one use of something from an address; raises `too_many` over `most` a window."""
    async with AsyncSession(engine) as session, session.begin():
        await session.execute(delete(LoginAttemptRow).where(LoginAttemptRow.ends_at <= now))
        wait = await _count(session, _key(address, f"\0{what}"), most, now)
        await _forget_oldest(session)
    if wait > timedelta(0):
        raise Refused("too_many", None, seconds=max(1, int(wait.total_seconds())))


async def forget_attempts(engine: AsyncEngine, username: str, address: str) -> None:
    """After a right password: its own count starts again, the address gets one back."""
    async with AsyncSession(engine) as session, session.begin():
        await session.execute(
            delete(LoginAttemptRow).where(LoginAttemptRow.key == _key(address, username))
        )
        await session.execute(
            update(LoginAttemptRow)
            .where(LoginAttemptRow.key == _key(address), LoginAttemptRow.attempts > 0)
            .values(attempts=LoginAttemptRow.attempts - 1)
        )


async def _count(session: AsyncSession, key: str, limit: int, now: datetime) -> timedelta:
    """How long to wait; zero if this attempt may go on."""
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    over = LoginAttemptRow.attempts > limit
    counted = await session.execute(
        insert(LoginAttemptRow)
        .values(key=key, attempts=1, ends_at=now + WINDOW)
        .on_conflict_do_update(
            index_elements=[LoginAttemptRow.key],
            # Over the limit the number stands still: nothing grows without bound.
            set_={
                "attempts": case(
                    (over, LoginAttemptRow.attempts), else_=LoginAttemptRow.attempts + 1
                )
            },
        )
        .returning(LoginAttemptRow.attempts, LoginAttemptRow.ends_at)
    )
    attempts, ends_at = counted.one()
    return ends_at - now if attempts > limit else timedelta(0)


async def _forget_oldest(session: AsyncSession) -> None:
    oldest_kept = await session.scalar(
        select(LoginAttemptRow.ends_at)
        .order_by(LoginAttemptRow.ends_at.desc())
        .offset(ROWS_MOST)
        .limit(1)
    )
    if oldest_kept is not None:
        await session.execute(delete(LoginAttemptRow).where(LoginAttemptRow.ends_at <= oldest_kept))
