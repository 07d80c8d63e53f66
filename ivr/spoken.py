"""How a written sentence is read out: numbers are dialled digit by digit, not counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from .languages import Language

# 幺 is how a 1 is said in telephone numbers, where 一 is easily heard as 七.
_TELEPHONE = dict(zip("0123456789", "零幺二三四五六七八九", strict=True))
_COUNTING = {**_TELEPHONE, "1": "一"}
_NUMBER = re.compile(r"[0-9]{3,}")


def spoken(text: str, language: Language) -> str:
    """Spell every number of three digits or more; "按1" and "press 1" stay as they are."""
    return _NUMBER.sub(lambda match: _spell(match[0], language), text)


def _spell(digits: str, language: Language) -> str:
    if language is Language.EN:
        return " ".join(digits)
    # 12345 is said as one counts, in every city's announcements.
    words = _COUNTING if _counts_up(digits) else _TELEPHONE
    return "".join(words[digit] for digit in digits)


def _counts_up(digits: Sequence[str]) -> bool:
    return all(int(after) - int(before) == 1 for before, after in pairwise(digits))


def digit_texts(language: Language) -> dict[str, str]:
    """The sounds that numbers are put together from: "digits/0" … "letters/z", "letters/dash"."""
    names = _TELEPHONE if language is Language.ZH else {digit: digit for digit in "0123456789"}
    texts = {f"digits/{digit}": word for digit, word in names.items()}
    texts |= {f"letters/{letter}": letter.upper() for letter in "abcdefghijklmnopqrstuvwxyz"}
    return texts
