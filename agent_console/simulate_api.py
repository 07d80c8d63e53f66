"""Who would answer? The steps a call would take, told before it is made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from insight.intervals import NoMoment, read_moment
from routing.simulate import Line, simulate

from .access import Overseer, Parts
from .errors import Refused

router = APIRouter(prefix="/simulate", tags=["catalogue"])

DIALLED = r"^\+?[0-9]{3,20}$"


class SimulationRead(BaseModel):
    """Every plausible way of one call."""

    number: str
    at: datetime
    steps: list[Line]


@router.get("")
async def simulation(
    _user: Overseer,
    deps: Parts,
    number: Annotated[str, Query(pattern=DIALLED)],
    at: Annotated[str | None, Query(max_length=40)] = None,
) -> SimulationRead:
    """The steps of a call to a number at a time by the city's clock; now without one."""
    zone = deps.catalogue.index.zone
    try:
        when = read_moment(at, zone) if at else datetime.now(UTC)
    except NoMoment:
        raise Refused("field_malformed", "at") from None
    steps = simulate(deps.catalogue, number, when.astimezone(zone))
    return SimulationRead(number=number, at=when, steps=list(steps))
