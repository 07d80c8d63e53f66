"""The languages a caller can be spoken to in."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """A language, by the name of its folder of sounds (Asterisk looks in sounds/<language>)."""

    ZH = "zh"
    EN = "en"
