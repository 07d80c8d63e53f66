"""The number plan: how a number may be dialled, compared and shown."""

from __future__ import annotations

import re
from ipaddress import IPv4Address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .catalogue import City

# Plan, section 一: 除110、119、120、122等紧急应急热线外. The same in every city of the country.
EMERGENCY_NUMBERS = frozenset({"110", "119", "120", "122"})

_CALLER = re.compile(r"\+?[0-9]{1,20}", re.ASCII)
_MOBILE = re.compile(r"1[3-9][0-9]{9}", re.ASCII)
_LOCAL = re.compile(r"[2-8][0-9]{6,7}")
_LANDLINE = re.compile(r"(010|02[0-9]|0[3-9][0-9]{2})[2-8][0-9]{6,7}", re.ASCII)
_COUNTRY = "86"
_EMERGENCY = re.compile(
    rf"(?:(?:\+|00)?{_COUNTRY}(?:0?[1-9][0-9]{{1,2}})?|0[1-9][0-9]{{1,2}})?"
    rf"(?:{'|'.join(sorted(EMERGENCY_NUMBERS))})",
    re.ASCII,
)
_STARS = "****"


def dialled_forms(number: str, city: City) -> tuple[str, ...]:
    """Every form in which a carrier may send `number`: local, with area code, with country code.

    >>> dialled_forms("12333", city)
    ('12333', '02512333', '862512333', '+862512333', '00862512333', '8602512333', '+8602512333')
    """
    area, country = city.area_code, city.country_code
    international = f"{country}{area[1:]}{number}"
    with_zero = f"{country}{area}{number}"
    return (
        number,
        f"{area}{number}",
        international,
        f"+{international}",
        f"00{international}",
        with_zero,
        f"+{with_zero}",
    )


def emergency_number(number: str) -> bool:
    """Whether dialling this reaches an emergency service: alone, with any area or country code."""
    return _EMERGENCY.fullmatch(number) is not None


def caller_number(presented: str, city: City | None = None) -> str:
    """One spelling for one caller: no country code, mobiles bare, landlines with area code.

    Returns "" for a withheld number or anything that is not a telephone number.
    """
    if not _CALLER.fullmatch(presented):
        return ""
    number = _without_country(presented)
    if number.startswith("0") and _MOBILE.fullmatch(number[1:]):
        return number[1:]  # carriers put a 0 before a mobile of another city
    if city is not None and _LOCAL.fullmatch(number):
        return f"{city.area_code}{number}"
    return number


def dialable(number: str) -> bool:
    """Whether a caller (in the one spelling) can be rung back: a mobile, or area code and number.

    Short numbers, emergency numbers among them, and numbers abroad never are.
    """
    return bool(_MOBILE.fullmatch(number) or _LANDLINE.fullmatch(number))


def possible_host(host: str) -> str:
    """A host name or IPv4 address as written. Raises ValueError for 999.1.1.1 and the like."""
    if re.fullmatch(r"[0-9.]+", host):
        try:
            IPv4Address(host)
        except ValueError:
            raise ValueError("host") from None
    return host


def masked(number: str) -> str:
    """A caller's number as a list may show it: 138****5678, 025****1234, never the middle."""
    if not number:
        return ""
    if not _CALLER.fullmatch(number):
        return _STARS
    bare = caller_number(number)
    landline = _LANDLINE.fullmatch(bare)
    if landline:
        return f"{landline[1]}{_STARS}{bare[-4:]}"
    if len(bare) >= 11:
        return f"{bare[:3]}{_STARS}{bare[-4:]}"
    if len(bare) >= 7:
        return f"{_STARS}{bare[-4:]}"
    return f"{bare[0]}{_STARS}" if len(bare) > 3 else _STARS


def _without_country(presented: str) -> str:
    for prefix in (f"+{_COUNTRY}", f"00{_COUNTRY}", _COUNTRY):
        rest = presented.removeprefix(prefix)
        if rest == presented:
            continue
        if _MOBILE.fullmatch(rest) or _LANDLINE.fullmatch(rest):
            return rest
        if _LANDLINE.fullmatch(f"0{rest}"):
            return f"0{rest}"
    return presented
