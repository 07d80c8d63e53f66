"""An agent sends a caller on: to whom that is possible, and doing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from sqlalchemy.ext.asyncio import AsyncSession

from call_events.agent_state import AgentState
from call_events.tables import CallRow
from call_events.transfers import OVER, How, TransferState
from database.engine import for_reading
from routing.catalogue import MergerMode
from routing.numbers import emergency_number

from .access import Agent, Anyone, Parts, seat_of
from .accounts import User
from .agent_api import agent_state, done
from .deps import Deps
from .errors import Refused
from .schemas import Done, Form

router = APIRouter(tags=["transfers"])


class TargetRead(BaseModel):
    """Somebody a caller may be transferred to; the first of `ways` is the usual one.

    `hours` as the catalogue writes them, null for always; `open` says whether they answer now.
    """

    name: str
    kind: str
    group: str
    number: str
    name_zh: str
    name_en: str
    ways: list[str]
    hours: list[str] | None
    open: bool


class TransferCreate(Form):
    """To whom, by name, and how."""

    target: Annotated[str, Field(min_length=1, max_length=48)]
    how: Literal["cold", "warm"]


class EmergencyCreate(Form):
    """The emergency service to bring in."""

    number: Annotated[str, Field(min_length=3, max_length=5)]


@router.get("/transfer-targets")
async def targets(_user: Anyone, deps: Parts) -> list[TargetRead]:
    """Everybody a caller may be transferred to; emergency numbers are not among them."""
    now = datetime.now(UTC)
    return [
        TargetRead(
            name=target.name,
            kind=target.kind,
            group=target.group,
            number=target.number,
            name_zh=target.name_zh,
            name_en=target.name_en,
            ways=list(target.ways),
            hours=None if target.windows is None else list(target.windows),
            open=target.open_at(now),
        )
        for target in deps.catalogue.index.targets.values()
    ]


@router.post("/calls/{call_id}/transfer")
async def transfer(call_id: str, form: TransferCreate, user: Agent, deps: Parts) -> Done:
    """Send the caller this agent talks to on to a target of the catalogue."""
    if emergency_number(form.target):
        raise Refused("emergency_by_button", "target")
    target = deps.catalogue.index.targets.get(form.target)
    if target is None:
        raise Refused("target_unknown", "target")
    if form.how not in target.ways:
        raise Refused("target_not_that_way", "how", name=target.name_zh)
    talk = await _talk(deps, user, call_id)
    if talk.last is not None and talk.last["state"] not in OVER:
        raise Refused("transfer_goes_on")
    if form.how == "cold":
        return done(await deps.transfers.send_on(call_id, talk.seat, talk.phone, target.name))
    return await _bring_in(deps, talk, call_id, target.name, emergency=False)


@router.post("/calls/{call_id}/emergency")
async def emergency(call_id: str, form: EmergencyCreate, user: Agent, deps: Parts) -> Done:
    """Bring an emergency service into the talk: agent, caller and service at once."""
    listed = {h.number for h in deps.catalogue.hotlines if h.mode is MergerMode.EMERGENCY}
    if form.number not in listed or deps.catalogue.emergency is None:
        raise Refused("emergency_unknown", "number")
    talk = await _talk(deps, user, call_id)
    if talk.last is not None and talk.last["state"] not in OVER:
        raise Refused("transfer_goes_on")
    return await _bring_in(deps, talk, call_id, form.number, emergency=True)


@router.post("/calls/{call_id}/transfer/join")
async def join(call_id: str, user: Agent, deps: Parts) -> Done:
    """The caller comes to agent and third party."""
    await _talk_in(deps, user, call_id, TransferState.CONSULTING)
    return done(await deps.transfers.join(call_id))


@router.post("/calls/{call_id}/transfer/back")
async def take_back(call_id: str, user: Agent, deps: Parts) -> Done:
    """The third party goes, ringing or not; agent and caller speak again."""
    wanted = (TransferState.RINGING, TransferState.CONSULTING, TransferState.JOINED)
    talk = await _talk_in(deps, user, call_id, *wanted)
    return done(await deps.transfers.take_back(call_id, talk.count))


@router.post("/calls/{call_id}/transfer/leave")
async def leave(call_id: str, user: Agent, deps: Parts) -> Done:
    """The agent goes and leaves caller and third party together: they have taken the call."""
    talk = await _talk_in(deps, user, call_id, TransferState.CONSULTING, TransferState.JOINED)
    return done(await deps.transfers.leave(call_id, talk.seat))


@dataclass(frozen=True, slots=True)
class Talk:
    """An agent's talk with a caller: on which phone, and the transfers so far."""

    seat: str
    phone: str
    count: int
    last: dict[str, Any] | None


async def _bring_in(deps: Deps, talk: Talk, call_id: str, target: str, *, emergency: bool) -> Done:
    return done(
        await deps.transfers.bring_in(
            call_id, talk.seat, talk.phone, target, talk.count + 1, emergency=emergency
        )
    )


async def _talk_in(deps: Deps, user: User, call_id: str, *states: TransferState) -> Talk:
    """The agent's talk, whose warm transfer is in one of these states. Raises Refused."""
    talk = await _talk(deps, user, call_id)
    if talk.last is None or talk.last["how"] == How.COLD or talk.last["state"] not in states:
        raise Refused("transfer_not_there")
    if talk.last["agent"] != talk.seat:  # the expert who was asked; it is for who asked to say
        raise Refused("call_not_yours")
    return talk


async def _talk(deps: Deps, user: User, call_id: str) -> Talk:
    """This agent's talk with this caller. Raises Refused."""
    seat = seat_of(user)
    state = await agent_state(deps, seat)
    if state is None or state.state != AgentState.TALKING or state.phone is None:
        raise Refused("no_call")
    if state.call_id != call_id:
        raise Refused("call_not_yours")
    async with AsyncSession(for_reading(deps.engine)) as session:
        call = await session.get(CallRow, call_id)
    if call is None:
        raise Refused("call_unknown")
    last = call.transfers[-1] if call.transfers else None
    return Talk(seat, state.phone, len(call.transfers), last)
