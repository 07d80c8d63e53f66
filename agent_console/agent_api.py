"""What an agent does with the phone: ready, pause, wrap-up, offline, hang up."""

from __future__ import annotations

import logging
from datetime import UTC, datetime

from fastapi import APIRouter
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from call_events.agent_state import AgentState
from call_events.outcome import ActionOutcome, ActionStatus
from call_events.tables import AgentStateRow, CallRow
from database.engine import for_reading
from insight.intervals import Span, local_midnight
from insight.report import agent_day
from tickets.tables import TicketRow

from .access import Agent, Parts, seat_of
from .call_view import CallView, call_json
from .catalogue_api import queue_read
from .deps import Deps
from .errors import Refused
from .schemas import (
    AgentRead,
    DeskPhoneRead,
    Done,
    PauseCreate,
    PhoneRead,
    ReadyCreate,
    TodayRead,
)

log = logging.getLogger(__name__)
router = APIRouter(prefix="/me", tags=["agent"])

# What Asterisk's refusal means to an agent; any other word is for our log, not for the page.
_REFUSALS = {
    "link_down": "asterisk_unavailable",
    "not_member": "not_signed_in",
    "no_such_channel": "no_call",
    "not_recorded": "not_recorded",
    "no_queues": "seat_without_queue",
    "queue_unknown": "queue_not_applied",
}


@router.get("/phone")
async def phone(user: Agent, deps: Parts) -> PhoneRead:
    """How this seat's phones register."""
    seat, address = seat_of(user), deps.phone
    password = deps.seat_passwords.get(seat)
    if not password:
        raise Refused("seat_without_phone")
    return PhoneRead(
        ws_url=address.ws_url,
        sip_uri=f"sip:{seat}-web@{address.sip_host}",
        user=f"{seat}-web",
        password=password,
        extension=seat,
        desk=DeskPhoneRead(
            user=f"{seat}-desk",
            host=address.sip_host,
            port=address.sip_port,
            password=password,
        ),
    )


@router.get("/agent")
async def agent(user: Agent, deps: Parts) -> AgentRead:
    """What this agent is doing."""
    seat = seat_of(user)
    async with AsyncSession(for_reading(deps.engine)) as session:
        state = await session.get(AgentStateRow, seat)
        call = await session.get(CallRow, state.call_id) if state and state.call_id else None
    queues = deps.catalogue.seat_queues(seat)
    return AgentRead(
        extension=seat,
        state=state.state if state else AgentState.OFFLINE,
        reason=state.reason if state else None,
        since=state.since if state else None,
        until=state.until if state else None,
        phone=state.phone if state else None,
        call=CallView.model_validate(call_json(call, deps.catalogue)) if call else None,
        queues=[
            queue_read(queue, queues[queue.name])
            for queue in deps.catalogue.queues
            if queue.name in queues
        ],
    )


@router.get("/today")
async def today(user: Agent, deps: Parts) -> TodayRead:
    """This agent's own figures since local midnight."""
    seat, now = seat_of(user), datetime.now(UTC)
    midnight = local_midnight(now, deps.catalogue.index.zone)
    figures = await agent_day(deps.engine, seat, Span(midnight, now))
    async with AsyncSession(for_reading(deps.engine)) as session:
        tickets = await session.scalar(
            select(func.count()).where(
                TicketRow.created_by == user.username, TicketRow.created_at >= midnight
            )
        )
    return TodayRead(
        answered=figures.answered,
        missed=figures.missed,
        talk_ms=figures.talk_ms,
        tickets=tickets or 0,
    )


@router.post("/agent/ready")
async def ready(form: ReadyCreate, user: Agent, deps: Parts) -> Done:
    """Take calls on this phone, in every queue the catalogue gives the seat."""
    seat = seat_of(user)
    queues = deps.catalogue.seat_queues(seat)
    if not queues:
        raise Refused("seat_without_queue")
    return done(await deps.control.ready(seat, form.phone, queues))


@router.post("/agent/pause")
async def pause(form: PauseCreate, user: Agent, deps: Parts) -> Done:
    """Take no calls for a while, for a reason of the catalogue."""
    if form.reason not in {reason.code for reason in deps.catalogue.pause_reasons}:
        raise Refused("pause_reason_unknown", "reason")
    return done(await deps.control.pause(seat_of(user), form.reason))


@router.post("/agent/wrapup/end")
async def end_wrapup(user: Agent, deps: Parts) -> Done:
    """The work after the call is finished before its time is."""
    state = await agent_state(deps, seat_of(user))
    if state is None or state.state != AgentState.WRAPUP:
        raise Refused("not_in_wrapup")
    return done(await deps.control.unpause(seat_of(user)))


@router.post("/agent/offline")
async def offline(user: Agent, deps: Parts) -> Done:
    """Leave every queue; a call in progress goes on."""
    return done(await deps.control.offline(seat_of(user)))


@router.post("/call/hangup")
async def hang_up(user: Agent, deps: Parts) -> Done:
    """Put down the phone this agent talks on; one that only rings is not the agent's to end.

    Nobody else is hung up: as when a phone on the desk is put down, the caller may still be asked
    how they were served, and who was asked for advice leaves caller and agent together.
    """
    seat = seat_of(user)
    return done(await deps.transfers.put_down(await _talking_on(deps, seat), seat))


@router.post("/call/recording/pause")
async def pause_recording(user: Agent, deps: Parts) -> Done:
    """Something is about to be said that must not be kept, such as a card's number."""
    seat = seat_of(user)
    return done(await deps.control.record(await _talking_on(deps, seat), False, seat))


@router.post("/call/recording/resume")
async def resume_recording(user: Agent, deps: Parts) -> Done:
    """What was not to be kept has been said."""
    seat = seat_of(user)
    return done(await deps.control.record(await _talking_on(deps, seat), True, seat))


async def _talking_on(deps: Deps, seat: str) -> str:
    state = await agent_state(deps, seat)
    if state is None or state.call_id is None or state.state != AgentState.TALKING:
        raise Refused("no_call")
    return state.call_id


async def agent_state(deps: Deps, seat: str) -> AgentStateRow | None:
    """What the recorder says this seat is doing."""
    async with AsyncSession(for_reading(deps.engine)) as session:
        return await session.get(AgentStateRow, seat)


def done(outcome: ActionOutcome) -> Done:
    """The answer for what became of an action. Raises Refused where it was not done."""
    if outcome.done:
        return Done()
    code = _REFUSALS.get(outcome.reason.partition(":")[0])
    if code is not None:
        raise Refused(code)
    if outcome.status is ActionStatus.UNKNOWN:
        raise Refused("action_unknown")
    log.error("asterisk refused: %s", outcome.reason)
    raise Refused("action_refused")
