"""A person is looked up by number only in a request's body, never in an address."""

from __future__ import annotations

import hashlib
import re
from typing import Final

from routing.catalogue import Catalogue
from routing.numbers import caller_number

from .errors import Refused

_NUMBER: Final = re.compile(r"\+?[0-9]{7,20}", re.ASCII)
_DATE: Final = re.compile(r"20[0-9]{6}", re.ASCII)
_SEPARATORS: Final = str.maketrans("", "", " -()")


def keep_numbers_out(words: str, catalogue: Catalogue) -> None:
    """Refuse a citizen's number in a query string, which ends in logs and histories.

    The line's own numbers and a date, as in a ticket's number, are nobody's.
    """
    bare = words.translate(_SEPARATORS)
    if "-" in words and _DATE.match(words):
        return
    if not _NUMBER.fullmatch(bare) or _DATE.fullmatch(bare) or catalogue.hotline(bare):
        return
    raise Refused("phone_in_address", "q")


def spellings(presented: str, catalogue: Catalogue) -> frozenset[str]:
    """The ways one caller's number may have been written down; empty for a withheld one."""
    if not presented:
        return frozenset()
    return frozenset({presented, caller_number(presented, catalogue.city)} - {""})


def number_digest(number: str) -> str:
    """What the audit keeps of a number that was searched for."""
    return hashlib.sha256(number.encode()).hexdigest()
