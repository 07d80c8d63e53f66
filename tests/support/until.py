"""Waiting for what a test expects, never longer than it may take."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


def until(what: Callable[[], T], within: float = 10.0, why: str = "") -> T:
    """Return the first true result of `what`; fail after `within` seconds."""
    deadline = time.monotonic() + within
    while not (result := what()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within} s: {why or what}")
        time.sleep(0.02)
    return result
