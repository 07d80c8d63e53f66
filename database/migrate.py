"""Bring a database to the form this release needs."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from .engine import check_url, make_engine
from .errors import DatabaseUrlError

MIGRATIONS = Path(__file__).parent / "migrations"
# Two programs started together must not both create the tables (PostgreSQL; SQLite has one writer).
UPGRADE_LOCK = 12345_0001


def upgrade(url: str, revision: str = "head") -> None:
    """Create or change the tables, all in one transaction: whole or not at all.

    May be called with or without a running event loop. Errors: DatabaseUrlError.
    """
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, upgrade_async(url, revision)).result()


async def upgrade_async(url: str, revision: str = "head") -> None:
    """As `upgrade`, from inside an asyncio program."""
    engine = make_engine(url, pool_size=1)
    try:
        async with engine.begin() as connection:
            await connection.run_sync(_upgrade_on, revision)
    except (OSError, DBAPIError) as failure:
        raise _unusable(url, failure) from None
    finally:
        await engine.dispose()


async def current_revision(url: str) -> str | None:
    """The revision the database is at; None for an empty one. Errors: DatabaseUrlError."""
    engine = make_engine(url, pool_size=1)
    try:
        async with engine.connect() as connection:
            return await connection.run_sync(
                lambda sync: MigrationContext.configure(sync).get_current_revision()
            )
    except (OSError, DBAPIError) as failure:
        raise _unusable(url, failure) from None
    finally:
        await engine.dispose()


def newest_revision() -> str | None:
    """The revision this release needs."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def _upgrade_on(connection: Connection, revision: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": UPGRADE_LOCK})
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _unusable(url: str, failure: Exception) -> DatabaseUrlError:
    cause = str(getattr(failure, "orig", None) or failure).splitlines()[0]
    cause = cause.partition(">: ")[2] or cause
    shown = check_url(url).render_as_string(hide_password=True)
    return DatabaseUrlError(shown, f"无法打开({cause})", f"cannot be opened ({cause})")
