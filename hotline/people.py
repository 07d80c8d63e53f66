"""`hotline user`: people who may log in."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncEngine

from agent_console.accounts import (
    Account,
    NewUser,
    User,
    accounts,
    create_user,
    set_disabled,
    set_password,
)
from agent_console.errors import Refused, said
from database.engine import make_engine
from database.errors import DatabaseUrlError
from database.migrate import upgrade
from routing.loader import load_catalogue

from . import composition
from .composition import DEMO_PEOPLE, own
from .sentences import CannotStart, Problem
from .settings import Settings

T = TypeVar("T")


def add(settings: Settings, new: NewUser) -> User:
    """Create an account. Raises CannotStart with the console's own sentence."""
    seats = load_catalogue(settings.catalogue).index.seats.keys()
    return _with_accounts(settings, lambda engine: create_user(engine, new, seats))


def prepare(settings: Settings, demo: bool) -> None:
    """Make the tables; with `demo`, its logins with the passwords of the file of secrets. Raises
    CannotStart."""
    line = composition.line(settings, demo)
    seats = line.catalogue.index.seats.keys()

    async def make(engine: AsyncEngine) -> None:
        for username, (role, name, extension) in DEMO_PEOPLE.items() if demo else ():
            password = line.passwords.demo[username]
            new = NewUser(username, password, name, role, extension)
            try:
                await create_user(engine, new, seats)
            except Refused as refused:
                if refused.code != "username_taken":
                    raise
                await set_password(engine, username, password)

    _with_accounts(settings, make)


def listed(settings: Settings) -> list[Account]:
    """Every account by name."""
    return _with_accounts(settings, accounts)


def change_password(settings: Settings, username: str, password: str) -> None:
    """Give somebody a new password; every login of theirs ends. Raises CannotStart."""
    _with_accounts(settings, lambda engine: set_password(engine, username, password))


def let_in(settings: Settings, username: str, allowed: bool) -> None:
    """Close an account, which ends every login of it, or open it again. Raises CannotStart."""
    _with_accounts(settings, lambda engine: set_disabled(engine, username, not allowed))


def _with_accounts(settings: Settings, work: Callable[[AsyncEngine], Awaitable[T]]) -> T:
    own(settings.home)

    async def done() -> T:
        engine = make_engine(settings.database)
        try:
            return await work(engine)
        finally:
            await engine.dispose()

    try:
        upgrade(settings.database)
        return asyncio.run(done())
    except Refused as refused:
        words = said(refused.code, refused.field, refused.facts)
        raise CannotStart(Problem(refused.code, str(words["zh"]), str(words["en"]))) from None
    except DatabaseUrlError as error:
        raise CannotStart(Problem(error.code, error.zh, error.en)) from None
