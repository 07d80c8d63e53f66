"""The figures for those who oversee the floor, on the screen and as a file for Excel."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from insight.export import as_csv
from insight.figures import SHORT_SECONDS
from insight.intervals import Interval, NoMoment, Span, local_midnight, read_moment
from insight.report import By, Question, Report, report

from .access import Overseer, Parts
from .deps import Deps
from .errors import Refused

router = APIRouter(prefix="/figures", tags=["figures"])


async def asked(
    deps: Parts,
    start: Annotated[str | None, Query(alias="from", max_length=40)] = None,
    end: Annotated[str | None, Query(alias="to", max_length=40)] = None,
    by: By = By.HOTLINE,
    interval: Interval = Interval.HOUR,
    short_seconds: Annotated[float, Query(ge=0, le=60)] = SHORT_SECONDS,
) -> Question:
    """The question in the address; without times the city's present day until now."""
    zone, now = deps.catalogue.index.zone, datetime.now(UTC)
    begins, ends = local_midnight(now, zone), now
    try:
        field = "from"
        begins = read_moment(start, zone) if start else begins
        field = "to"
        ends = read_moment(end, zone, ends=True) if end else ends
    except NoMoment:
        raise Refused("field_malformed", field) from None
    if begins > ends:
        raise Refused("field_out_of_range", "from")
    question = Question(Span(begins, ends), by, interval, short_seconds)
    too_much = question.too_much()
    if too_much is not None:
        raise Refused("field_out_of_range", too_much)
    return question


# One long report at a time: two would take twice as long each and the screens would feel both.
_turn = asyncio.Semaphore(1)


async def _report(deps: Deps, question: Question) -> Report:
    async with _turn:
        return await report(deps.engine, deps.catalogue, question)


Asked = Annotated[Question, Depends(asked)]


@router.get("")
async def figures(_user: Overseer, deps: Parts, question: Asked) -> Report:
    """Figures by number, queue, agent or interval; each is defined in docs/figures.md."""
    return await _report(deps, question)


@router.get(".csv", response_class=Response)
async def figures_csv(_user: Overseer, deps: Parts, question: Asked) -> Response:
    """The same table as a file: UTF-8 with its mark, headings in Chinese."""
    found = await _report(deps, question)
    zone = deps.catalogue.index.zone
    day = question.span.start.astimezone(zone).strftime("%Y%m%d")
    name = f"figures-{question.by}-{day}.csv"
    return Response(
        as_csv(found, zone),
        media_type="text/csv; charset=utf-8",
        headers={"content-disposition": f'attachment; filename="{name}"'},
    )
