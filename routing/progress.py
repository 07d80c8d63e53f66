"""A ticket's progress by telephone: its number, its PIN, its state in plain words, a person."""

from __future__ import annotations

from typing import Final

from .catalogue import Catalogue, Hotline, Progress
from .steps import Ask, Call, Reason, Rule, Speech

ASK: Final = "ask:"
NUMBER: Final = "number"
PIN: Final = "pin"
CHOICE: Final = "choice"
# What is known instead of a state (`Known.progress`).
WRONG: Final = "wrong"
LOCKED: Final = "locked"
NUMBER_DIGITS: Final = 17
PIN_DIGITS: Final = 6
TRIES: Final = 3
PERSON_KEY: Final = "0"


def asks_for_progress(catalogue: Catalogue, served: Hotline, call: Call) -> bool:
    """Whether the call is on this way: the key at the main number, or digits asked for since."""
    wanted = catalogue.progress
    if wanted is None or not call.path:
        return False
    last = call.path[-1]
    if last.step.startswith(ASK):
        return True
    pressed = len(call.path) == 1 and last.step == "speech" and last.result == f"key:{wanted.key}"
    return pressed and served is catalogue.main


def progress(wanted: Progress, call: Call, source: str) -> Ask | Speech:
    """What to ask next; a Speech is said on the way to a person, where every road here ends."""
    last = call.path[-1]
    if not last.step.startswith(ASK):
        return _ask(wanted, NUMBER, NUMBER_DIGITS, (wanted.number,), source)
    what = last.step.removeprefix(ASK)
    keyed = {NUMBER: call.keyed.number, PIN: call.keyed.pin}.get(what, "")
    if last.result == "SILENCE" or keyed in ("", PERSON_KEY):
        return Speech()
    if what == NUMBER:
        return _ask(wanted, PIN, PIN_DIGITS, (wanted.pin,), source)
    return _told(wanted, call, source)


def _told(wanted: Progress, call: Call, source: str) -> Ask | Speech:
    match call.known.progress:
        case "":  # nobody could tell in time
            return Speech()
        case "locked":
            return Speech((wanted.locked,))
        case "wrong":
            tries = sum(outcome.step == f"{ASK}{PIN}" for outcome in call.path)
            if tries >= TRIES:
                return Speech((wanted.wrong,))
            return _ask(wanted, NUMBER, NUMBER_DIGITS, (wanted.wrong, wanted.number), source)
        case state:
            told = wanted.states.get(state, wanted.other)
            return _ask(wanted, CHOICE, 1, (told, wanted.choice), source)


def _ask(wanted: Progress, what: str, digits: int, said: tuple[str, ...], source: str) -> Ask:
    return Ask(what, digits, wanted.key_seconds, Speech(said), Reason(Rule.PROGRESS, source))
