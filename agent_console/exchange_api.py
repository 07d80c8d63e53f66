"""What a sub-centre asks of us and tells us: the facts behind a key that goes with a call."""

from __future__ import annotations

import hmac
import logging
import re
import secrets
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Header, Request, status
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_events.events import EventType
from call_events.side_story import context_source, key_digest
from call_events.tables import BroughtContextRow, CallEventRow, CallRow
from tickets.desk import numbers_of_calls

from .access import Parts, address_of
from .audit import Look, note_look
from .brought import BroughtFacts
from .call_view import TransferView, call_json
from .deps import Deps
from .errors import Refused
from .login_throttle import count_use

log = logging.getLogger(__name__)
router = APIRouter(prefix="/exchange", tags=["exchange"])

# Per address and window of the throttle: a sub-centre asks once a call; who guesses gets few tries.
ASKED_MOST: Final = 3_000
# Contexts of one sub-centre that wait for their call; more than its calls of half an hour.
WAITING_MOST: Final = 2_000
WRONG_MOST: Final = 20
_BEARER: Final = re.compile(r"Bearer ([A-Za-z0-9]{16,128})")
# As it came in the INVITE (RFC 7433): the key in hex, then parameters.
_KEY: Final = re.compile(r"([0-9A-Fa-f]{16,64})(?:;[A-Za-z0-9=;_.-]{0,80})?")


class ContextRead(BaseModel):
    """A call's facts for the sub-centre that has it now; the number in full, since it will ask."""

    call_id: str
    dnis: str
    hotline: str
    caller_id: str
    arrived_at: datetime
    agent: str | None
    wants_expert: str | None
    transfers: list[TransferView]
    ticket_numbers: list[str]


class ContextCreated(BaseModel):
    """What to put into the INVITE, as it is, and until when it counts."""

    user_to_user: str
    expires_at: datetime


@router.post("/context", status_code=status.HTTP_201_CREATED)
async def deposit(
    form: BroughtFacts,
    request: Request,
    deps: Parts,
    authorization: Annotated[str, Header(max_length=200)] = "",
) -> ContextCreated:
    """Leave a call's facts with us before the call is sent: the agent who takes it has them."""
    now = datetime.now(UTC)
    centre = await _centre(deps, authorization, address_of(request), now)
    key = secrets.token_hex(16)
    until = now + timedelta(minutes=deps.catalogue.limits.context_minutes)
    row = BroughtContextRow(
        digest=key_digest(key),
        centre=centre,
        facts=form.model_dump(mode="json", exclude_none=True),
        deposited_at=now,
        expires_at=until,
    )
    async with AsyncSession(deps.engine) as session, session.begin():
        kept = BroughtContextRow
        waiting = (kept.centre == centre, kept.expires_at > now, kept.call_id.is_(None))
        if (await session.scalar(select(func.count()).where(*waiting)) or 0) >= WAITING_MOST:
            raise Refused("too_many", None, seconds=60)
        session.add(row)
    log.info("exchange: %s left a context for a call it will send", centre)
    return ContextCreated(user_to_user=f"{key};encoding=hex", expires_at=until)


@router.get("/context")
async def context(
    request: Request,
    deps: Parts,
    authorization: Annotated[str, Header(max_length=200)] = "",
    user_to_user: Annotated[str, Header(max_length=200)] = "",
) -> ContextRead:
    """The facts of the call whose `User-to-User` header is sent along, for this sub-centre alone.

    Unknown, expired and somebody else's keys are all `context_unknown`; which, the log says.
    """
    now, address = datetime.now(UTC), address_of(request)
    centre = await _centre(deps, authorization, address, now)
    key = _KEY.fullmatch(user_to_user.strip())
    async with AsyncSession(deps.engine) as session, session.begin():
        call = await _call_behind(session, deps, centre, key[1].lower() if key else "", now)
        if call is None:
            raise Refused("context_unknown")
        note_look(session, Look.CONTEXT, call.call_id, f"centre-{centre}", address, now)
        numbers = await numbers_of_calls(session, [call.call_id])
        facts = call_json(call, deps.catalogue, numbers.get(call.call_id, ()))
        return ContextRead.model_validate(
            facts | {"caller_id": call.caller_id, "hotline": call.hotline}
        )


async def _centre(deps: Deps, authorization: str, address: str, now: datetime) -> str:
    """Whose credential this is. Raises Refused."""
    await count_use(deps.engine, "exchange", address, ASKED_MOST, now)
    given = _BEARER.fullmatch(authorization)
    for centre, tokens in deps.exchange_tokens.items():
        for place, token in enumerate(tokens):
            if given and hmac.compare_digest(given[1], token):
                if place:
                    log.warning("exchange: %s uses a credential that soon counts no more", centre)
                return centre
    log.warning("exchange: a wrong credential from %s", address)
    await count_use(deps.engine, "exchange-wrong", address, WRONG_MOST, now)
    raise Refused("credential_wrong")


async def _call_behind(
    session: AsyncSession, deps: Deps, centre: str, key: str, now: datetime
) -> CallRow | None:
    event = await session.scalar(
        select(CallEventRow).where(
            CallEventRow.source == context_source(key),
            CallEventRow.type == EventType.CONTEXT_OFFERED,
        )
    )
    lasts = timedelta(minutes=deps.catalogue.limits.context_minutes)
    if event is None or event.call_id is None:
        why = "unknown"
    elif event.data.get("centre") != centre:
        why = "another sub-centre's"
    elif event.at + lasts < now:
        why = "expired"
    else:
        return await session.get(CallRow, event.call_id)
    log.warning("exchange: %s asked with a key that is %s", centre, why)
    return None
