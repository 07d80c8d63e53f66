"""From Asterisk's event to the one right screen: AMI, state machine, commit, stream, websocket.

Real calls ring real phones at a hundred desks. Each message carries the moment of Asterisk's own
event (AMI's Timestamp, microseconds, this machine's clock), so nothing on the way is left out.
"""

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import uvloop

from call_events.events import EventType
from tests.support.sipp import Carrier

from .callers import BOUND_SECONDS, carrier_of, place
from .desks import (
    OVERSEER,
    READY_SECONDS,
    Desk,
    agents_by_state,
    answering_phones,
    get_ready,
    log_in,
    open_desks,
)
from .figures import Figure, percentiles
from .house import DESKS, House, running_house

NUMBER: Final = "12345"
STAY_MS: Final = 1200
"""Callers talk this long; with wrap-up, 15 calls/s keep about two thirds of the desks busy."""
RATES: Final = (5, 15)
GOALS: Final = {50: "", 99: "≤ 20 ms"}
LATE_SECONDS: Final = 3.0
SAMPLED: Final = frozenset(
    (EventType.MEMBER_RANG, EventType.CALL_CONNECTED, EventType.AGENT_STATE_CHANGED)
)


def measure(quick: bool = False) -> Iterator[Figure]:
    """Yield delays at two rates of calls, and whether every event found its one screen."""
    with (
        running_house() as house,
        carrier_of(house.target) as carrier,
        answering_phones(house.line, DESKS),
    ):
        yield from uvloop.run(_measure(house, carrier, quick))


async def _measure(house: House, carrier: Carrier, quick: bool) -> list[Figure]:
    tokens = await log_in(house.line, DESKS)
    rounds, seconds = (1, 3) if quick else (3, 6)
    figures: list[Figure] = []
    async with open_desks(house.line, tokens) as desks:
        await get_ready(house.line, tokens)
        await _all_free(house)
        await _calls(carrier, RATES[0], 2)  # warm
        for rate in RATES[:1] if quick else RATES:
            rings, others = [], []
            for _ in range(rounds):
                await _all_free(house)
                for desk in desks.values():
                    desk.heard.clear()
                began = time.time()
                await _calls(carrier, rate, seconds)
                await asyncio.sleep(LATE_SECONDS)
                _right_screens(house, desks, began, rate * seconds)
                rings.append(_delays(desks, EventType.MEMBER_RANG))
                others.append(_delays(desks, *SAMPLED))
            name = f"{rate} calls/s: ring → screen"
            figures += percentiles(name, rings, GOALS)
            figures += percentiles(f"{rate} calls/s: every event → screen", others, GOALS)
    return figures


async def _calls(carrier: Carrier, rate: int, seconds: int) -> None:
    sipp = place(carrier, [NUMBER], rate * seconds, rate=rate, stay_ms=STAY_MS)
    async with asyncio.timeout(BOUND_SECONDS):
        while sipp.process.poll() is None:  # noqa: ASYNC110 – another process
            await asyncio.sleep(0.05)
    if failed := sipp.counts()["failed"]:
        raise RuntimeError(f"{failed} calls failed at {rate}/s: {sipp.errors()[:500]}")


async def _all_free(house: House) -> None:
    for _ in range(READY_SECONDS * 5):
        if agents_by_state(house.line) == {"ready": len(DESKS)}:
            return
        await asyncio.sleep(0.2)
    raise RuntimeError(f"not everybody is ready again: {agents_by_state(house.line)}")


def _delays(desks: dict[str, Desk], *kinds: EventType) -> list[float]:
    """Return how long each message took, in ms."""
    return [
        (heard - datetime.fromisoformat(said["at"]).timestamp()) * 1000
        for desk in desks.values()
        if desk.extension != OVERSEER
        for heard, said in desk.heard
        if said["type"] in kinds
    ]


def _right_screens(house: House, desks: dict[str, Desk], began: float, calls: int) -> None:
    """Fail unless each committed ring reached exactly the screen of its agent, and no other."""
    with contextlib.closing(sqlite3.connect(house.database)) as database:
        rows = database.execute(
            "SELECT agent, call_id FROM call_events WHERE type = ? AND id > ? ORDER BY 1, 2",
            (EventType.MEMBER_RANG, int(began * 1_000_000)),
        ).fetchall()
    seen = sorted(
        (desk.extension, said["call_id"])
        for desk in desks.values()
        for _, said in desk.heard
        if said["type"] == EventType.MEMBER_RANG
    )
    if seen != rows or len(rows) < calls:
        raise RuntimeError(f"{calls} calls, {len(rows)} rings committed, {len(seen)} seen")
