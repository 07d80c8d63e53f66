"""Logging in and out."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import APIRouter, Request, Response, status

from .access import (
    Anyone,
    Parts,
    address_of,
    digest_of,
    fanout_of,
    password_check_of,
)
from .schemas import LineRead, SessionCreate, UserRead
from .sessions import COOKIE, LIFETIME, log_in, log_out

router = APIRouter(tags=["session"])


@router.post("/session", status_code=status.HTTP_201_CREATED)
async def begin(form: SessionCreate, request: Request, response: Response, deps: Parts) -> UserRead:
    """Log in; the session's token travels only in a cookie that scripts cannot read."""
    login = await log_in(
        deps.engine,
        password_check_of(request),
        form.username,
        form.password,
        address_of(request),
        datetime.now(UTC),
    )
    previous = digest_of(request)
    if previous is not None:
        await log_out(deps.engine, previous)
        fanout_of(request).end_session(previous)
    response.set_cookie(
        COOKIE,
        login.token,
        max_age=int(LIFETIME.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=deps.https,
        path="/",
    )
    return UserRead.of(login.user)


@router.get("/session")
async def present(user: Anyone) -> UserRead:
    """Who is logged in."""
    return UserRead.of(user)


@router.delete("/session", status_code=status.HTTP_204_NO_CONTENT)
async def end(request: Request, response: Response, deps: Parts) -> None:
    """Log out; the sockets of this login close too."""
    digest = digest_of(request)
    if digest is not None:
        await log_out(deps.engine, digest)
        fanout_of(request).end_session(digest)
    response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict", secure=deps.https)


@router.get("/line")
async def line(deps: Parts) -> LineRead:
    """The name of the line, for the login page; nobody needs to be logged in."""
    city, main = deps.catalogue.city, deps.catalogue.main
    return LineRead(
        city=city.code,
        name_zh=main.name_zh,
        name_en=main.name_en,
        hotline_number=city.hotline_number,
    )
