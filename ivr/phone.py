"""The telephone as the flow sees it: small enough that a test plays it by hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class CallerHungUp(Exception):
    """The caller is gone; normal flow, never an error."""


class Phone(Protocol):
    """One caller on the line. Every method raises CallerHungUp once the caller is gone."""

    async def play(self, sounds: Sequence[str], keys: str) -> str:
        """Play sounds one after the other; return the key of `keys` that cut them short, or ""."""
        ...

    async def wait_key(self, keys: str, seconds: float) -> str:
        """Wait in silence for one of `keys`; "" when none came."""
        ...
