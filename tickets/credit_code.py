"""The unified social credit code (统一社会信用代码) of an enterprise, GB 32100-2015."""

from __future__ import annotations

from typing import Final

# GB 32100-2015, table 2: digits and capitals without I, O, S, V and Z, each worth its place.
ALPHABET: Final = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH: Final = 18

_WORTH: Final = {character: worth for worth, character in enumerate(ALPHABET)}
_SEPARATORS: Final = str.maketrans("", "", " -")
# Characters 3–8 are the administrative division of the registering office (GB/T 2260).
_DIVISION: Final = slice(2, 8)


def tidied(written: str) -> str:
    """The code as it is stored: capitals, without the spaces and hyphens people put in."""
    return written.translate(_SEPARATORS).upper()


def is_well_formed(code: str) -> bool:
    """18 characters of the standard's alphabet, digits where the division stands."""
    division = code[_DIVISION]
    known = len(code) == LENGTH and all(character in _WORTH for character in code)
    return known and division.isascii() and division.isdigit()


def check_character(first_17: str) -> str:
    """The 18th character: 31 less the sum of worth × 3^(place - 1), modulo 31 (clause 4.5)."""
    total = sum(_WORTH[character] * pow(3, place, 31) for place, character in enumerate(first_17))
    return ALPHABET[-total % 31]


def is_valid(code: str) -> bool:
    """Whether a well-formed code ends with the check character its other 17 demand."""
    return check_character(code[:-1]) == code[-1]
