"""Waiting for what a test expects, never longer than it may take."""

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(what: Callable[[], T], within: float = 10.0, why: str = "") -> T:
    """Return the first true result of `what`; fail after `within` seconds.

    A look that takes long is taken less often: what is waited for needs the machine too.
    """
    began = time.monotonic()
    while True:
        looked = time.monotonic()
        if result := what():
            return result
        if time.monotonic() > began + within:
            raise AssertionError(f"not within {within} s: {why or what}")
        time.sleep(max(0.05, min(0.3, 4 * (time.monotonic() - looked))))


async def soon(what: Callable[[], object], within: float = 10.0) -> None:
    """Return once `what` is true; fail after `within` seconds."""
    async with asyncio.timeout(within):
        while not what():
            await asyncio.sleep(0.01)
