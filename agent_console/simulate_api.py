"""Who would answer? The steps a call would take, told before it is made."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel

from insight.intervals import NoMoment, read_moment
from routing.simulate import simulate

from .access import Overseer, Parts
from .errors import Refused

router = APIRouter(prefix="/simulate", tags=["catalogue"])

DIALLED = r"^\+?[0-9]{3,20}$"


class StepRead(BaseModel):
    """One step; `depth` says which step it follows, `when` which result of that leads here.

    `source` is the clause of the plan or the catalogue's file:line behind the rule.
    """

    depth: int
    when: str
    step: str
    zh: str
    en: str
    rule: str
    source: str


class SimulationRead(BaseModel):
    """Every plausible way of one call."""

    number: str
    at: datetime
    steps: list[StepRead]


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
    steps = [
        StepRead(
            depth=line.depth,
            when=line.when,
            step=line.step,
            zh=line.zh,
            en=line.en,
            rule=line.rule,
            source=line.source,
        )
        for line in simulate(deps.catalogue, number, when.astimezone(zone))
    ]
    return SimulationRead(number=number, at=when, steps=steps)
