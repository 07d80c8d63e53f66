"""A ticket in every case: where a caller was passed on and no agent wrote one, the system does.

Once a call, when it is over and no agent is at work on it any more. It says to whom the caller
went and what became of it; whoever knows what the caller wanted completes it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from database.engine import for_reading
from database.errors import AWAY
from routing.audience import audience_of
from routing.catalogue import Catalogue, MergerMode

from .desk import Pen, numbers_of_calls, open_ticket
from .draft import PHONE, TITLE_MAX, TicketCreate
from .tables import SYSTEM
from .words import Kind, Urgency

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
# The last words about a call come late; a call told by the files alone comes later still.
SETTLED: Final = timedelta(seconds=3)
LOOK_BACK: Final = timedelta(days=2)
LOOK_BACK_EVERY: Final = timedelta(hours=1)
# No wrap-up lasts longer: after that the agent is not waited for.
PATIENCE: Final = timedelta(minutes=15)

HOW: Final = {
    "cold": ("直接转", "sent on"),
    "warm": ("先沟通", "spoken with first"),
    "conference": ("三方通话", "three-way call"),
    "dialled": ("来电人直拨", "dialled by the caller"),
}
RESULTS: Final = {
    "handed_over": ("已转出", "handed over"),
    "conference": ("三方通话已结束", "three-way call ended"),
    "busy": ("对方占线", "busy"),
    "no_answer": ("对方无人接听", "no answer"),
    "unreachable": ("线路不通", "unreachable"),
    "nobody_there": ("没有人在岗", "nobody there"),
    "cancelled": ("已取消", "cancelled"),
    "declined": ("未转出，来电人已接回", "declined, taken back"),
    "caller_gone": ("来电人已挂机", "caller hung up"),
}
UNKNOWN: Final = ("结果不明", "outcome unknown")
WHY: Final = (
    "通话结束时没有坐席登记工单，由系统自动开立；请听录音或回访来电人，补充诉求内容。\n"
    "No agent had opened a ticket when the call was over, so the system did; please add what the "
    "caller wanted."
)


class Way(Protocol):
    """One way out of a call: to whom, how, and what became of it."""

    @property
    def target(self) -> str: ...
    @property
    def how(self) -> str: ...
    @property
    def result(self) -> str: ...


class PassedOn(Protocol):
    """A call that is over and went to others' people; `call_events.passed_on` finds them."""

    @property
    def call_id(self) -> str: ...
    @property
    def hotline(self) -> str: ...
    @property
    def caller_id(self) -> str: ...
    @property
    def ended_at(self) -> datetime: ...
    @property
    def wants_expert(self) -> str | None: ...
    @property
    def steps(self) -> Sequence[tuple[str, str]]: ...
    @property
    def ways(self) -> Sequence[Way]: ...
    @property
    def at_work(self) -> bool: ...
    @property
    def kind(self) -> str | None: ...


Find = Callable[[datetime, datetime], Awaitable[Sequence[PassedOn]]]
"""Calls that ended after the first moment and not after the second."""


class TicketsInEveryCase:
    """Opens what is missing for as long as `run` does."""

    def __init__(self, engine: AsyncEngine, catalogue: Catalogue, find: Find) -> None:
        self._engine = engine
        self._catalogue = catalogue
        self._find = find
        self._looked_back_at = self._seen_to = datetime(1970, 1, 1, tzinfo=UTC)

    async def run(self) -> None:
        """Look once a second until cancelled; a database that is away is asked again."""
        while True:
            try:
                await self.look(datetime.now(UTC))
            except AWAY as failure:
                log.error("tickets of calls passed on not opened: %s", type(failure).__name__)
            await asyncio.sleep(LOOK_SECONDS)

    async def look(self, now: datetime) -> None:
        """Open what is missing for the calls that ended since the last look."""
        upto = now - SETTLED
        since = self._seen_to
        if now - self._looked_back_at >= LOOK_BACK_EVERY:
            since, self._looked_back_at = upto - LOOK_BACK, now
        found = [call for call in await self._find(since, upto) if self._elsewhere(call)]
        async with AsyncSession(for_reading(self._engine)) as session:
            known = await numbers_of_calls(session, [call.call_id for call in found])
        missing = [call for call in found if call.call_id not in known]
        waits = [c.ended_at for c in missing if c.at_work and now - c.ended_at < PATIENCE]
        for call in missing:
            if call.ended_at not in waits:
                await self._open(call, now)
        # Rows of calls that ended a moment ago may still be on their way to the database.
        self._seen_to = min([upto - SETTLED, *(at - SETTLED for at in waits)])

    def _elsewhere(self, call: PassedOn) -> bool:
        """Whether somebody else's people were asked: experts are ours and write themselves."""
        return any(way.target not in self._catalogue.index.queues for way in call.ways)

    async def _open(self, call: PassedOn, now: datetime) -> None:
        pen = Pen(SYSTEM, now, self._catalogue.city.ticket_prefix, self._catalogue.index.zone)
        form = self._form(call)
        try:
            async with AsyncSession(self._engine) as session, session.begin():
                # Once more in the transaction that writes: an agent may have saved just now.
                if await numbers_of_calls(session, [call.call_id]):
                    return
                row = await open_ticket(session, form, call.hotline, pen, call.wants_expert)
                log.info("ticket %s opened for call %s, passed on", row.number, call.call_id)
        except IntegrityError:
            log.info("call %s has its ticket already", call.call_id)

    def _form(self, call: PassedOn) -> TicketCreate:
        emergency = any(self._is_emergency(way.target) for way in call.ways)
        told = [(*self._name(way), *self._end(way)) for way in call.ways]
        lines = [f"{zh}：{end_zh} / {en}: {end_en}" for zh, en, end_zh, end_en in told]
        zh, _, end_zh, _ = told[-1]
        assumed = Kind.HELP if emergency else Kind.CONSULTATION
        return TicketCreate(
            call_id=call.call_id,
            # Danger goes before what the matter was when the call was sent to us.
            kind=Kind(call.kind) if call.kind and not emergency else assumed,
            urgency=Urgency.URGENT if emergency else Urgency.NORMAL,
            title=f"转接{zh}：{end_zh}"[:TITLE_MAX],
            content="\n".join([*lines, "", WHY]),
            requester_phone=call.caller_id if PHONE.fullmatch(call.caller_id) else None,
            audience=audience_of(self._catalogue, call.hotline, call.steps),
        )

    def _is_emergency(self, target: str) -> bool:
        hotline = self._catalogue.hotline(target)
        return hotline is not None and hotline.mode is MergerMode.EMERGENCY

    def _name(self, way: Way) -> tuple[str, str]:
        known = self._catalogue.index.targets.get(way.target) or self._catalogue.hotline(way.target)
        number = f"{way.target} " if way.target.isdecimal() else ""
        if known is None:
            return way.target, way.target
        return f"{number}{known.name_zh}", f"{number}{known.name_en}"

    def _end(self, way: Way) -> tuple[str, str]:
        how, end = HOW[way.how], RESULTS.get(way.result, UNKNOWN)
        return f"{end[0]}（{how[0]}）", f"{end[1]} ({how[1]})"
