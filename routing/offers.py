"""The offer of a call-back to those who wait: when it is made, to whom, and what is promised.

Who presses nothing waits on; who accepts keeps the place of the arrival.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .catalogue import Catalogue, MergerMode
from .numbers import caller_number, dialable
from .steps import Call, CallBack, Queue, Reason, Rule, Speech, Step

CALL_BACK_KEY: Final = "1"
RING_BACK: Final = "ringback"


def may_offer(catalogue: Catalogue, call: Call) -> bool:
    """Only to who can be rung back, never instead of an emergency service, not without end."""
    dialled = catalogue.index.hotlines.get(call.dnis)
    emergency = dialled is not None and dialled.mode is MergerMode.EMERGENCY
    return (
        catalogue.announcements.call_back_offer is not None
        and not emergency
        and not any(outcome.step == RING_BACK for outcome in call.path)
        and len(call.path) < catalogue.limits.automatic_moves
        and dialable(caller_number(call.caller_id, catalogue.city))
    )


def until_offered(catalogue: Catalogue, call: Call, step: Step) -> Step:
    """Who may be offered a call-back waits in the general queue until it is time to offer it."""
    seconds = catalogue.call_backs.offer_after_seconds
    if not isinstance(step, Queue) or step.queue != catalogue.general.name:
        return step
    return replace(step, wait_seconds=seconds if may_offer(catalogue, call) else 0)


def waiting_on(catalogue: Catalogue, call: Call) -> tuple[Rule, Speech]:
    """What a caller hears who has waited long, or finds that as many wait as may."""
    said = catalogue.announcements
    full = call.path[-1].result == "FULL"
    prompt = (said.full or said.still_waiting) if full else said.still_waiting
    if said.call_back_offer is None or not may_offer(catalogue, call):
        return (Rule.FULL if full else Rule.ASKED_AGAIN), Speech((prompt,))
    speech = Speech((prompt, said.call_back_offer), CALL_BACK_KEY)
    return (Rule.FULL if full else Rule.CALL_BACK_OFFER), speech


def made(catalogue: Catalogue, step: Step) -> bool:
    """Whether a call-back was offered before this step."""
    return catalogue.announcements.call_back_offer in step.speech.prompts


def call_back(catalogue: Catalogue) -> CallBack:
    """The promise, said before the call ends."""
    general, promise = catalogue.general, catalogue.announcements.call_back_promise
    speech = Speech((promise,) if promise else ())
    return CallBack(general.name, speech, Reason(Rule.CALL_BACK, general.source))


def rung_back(catalogue: Catalogue) -> Queue:
    """The citizen has answered our call: told who rings, then next in line."""
    general, greeting = catalogue.general, catalogue.announcements.call_back_greeting
    speech = Speech((greeting,) if greeting else ())
    reason = Reason(Rule.RUNG_BACK, general.source)
    return Queue(general.name, 0, catalogue.call_backs.priority, speech, reason)
