"""The people who log in: their roles, and the one seat each agent sits at."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from database.engine import for_reading

from .errors import Refused
from .passwords import PASSWORD_LEAST, PASSWORD_MOST, hash_password
from .tables import SessionRow, UserRow

_USERNAME: Final = re.compile(r"[a-z][a-z0-9._-]{1,31}", re.ASCII)


class Role(StrEnum):
    """What somebody is here for: 坐席, 班长, 管理员, 承办员."""

    AGENT = "agent"
    SUPERVISOR = "supervisor"
    ADMIN = "admin"
    OFFICER = "officer"


class Language(StrEnum):
    """The languages of the page."""

    ZH = "zh"
    EN = "en"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who is logged in."""

    id: int
    username: str
    display_name: str
    role: Role
    extension: str | None
    language: Language


@dataclass(frozen=True, slots=True)
class Account:
    """An account as an administrator sees it."""

    user: User
    disabled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewUser:
    """An account to create; `role` and `language` are words, checked when it is created."""

    username: str
    password: str
    display_name: str
    role: str
    extension: str | None = None
    language: str = Language.ZH


async def create_user(engine: AsyncEngine, new: NewUser, seats: Collection[str]) -> User:
    """Create an account; `seats` are the catalogue's extensions. Raises `Refused`."""
    _check(new, seats)
    row = UserRow(
        username=new.username,
        password_hash=hash_password(new.password),
        display_name=new.display_name.strip(),
        role=new.role,
        extension=new.extension,
        language=new.language,
        disabled=False,
        created_at=datetime.now(UTC),
    )
    try:
        async with AsyncSession(engine, expire_on_commit=False) as session, session.begin():
            await _refuse_taken(session, new)
            session.add(row)
    except IntegrityError:
        # Somebody took the name or the seat between our look and our write (PostgreSQL).
        raise Refused("username_taken", "username", username=new.username) from None
    return user_of(row)


async def set_password(engine: AsyncEngine, username: str, password: str) -> None:
    """Give an existing account a new password; every login of it ends. Raises `Refused`."""
    _check_password(password)
    digest = hash_password(password)
    async with AsyncSession(engine) as session, session.begin():
        row = await _account(session, username)
        row.password_hash = digest
        await session.execute(delete(SessionRow).where(SessionRow.user_id == row.id))


async def accounts(engine: AsyncEngine) -> list[Account]:
    """Every account by name, closed ones too."""
    async with AsyncSession(for_reading(engine)) as session:
        rows = await session.scalars(select(UserRow).order_by(UserRow.username))
        return [Account(user_of(row), row.disabled, row.created_at) for row in rows]


async def set_disabled(engine: AsyncEngine, username: str, disabled: bool) -> None:
    """Close an account and end every login of it, or open it again. Raises `Refused`."""
    async with AsyncSession(engine) as session, session.begin():
        row = await _account(session, username)
        row.disabled = disabled
        if disabled:
            await session.execute(delete(SessionRow).where(SessionRow.user_id == row.id))


async def _account(session: AsyncSession, username: str) -> UserRow:
    row = await session.scalar(select(UserRow).where(UserRow.username == username))
    if row is None:
        raise Refused("username_unknown", "username", username=username)
    return row


def user_of(row: UserRow) -> User:
    """The account without its secrets."""
    return User(
        id=row.id,
        username=row.username,
        display_name=row.display_name,
        role=Role(row.role),
        extension=row.extension,
        language=Language(row.language),
    )


def _check(new: NewUser, seats: Collection[str]) -> None:
    if not _USERNAME.fullmatch(new.username):
        raise Refused("username_malformed", "username")
    _check_password(new.password)
    if not 1 <= len(new.display_name.strip()) <= 50 or not new.display_name.isprintable():
        raise Refused("display_name_malformed", "display_name")
    if new.role not in list(Role):
        raise Refused("role_unknown", "role")
    if new.language not in list(Language):
        raise Refused("language_unknown", "language")
    _check_seat(new, seats)


def _check_password(password: str) -> None:
    if len(password) < PASSWORD_LEAST:
        raise Refused("password_too_short", "password", least=PASSWORD_LEAST)
    if len(password) > PASSWORD_MOST:
        raise Refused("password_too_long", "password", most=PASSWORD_MOST)


def _check_seat(new: NewUser, seats: Collection[str]) -> None:
    if new.role != Role.AGENT:
        if new.extension is not None:
            raise Refused("extension_not_allowed", "extension")
        return
    if not new.extension:
        raise Refused("extension_missing", "extension")
    if new.extension not in seats:
        raise Refused("extension_unknown", "extension", extension=new.extension)


async def _refuse_taken(session: AsyncSession, new: NewUser) -> None:
    if await session.scalar(select(UserRow.id).where(UserRow.username == new.username)):
        raise Refused("username_taken", "username", username=new.username)
    if new.extension and await session.scalar(
        select(UserRow.id).where(UserRow.extension == new.extension)
    ):
        raise Refused("extension_taken", "extension", extension=new.extension)
