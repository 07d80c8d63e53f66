"""What is known of a caller or a call beyond what Asterisk says, asked for when it matters.

An answer that does not come in time is no answer: the caller is not kept waiting for it.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Final

import structlog

from routing.messages import LeftMessage, left
from routing.numbers import caller_number
from routing.steps import Call, Known, Outcome
from routing.transfers import sent_on

from .ports import Agents, Callers, Messages, Tickets

# At its arrival a call waits for this inside its set-up time. Afterwards as long as the dialplan
# allows, which waits for 1.2 s: who is not known to have a break would be rung for a quarter of a
# minute, and who keyed in a PIN has asked for nothing else.
ARRIVAL_SECONDS: Final = 0.1
LATER_SECONDS: Final = 0.9

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Knowledge:
    """The rooms that may be asked; what is None is not asked."""

    callers: Callers | None = None
    tickets: Tickets | None = None
    messages: Messages | None = None
    agents: Agents | None = None

    def asks(self, call: Call) -> bool:
        """Whether anything is to be asked at this point of a call."""
        if not call.path:
            return self.callers is not None and self.callers.may_know(caller_number(call.caller_id))
        if left(call):
            return self.messages is not None
        if _after_the_talk(call) or _pin_given(call):
            return self.tickets is not None
        return self.agents is not None and _comes_back(call) is not None

    async def of(self, call: Call, message: LeftMessage | None = None) -> Call:
        """The call with what is known, of a message just left among it.

        As it was when nobody could tell in time.
        """
        try:
            async with asyncio.timeout(LATER_SECONDS if call.path else ARRIVAL_SECONDS):
                return replace(call, known=await self._ask(call, message))
        except Exception as failure:  # whatever is wrong there, the caller goes on
            log.warning("not_known_in_time", call_id=call.call_id, why=type(failure).__name__)
            return call

    async def remember(self, call: Call, language: str) -> None:
        """Keep which language a caller chose ("" for none); if it cannot be kept, ask again."""
        assert self.callers is not None
        try:
            async with asyncio.timeout(LATER_SECONDS):
                await self.callers.chose_language(caller_number(call.caller_id), language)
        except Exception as failure:  # the memory is away; the call is not
            log.warning("not_remembered", call_id=call.call_id, why=type(failure).__name__)

    async def _ask(self, call: Call, message: LeftMessage | None) -> Known:
        if message is not None:
            assert self.messages is not None
            return await self.messages.take(message)
        if _pin_given(call):
            assert self.tickets is not None
            return await self.tickets.progress(call)
        if _after_the_talk(call):
            assert self.tickets is not None
            return await self.tickets.of_call(call.call_id)
        if (sent := _comes_back(call)) is not None:
            assert self.agents is not None
            return Known(sender_away=await self.agents.away(sent.step.partition(":")[2]))
        assert self.callers is not None
        return await self.callers.known(caller_number(call.caller_id))


def _after_the_talk(call: Call) -> bool:
    # Asked after the survey, not before it: the agent may be writing the ticket meanwhile.
    return bool(call.path) and call.path[-1].step == "survey"


def _pin_given(call: Call) -> bool:
    return bool(call.path) and call.path[-1].step == "ask:pin" and bool(call.keyed.pin)


def _comes_back(call: Call) -> Outcome | None:
    """The wish of an agent that led nowhere."""
    sent = sent_on(call.path)
    return None if call.path and call.path[-1] is sent else sent


NOTHING_KNOWN: Final = Knowledge()
