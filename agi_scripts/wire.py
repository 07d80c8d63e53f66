"""Between the dialplan's words and `routing`: facts of a call in, its next step out."""

import re
from typing import Final

from routing.steps import (
    AgentReturn,
    Ask,
    Call,
    CallBack,
    Emergency,
    Hangup,
    Keyed,
    Message,
    Outcome,
    PartnerLine,
    Queue,
    Step,
    SubCentre,
    Survey,
)

from .variables import ARRAY, array_value

MAX_OUTCOMES: Final = 64

_OUTCOME = re.compile(r"([a-z]+(?::[a-z0-9-]{1,64})?)=([A-Za-z]+(?::[a-z0-9*#-]{1,48})?)\Z")
_DIALLED = re.compile(r"\+?[0-9]{1,20}\Z")
_CALL_ID = re.compile(r"[A-Za-z0-9_-]{1,80}\.[0-9]{1,12}\Z")
_KEYED = re.compile(r"[0-9]{0,20}\Z")
_TRUNK = re.compile(r"[a-z0-9-]{0,64}\Z")


class BadFacts(ValueError):
    """Asterisk sent something that cannot be the facts of a call; the text names the field."""


def read_call(call_id: str, caller: str, arguments: tuple[str, ...]) -> tuple[int, Call]:
    """Read the facts the dialplan sends: sequence number, number dialled, trunk, path so far,
    and the digits the caller was asked for, if any.

    Every field is checked again here, although the dialplan built it: what came over a socket is
    input. Raises `BadFacts`.
    """
    if len(arguments) < 3:
        raise BadFacts("arguments: expected sequence, number dialled, trunk, path")
    sequence, dnis, trunk = arguments[:3]
    if not (sequence.isascii() and sequence.isdigit() and len(sequence) <= 3):
        raise BadFacts("sequence")
    for name, value, pattern in (
        ("dnis", dnis, _DIALLED),
        ("trunk", trunk, _TRUNK),
        ("call_id", call_id, _CALL_ID),
    ):
        if not pattern.match(value):
            raise BadFacts(name)
    caller_id = caller if _DIALLED.match(caller) else ""
    path = read_path(arguments[3] if len(arguments) > 3 else "")
    digits = (value if _KEYED.match(value) else "" for value in (*arguments[4:6], "", ""))
    keyed = Keyed(next(digits), next(digits))
    return int(sequence), Call(call_id, dnis, caller_id, trunk, path, keyed=keyed)


def read_path(path: str) -> tuple[Outcome, ...]:
    """Read ``queue:expert-12348=TIMEOUT/speech=key:2`` into outcomes, oldest first."""
    outcomes = []
    for piece in path.split("/")[:MAX_OUTCOMES] if path else ():
        match = _OUTCOME.match(piece)
        if match is None:
            raise BadFacts("path")
        outcomes.append(Outcome(match[1], match[2]))
    return tuple(outcomes)


def step_variables(step: Step) -> dict[str, str]:
    """Return the channel variables of a step, each a word from the catalogue."""
    variables = {
        "HL_SAY": "&".join(step.speech.prompts),
        "HL_KEYS": step.speech.keys,
        "CHANNEL(language)": step.speech.language,
        "HL_RULE": step.reason.rule.value,
        "QUEUE_PRIO": "0",
    }
    match step:
        case Queue():
            wait = str(step.wait_seconds) if step.wait_seconds else ""
            variables |= {"HL_VERB": "queue", "HL_TARGET": step.queue, "HL_WAIT": wait}
            limit = str(step.most_waiting) if step.most_waiting else ""
            variables |= {"QUEUE_PRIO": str(step.priority), "HL_LIMIT": limit}
            longest = str(step.longest_expected) if step.longest_expected else ""
            variables |= {"HL_WANTED": step.wanted, "HL_LONG": longest}
        case SubCentre() | Emergency():
            verb = "emergency" if isinstance(step, Emergency) else "subcentre"
            variables |= {"HL_VERB": verb, "HL_TARGET": step.number, "HL_PEER": step.peer}
            variables |= {"HL_WAIT": str(step.ring_seconds)}
        case CallBack():
            variables |= {"HL_VERB": "callback", "HL_TARGET": step.queue}
        case Message():
            variables |= {"HL_VERB": "message", "HL_WAIT": str(step.silence)}
            variables |= {"HL_LIMIT": str(step.seconds)}
        case Survey():
            variables |= {"HL_VERB": "survey", "HL_WAIT": str(step.seconds)}
        case Ask():
            variables |= {"HL_VERB": "ask", "HL_TARGET": step.what, "HL_LIMIT": str(step.digits)}
            variables |= {"HL_WAIT": str(step.seconds)}
        case PartnerLine():
            variables |= {"HL_VERB": "partner", "HL_TARGET": step.name, "HL_NUMBER": step.number}
            variables |= {"HL_PEER": step.peer, "HL_WAIT": str(step.ring_seconds)}
        case AgentReturn():
            variables |= {"HL_VERB": "agent", "HL_TARGET": step.seat, "HL_WANTED": step.wanted}
            variables |= {"HL_WAIT": str(step.ring_seconds)}
        case Hangup():
            variables |= {"HL_VERB": "hangup", "HL_TARGET": str(step.cause)}
    return variables


def set_step_command(step: Step, sequence: int) -> bytes:
    """Return the one AGI command that hands a step to the dialplan, newline included."""
    return f'SET VARIABLE {ARRAY} "{array_value(step_variables(step), sequence)}"\n'.encode()
