"""A message by voice: what follows it, and the facts of the ticket it becomes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from .after_call import NORMAL_CLEARING, ticket_told
from .audience import Audience
from .catalogue import VoiceMessage
from .steps import Call, Hangup, Reason, Rule, Speech

MESSAGE: Final = "message"
# How it ended: something was said; next to nothing was; the caller asked for a person.
LEFT: Final = "LEFT"
PERSON: Final = "PERSON"
# What is known of a message (`Known.message`) in which nothing can be heard.
SILENT: Final = "silent"


@dataclass(frozen=True, slots=True)
class LeftMessage:
    """A message somebody has left; `expert_queue`: those who should ring back."""

    call_id: str
    caller_id: str
    hotline: str
    audience: Audience
    expert_queue: str | None
    at: datetime


def left(call: Call) -> bool:
    """Whether the caller has just left a message, as far as is known."""
    if not call.path or call.known.message == SILENT:
        return False
    return (call.path[-1].step, call.path[-1].result) == (MESSAGE, LEFT)


def kept(said: VoiceMessage, call: Call, source: str) -> Hangup:
    """The message is in our hands: its ticket's number, if there is one already, and a goodbye."""
    told = ticket_told(said.ticket, said.pin, call.known)
    reason = Reason(Rule.MESSAGE_LEFT, source)
    return Hangup(NORMAL_CLEARING, Speech((*told, said.kept)), reason)
