"""What is offered to those who wait: a call-back, or, where as many wait as may, also a message.

Who presses nothing waits on; who accepts a call-back keeps the place of the arrival.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from .catalogue import Catalogue, MergerMode
from .numbers import caller_number, dialable
from .steps import Call, CallBack, Message, Queue, Reason, Rule, Speech, Step

CALL_BACK_KEY: Final = "1"
MESSAGE_KEY: Final = "2"
RING_BACK: Final = "ringback"
# The general queue's word for a caller who has not joined it yet: as many wait as may.
FULL: Final = "FULL"
# The same, where the wait that would be told is long.
LONG: Final = "LONG"


def may_offer(catalogue: Catalogue, call: Call) -> bool:
    """A call-back, only to who can be rung back."""
    return (
        catalogue.announcements.call_back_offer is not None
        and _may_choose(catalogue, call)
        and dialable(caller_number(call.caller_id, catalogue.city))
    )


def until_offered(catalogue: Catalogue, call: Call, step: Step) -> Step:
    """Who may be offered a call-back waits in the general queue until it is time to offer it."""
    if not isinstance(step, Queue) or step.queue != catalogue.general.name:
        return step
    if not may_offer(catalogue, call):
        return replace(step, wait_seconds=0)
    rule = catalogue.call_backs
    # The expected wait is that of who joins at the end, and is told once.
    at_the_end = not step.priority and not any(outcome.step == step.word for outcome in call.path)
    longest = rule.offer_at_wait_seconds if at_the_end else 0
    return replace(step, wait_seconds=rule.offer_after_seconds, longest_expected=longest)


def waiting_on(catalogue: Catalogue, call: Call) -> tuple[Rule, Speech]:
    """What a caller hears who has waited long, would wait long, or finds as many waiting as may."""
    said, result = catalogue.announcements, call.path[-1].result
    prompts = [{FULL: said.full, LONG: said.long_wait}.get(result) or said.still_waiting]
    keys, rule = "", Rule.ASKED_AGAIN
    if said.call_back_offer is not None and may_offer(catalogue, call):
        prompts.append(said.call_back_offer)
        keys, rule = CALL_BACK_KEY, Rule.CALL_BACK_OFFER
    if result == FULL and catalogue.message is not None and _may_choose(catalogue, call):
        prompts.append(catalogue.message.offer)
        keys += MESSAGE_KEY
    rule = {FULL: Rule.FULL, LONG: Rule.LONG_WAIT}.get(result, rule)
    return rule, Speech(tuple(prompts), keys)


def taken(catalogue: Catalogue, offered: Step, key: str) -> CallBack | Message | None:
    """What a key means that was pressed while this step was offered; None: nothing of it."""
    prompts, message = offered.speech.prompts, catalogue.message
    if key == CALL_BACK_KEY and catalogue.announcements.call_back_offer in prompts:
        return _call_back(catalogue)
    if key == MESSAGE_KEY and message is not None and message.offer in prompts:
        reason = Reason(Rule.MESSAGE, catalogue.general.source)
        speech = Speech((message.ask,), "0")
        return Message(message.seconds, message.silence_seconds, speech, reason)
    return None


def rung_back(catalogue: Catalogue) -> Queue:
    """The citizen has answered our call: told who rings, then next in line."""
    general, greeting = catalogue.general, catalogue.announcements.call_back_greeting
    speech = Speech((greeting,) if greeting else ())
    reason = Reason(Rule.RUNG_BACK, general.source)
    return Queue(general.name, 0, catalogue.call_backs.priority, speech, reason)


def _may_choose(catalogue: Catalogue, call: Call) -> bool:
    """Nothing is offered instead of an emergency service, on a call of ours, or without end."""
    dialled = catalogue.index.hotlines.get(call.dnis)
    emergency = dialled is not None and dialled.mode is MergerMode.EMERGENCY
    return (
        not emergency
        and not any(outcome.step == RING_BACK for outcome in call.path)
        and len(call.path) < catalogue.limits.automatic_moves
    )


def _call_back(catalogue: Catalogue) -> CallBack:
    """The promise, said before the call ends."""
    general, promise = catalogue.general, catalogue.announcements.call_back_promise
    speech = Speech((promise,) if promise else ())
    return CallBack(general.name, speech, Reason(Rule.CALL_BACK, general.source))
