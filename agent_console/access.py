"""Who asks, and whether their role may."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, cast

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from .accounts import Role, User
from .deps import Deps
from .errors import Refused
from .fanout import Fanout
from .passwords import PasswordCheck
from .sessions import COOKIE, token_digest, user_of_session


def deps_of(connection: HTTPConnection) -> Deps:
    """The parts this console was built from."""
    return cast(Deps, connection.app.state.deps)


def fanout_of(connection: HTTPConnection) -> Fanout:
    """The one stream follower of this process."""
    return cast(Fanout, connection.app.state.fanout)


def password_check_of(connection: HTTPConnection) -> PasswordCheck:
    """The bounded argon2 of this process."""
    return cast(PasswordCheck, connection.app.state.password_check)


def address_of(connection: HTTPConnection) -> str:
    """Where the request came from; behind a proxy uvicorn has already put it right."""
    return connection.client.host if connection.client else "unknown"


def digest_of(connection: HTTPConnection) -> str | None:
    """The digest of the cookie's token, or None without one."""
    token = connection.cookies.get(COOKIE)
    return token_digest(token) if token and len(token) <= 128 else None


async def user_of_connection(connection: HTTPConnection) -> User | None:
    """Who is logged in on this connection."""
    digest = digest_of(connection)
    if digest is None:
        return None
    return await user_of_session(deps_of(connection).engine, digest, datetime.now(UTC))


async def logged_in(request: Request) -> User:
    """Whoever is logged in; raises `not_logged_in`."""
    user = await user_of_connection(request)
    if user is None:
        raise Refused("not_logged_in")
    return user


def only(*roles: Role) -> Callable[[User], Awaitable[User]]:
    """A dependency that lets only these roles pass."""

    async def checked(user: Annotated[User, Depends(logged_in)]) -> User:
        if user.role not in roles:
            raise Refused("role_not_allowed")
        return user

    return checked


async def _agent(user: Annotated[User, Depends(only(Role.AGENT))]) -> User:
    return user


Parts = Annotated[Deps, Depends(deps_of)]
Anyone = Annotated[User, Depends(logged_in)]
Agent = Annotated[User, Depends(_agent)]
Overseer = Annotated[User, Depends(only(Role.SUPERVISOR, Role.ADMIN))]
Desk = Annotated[User, Depends(only(Role.AGENT, Role.SUPERVISOR, Role.ADMIN))]


def oversees(user: User) -> bool:
    """True for those who see every call and every agent."""
    return user.role in (Role.SUPERVISOR, Role.ADMIN)


def seat_of(user: User) -> str:
    """The agent's extension; an agent without one cannot be created."""
    if user.extension is None:
        raise Refused("role_not_allowed")
    return user.extension
