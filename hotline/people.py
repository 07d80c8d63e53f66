"""`hotline user`: people who may log in."""

from __future__ import annotations

import asyncio

from agent_console.accounts import NewUser, User, create_user
from agent_console.errors import Refused, said
from database.engine import make_engine
from database.errors import DatabaseUrlError
from database.migrate import upgrade
from routing.loader import load_catalogue

from .sentences import CannotStart, Problem
from .settings import Settings


def add(settings: Settings, new: NewUser) -> User:
    """Create an account. Raises CannotStart with the console's own sentence."""
    seats = load_catalogue(settings.catalogue).index.seats.keys()
    settings.home.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def create() -> User:
        engine = make_engine(settings.database)
        try:
            return await create_user(engine, new, seats)
        finally:
            await engine.dispose()

    try:
        upgrade(settings.database)
        return asyncio.run(create())
    except Refused as refused:
        words = said(refused.code, refused.field, refused.facts)
        raise CannotStart(Problem(refused.code, str(words["zh"]), str(words["en"]))) from None
    except DatabaseUrlError as error:
        raise CannotStart(Problem(error.code, error.zh, error.en)) from None
