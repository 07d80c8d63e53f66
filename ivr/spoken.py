"""How a written sentence is read out: numbers are dialled digit by digit, not counted."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Final

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


# What app_queue says to those who wait, by the names it has for it.
_QUEUE: Final = {
    Language.ZH: {
        "queue-youarenext": "您是下一位。",
        "queue-thereare": "您现在排在第",
        "queue-callswaiting": "位。",
        "queue-holdtime": "预计还要等候",
        "queue-minute": "分钟。",
        "queue-minutes": "分钟。",
        "queue-seconds": "秒。",
    },
    Language.EN: {
        "queue-youarenext": "You are next.",
        "queue-thereare": "You are number",
        "queue-callswaiting": "in line.",
        "queue-holdtime": "The estimated wait is",
        "queue-minute": "minute.",
        "queue-minutes": "minutes.",
        "queue-seconds": "seconds.",
    },
}


def queue_texts(language: Language) -> dict[str, str]:
    """The sounds with which app_queue tells place and expected wait.

    Asterisk's say.c puts Chinese numbers together from tens and units, English ones from 20 on.
    """
    if language is Language.ZH:
        tens = "一二三四五六七八九"
        counted = {f"{ten}0": f"{tens[ten - 1]}十".removeprefix("一") for ten in range(1, 10)}
        counted |= {"hundred": "百", "thousand": "千"}
    else:
        counted = {str(number): str(number) for number in (*range(10, 20), *range(20, 100, 10))}
        counted |= {"hundred": "hundred", "thousand": "thousand"}
    return _QUEUE[language] | {f"digits/{name}": word for name, word in counted.items()}


def digit_texts(language: Language) -> dict[str, str]:
    """The sounds that numbers are put together from: "digits/0" … "letters/z", "letters/dash".

    Digits are counted with (一); a ticket number is spelled as one dials it (幺): "letters/1".
    """
    english = {digit: digit for digit in "0123456789"}
    counting, spelled = (_COUNTING, _TELEPHONE) if language is Language.ZH else (english, english)
    texts = {f"digits/{digit}": word for digit, word in counting.items()}
    texts |= {f"letters/{digit}": word for digit, word in spelled.items()}
    texts |= {f"letters/{letter}": letter.upper() for letter in "abcdefghijklmnopqrstuvwxyz"}
    return texts
