"""A login as an opaque token: the browser keeps it, the database keeps its digest."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from .accounts import User, user_of
from .errors import Refused
from .login_throttle import count_attempt, forget_attempts
from .passwords import PASSWORD_MOST, PasswordCheck
from .tables import SessionRow, UserRow

COOKIE: Final = "hotline_session"
# A shift and its overlap; an agent logs in once a day.
LIFETIME: Final = timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class Login:
    """A fresh login: the token goes into the cookie and nowhere else."""

    user: User
    token: str


def token_digest(token: str) -> str:
    """What the database knows of a token."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()


async def log_in(
    engine: AsyncEngine,
    check: PasswordCheck,
    username: str,
    password: str,
    address: str,
    now: datetime,
) -> Login:
    """Check a password and begin a session; raises `login_wrong` or `login_throttled`."""
    username = username.strip().lower()
    await count_attempt(engine, username, address, now)
    async with AsyncSession(engine) as session:
        row = await session.scalar(
            select(UserRow).where(UserRow.username == username, UserRow.disabled.is_(False))
        )
    right = await check.matches(password[: PASSWORD_MOST + 1], row.password_hash if row else None)
    if row is None or not right:
        raise Refused("login_wrong", "password")
    await forget_attempts(engine, username, address)
    token = secrets.token_urlsafe(32)
    async with AsyncSession(engine) as session, session.begin():
        await session.execute(delete(SessionRow).where(SessionRow.expires_at <= now))
        session.add(
            SessionRow(
                token_hash=token_digest(token),
                user_id=row.id,
                created_at=now,
                expires_at=now + LIFETIME,
            )
        )
    return Login(user_of(row), token)


async def user_of_session(engine: AsyncEngine, digest: str, now: datetime) -> User | None:
    """Whose live session this is; an account that was disabled has none."""
    async with AsyncSession(engine) as session:
        row = await session.scalar(
            select(UserRow)
            .join(SessionRow, SessionRow.user_id == UserRow.id)
            .where(
                SessionRow.token_hash == digest,
                SessionRow.expires_at > now,
                UserRow.disabled.is_(False),
            )
        )
    return user_of(row) if row is not None else None


async def live_sessions(engine: AsyncEngine, digests: Iterable[str], now: datetime) -> set[str]:
    """Those of the sessions that still hold."""
    async with AsyncSession(engine) as session:
        rows = await session.scalars(
            select(SessionRow.token_hash)
            .join(UserRow, SessionRow.user_id == UserRow.id)
            .where(
                SessionRow.token_hash.in_(list(digests)),
                SessionRow.expires_at > now,
                UserRow.disabled.is_(False),
            )
        )
        return set(rows.all())


async def log_out(engine: AsyncEngine, digest: str) -> None:
    """End the session; ending it twice is no fault."""
    async with AsyncSession(engine) as session, session.begin():
        await session.execute(delete(SessionRow).where(SessionRow.token_hash == digest))
