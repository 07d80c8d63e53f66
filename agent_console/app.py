"""The console as one ASGI application."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from redis.exceptions import RedisError
from starlette.exceptions import HTTPException

from database.errors import AWAY
from tickets.errors import TicketRefused

from . import (
    agent_api,
    audit_api,
    call_backs_api,
    calls_api,
    catalogue_api,
    exchange_api,
    figures_api,
    floor_api,
    health,
    messages_api,
    metrics,
    people_api,
    recordings_api,
    session_api,
    simulate_api,
    socket,
    tickets_api,
    transfers_api,
)
from .deps import Deps
from .errors import Refused, said, sentence_for
from .fanout import Fanout
from .floor import Floor
from .pages import Pages
from .passwords import PasswordCheck
from .schemas import Refusal
from .shield import Shield
from .validation import refuse_form

log = logging.getLogger(__name__)

_ROOMS = (
    session_api,
    agent_api,
    audit_api,
    catalogue_api,
    calls_api,
    call_backs_api,
    recordings_api,
    transfers_api,
    exchange_api,
    tickets_api,
    messages_api,
    people_api,
    floor_api,
    figures_api,
    simulate_api,
)


# What uvicorn is to be told. Compression would cost each small message CPU and each socket a
# third of a megabyte; a client's message is never large. This implementation delivers 80 k
# messages a second, the default 50 k.
SERVER: Final[dict[str, Any]] = {
    "ws": "websockets-sansio",
    "ws_max_size": 65_536,
    "ws_per_message_deflate": False,
}


def create_app(deps: Deps) -> FastAPI:
    """The whole console; its stream follower runs for as long as the application does."""
    floor = Floor(deps.engine, deps.catalogue, deps.redis, deps.node)

    async def snapshot() -> dict[str, Any]:
        return (await floor.read()).model_dump(mode="json")

    fanout = Fanout(deps.engine, deps.redis, deps.catalogue, snapshot)

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with fanout.running():
            yield

    app = FastAPI(
        title="12345",
        summary="The agents' console of a city's 12345 line",
        version="1",
        lifespan=lifespan,
        # The documentation pages load scripts from elsewhere, which the policy forbids.
        docs_url=None,
        redoc_url=None,
        responses={"default": {"model": Refusal, "description": "A refusal, said twice"}},
    )
    app.state.deps, app.state.floor, app.state.fanout = deps, floor, fanout
    app.state.password_check = PasswordCheck()
    api = APIRouter(prefix="/api/v1")
    for room in _ROOMS:
        api.include_router(room.router)
    app.include_router(api)
    app.include_router(health.router)
    app.include_router(metrics.router)
    app.include_router(socket.router)
    app.mount("/", Pages(deps.pages))
    _refuse_in_both_languages(app)
    app.add_middleware(Shield, phone_ws_url=deps.phone.ws_url)
    return app


def _refuse_in_both_languages(app: FastAPI) -> None:
    app.add_exception_handler(Refused, _refused)
    app.add_exception_handler(TicketRefused, _refused)
    app.add_exception_handler(RequestValidationError, refuse_form)
    app.add_exception_handler(HTTPException, _http)
    for kind in AWAY:
        app.add_exception_handler(kind, _database_away)
    app.add_exception_handler(RedisError, _stream_away)
    app.add_exception_handler(Exception, _unexpected)


async def _refused(_request: Request, failure: Exception) -> JSONResponse:
    assert isinstance(failure, Refused | TicketRefused)
    facts = failure.facts if isinstance(failure, Refused) else {}
    answer = _answer(failure.code, failure.field, facts)
    if "seconds" in facts:
        answer.headers["retry-after"] = str(facts["seconds"])
    return answer


async def _http(_request: Request, failure: Exception) -> JSONResponse:
    assert isinstance(failure, HTTPException)
    codes = {404: "not_found", 405: "method_not_allowed"}
    code = codes.get(failure.status_code, "body_malformed")
    return JSONResponse(said(code), status_code=failure.status_code, headers=failure.headers)


async def _database_away(_request: Request, failure: Exception) -> JSONResponse:
    # Only the kind of failure: SQLAlchemy's text repeats the values, a caller's number too.
    log.error("database: %s", type(failure).__name__)
    return _answer("database_unavailable")


async def _stream_away(_request: Request, failure: Exception) -> JSONResponse:
    log.error("redis: %s", type(failure).__name__)
    return _answer("stream_unavailable")


async def _unexpected(_request: Request, failure: Exception) -> JSONResponse:
    return _answer("internal")


def _answer(
    code: str, field: str | None = None, facts: dict[str, object] | None = None
) -> JSONResponse:
    return JSONResponse(said(code, field, facts), status_code=sentence_for(code).status)
