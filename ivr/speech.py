"""What a caller hears at a step, as names Asterisk finds below its folder of sounds."""

from __future__ import annotations

from dataclasses import dataclass

from routing.steps import Speech

from .languages import Language
from .phone import Phone


@dataclass(frozen=True, slots=True)
class Heard:
    """Sounds in the order they are played, and the keys that cut them short."""

    sounds: tuple[str, ...]
    keys: str = ""


def heard(speech: Speech, language: Language) -> Heard:
    """The sounds of a step's speech, "zh/greeting" and so on."""
    return Heard(tuple(f"{language}/{prompt}" for prompt in speech.prompts), speech.keys)


def number_sounds(number: str, language: Language) -> tuple[str, ...]:
    """A hotline or ticket number ("NJ20261122-000123") said sign by sign, as it is written down.

    Signs that have no sound are left out: a pause says as much as "dash" would.
    """
    signs = [sign.lower() for sign in number if sign.isascii() and sign.isalnum()]
    return tuple(f"{language}/{'digits' if sign.isdigit() else 'letters'}/{sign}" for sign in signs)


async def say(phone: Phone, what: Heard) -> str:
    """Play a speech; return the key the caller chose, "" for silence (which leads to a person)."""
    if not what.sounds:
        return ""
    return await phone.play(what.sounds, what.keys)
