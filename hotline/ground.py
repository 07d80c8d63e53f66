"""What a line stands on before it starts: the tables of its database, and the demo's logins.

Done in a process of its own, which ends: what it needs is 40 MB that `hotline up` would keep for as
long as the line runs.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import TYPE_CHECKING

from . import composition
from .composition import DEMO_PEOPLE, Line
from .sentences import CannotStart, Problem
from .settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


def lay_ground(settings: Settings, demo: bool) -> None:
    """Bring the tables up to date; with `demo`, make its logins. Raises CannotStart."""
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as process:
        process.submit(_lay, settings, demo).result()


def _lay(settings: Settings, demo: bool) -> None:
    import asyncio

    from agent_console.errors import Refused, said
    from database.engine import make_engine
    from database.errors import DatabaseUrlError
    from database.migrate import upgrade

    async def people() -> None:
        engine = make_engine(settings.database)
        try:
            await _make_demo_people(composition.line(settings, demo), engine)
        finally:
            await engine.dispose()

    try:
        upgrade(settings.database)
        if demo:
            asyncio.run(people())
    except Refused as refused:
        words = said(refused.code, refused.field, refused.facts)
        raise CannotStart(Problem(refused.code, words["zh"], words["en"])) from None
    except DatabaseUrlError as error:
        raise CannotStart(Problem(error.code, error.zh, error.en)) from None


async def _make_demo_people(line: Line, engine: AsyncEngine) -> None:
    """The demo's logins, with the passwords of the file of secrets."""
    from agent_console.accounts import NewUser, create_user, set_password
    from agent_console.errors import Refused

    for username, (role, name, extension) in DEMO_PEOPLE.items():
        password = line.passwords.demo[username]
        new = NewUser(username, password, name, role, extension)
        try:
            await create_user(engine, new, line.catalogue.index.seats.keys())
        except Refused as refused:
            if refused.code != "username_taken":
                raise
            await set_password(engine, username, password)
