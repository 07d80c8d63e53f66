"""The record hour: ten minutes of 33 calls a second at 75 agents, then of twice and six times that.

What is judged is not speed but that nobody is lost: each call that sipp placed is an ended row with
one outcome, each 503 is one that we logged, each number that rang in vain is owed one call, and
Asterisk is empty and answers afterwards.
"""

import asyncio
import contextlib
import itertools
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from asterisk_conf.control_socket import ControlSocket
from tests.support.sipp import Carrier, Dial
from tests.support.until import until

from .callers import carrier_of
from .desks import agents_by_state, answering_phones, get_ready, log_in
from .figures import Figure
from .house import DESKS, House, running_house

AGENTS: Final = DESKS[:75]
RATES: Final = {33: 600, 66: 120, 198: 60}
"""Calls a second, and for how many seconds."""
STAY_SECONDS: Final = 10.0
AT_ONCE: Final = 4000
LATE_SECONDS: Final = 90
SETTLED_SECONDS: Final = 60
VAIN: Final = ("abandoned", "interrupted", "refused", "turned_away", "call_back")
_callers = itertools.count(13_000_000_001)


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of the calls of one rate, by outcome, and how many numbers are owed a call."""

    offered: int
    failed: int
    outcomes: dict[str, int]
    owed: int

    @property
    def lost(self) -> int:
        """Calls that no row tells of."""
        return self.offered - sum(self.outcomes.values())

    @property
    def unexplained(self) -> int:
        """Calls that failed at the carrier without our having refused them."""
        return self.failed - self.outcomes.get("turned_away", 0)

    @property
    def forgotten(self) -> int:
        """Numbers that rang in vain and are owed nothing; each rang once."""
        return sum(self.outcomes.get(outcome, 0) for outcome in VAIN) - self.owed


def measure(quick: bool = False) -> Iterator[Figure]:
    """Yield what became of the calls at each rate."""
    rates = {33: 5} if quick else RATES
    with running_house() as house, carrier_of(house.target) as carrier:
        tokens = asyncio.run(log_in(house.line, AGENTS))
        with answering_phones(house.line, AGENTS):
            asyncio.run(get_ready(house.line, tokens))
            until(lambda: agents_by_state(house.line).get("ready") == len(AGENTS), 30, "all ready")
            for rate, seconds in rates.items():
                yield from _figures(rate, offer(house, carrier, rate, seconds))


def offer(house: House, carrier: Carrier, rate: int, seconds: int) -> Counted:
    """Offer a steady rate of callers, each of a number of its own, who stay ten seconds."""
    first = next(_callers)
    dials = [Dial("12345", str(first), stay=STAY_SECONDS)]
    dials += [
        Dial("12345", str(next(_callers)), stay=STAY_SECONDS) for _ in range(rate * seconds - 1)
    ]
    bound = seconds + LATE_SECONDS
    sipp = carrier.place(dials, per_second=rate, at_once=AT_ONCE, bound=bound)
    sipp.wait(bound + 10)
    socket = ControlSocket(house.line.instance)
    until(lambda: "0 active channels" in socket.run("core show channels count"), 60, "all is quiet")
    last = int(dials[-1].caller)
    with contextlib.suppress(AssertionError):  # what is missing is a figure
        until(lambda: sum(_outcomes(house, first, last).values()) == len(dials), SETTLED_SECONDS)
    counts = sipp.counts()
    return Counted(
        counts["created"],
        counts["failed"],
        _outcomes(house, first, last),
        _owed(house, first, last),
    )


def _figures(rate: int, counted: Counted) -> Iterator[Figure]:
    for name, value, goal in (
        ("offered", counted.offered, ""),
        ("answered", counted.outcomes.get("answered", 0), ""),
        ("gave up", counted.outcomes.get("abandoned", 0), ""),
        ("refused with 503", counted.outcomes.get("turned_away", 0), ""),
        ("lost: no row", counted.lost, "0"),
        ("failed without our refusal", counted.unexplained, "0"),
        ("rang in vain and owed nothing", counted.forgotten, "0"),
    ):
        yield Figure.once(f"{rate}/s: {name}", "calls", float(value), goal)


def _outcomes(house: House, first: int, last: int) -> dict[str, int]:
    query = (
        "SELECT outcome, count(*) FROM calls WHERE state = 'ended'"
        " AND caller_id BETWEEN ? AND ? GROUP BY outcome"
    )
    return dict(_rows(house, query, first, last))


def _owed(house: House, first: int, last: int) -> int:
    query = "SELECT 'owed', count(*) FROM call_backs WHERE caller BETWEEN ? AND ?"
    return dict(_rows(house, query, first, last))["owed"]


def _rows(house: House, query: str, first: int, last: int) -> list[tuple[str, int]]:
    with contextlib.closing(sqlite3.connect(house.database)) as database:
        return database.execute(query, (str(first), str(last))).fetchall()
