"""What can be wrong with where we keep things, said so that an operator can act on it."""

# Not frozen: contextlib assigns __traceback__ to an exception that passes through it.

from dataclasses import dataclass
from typing import Final

from asyncpg import InterfaceError, PostgresError  # type: ignore[import-untyped]
from sqlalchemy.exc import SQLAlchemyError

# What a database that is away raises. While a connection is being made, SQLAlchemy lets the
# driver's own errors through: ConnectionRefusedError, "the database system is starting up".
AWAY: Final = (SQLAlchemyError, OSError, PostgresError, InterfaceError)


@dataclass(eq=False)
class DatabaseUrlError(Exception):
    """The database URL cannot be used; `shown` is the URL without its password."""

    shown: str
    zh_what: str
    en_what: str

    code = "database_url_wrong"

    @property
    def zh(self) -> str:
        return f"数据库地址 {self.shown}:{self.zh_what}"

    @property
    def en(self) -> str:
        return f"database URL {self.shown}: {self.en_what}"

    def __str__(self) -> str:
        return self.en
