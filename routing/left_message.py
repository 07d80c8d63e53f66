"""The facts of a message somebody has left by voice, from the walk of the call."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from .audience import audience_of
from .catalogue import Catalogue
from .messages import LeftMessage, left
from .next_step import next_step
from .steps import Call, Queue


def left_message(catalogue: Catalogue, call: Call, now: datetime) -> LeftMessage | None:
    """The message the caller has just left; None at every other point of a call."""
    if catalogue.message is None or not left(call):
        return None
    walked = [
        next_step(catalogue, replace(call, path=call.path[:taken]), now)
        for taken in range(len(call.path))
    ]
    results = ["", *(outcome.result for outcome in call.path)]
    steps = [(step.word, result) for step, result in zip(walked, results, strict=False)]
    wanted = [step.wanted for step in walked if isinstance(step, Queue) and step.wanted]
    dialled = catalogue.index.hotlines.get(call.dnis, catalogue.main)
    audience = audience_of(catalogue, call.dnis, steps)
    experts = wanted[-1] if wanted else None
    return LeftMessage(call.call_id, call.caller_id, dialled.number, audience, experts, now)
