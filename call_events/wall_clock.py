"""Noticing that the clock of this machine was set."""

import time
from typing import Final

# Less is a clock that is being kept right, a little at a time.
SET_SECONDS: Final = 1.0


class WallClock:
    """Holds the clock on the wall against the one that nobody can set."""

    def __init__(self) -> None:
        self._ahead = _ahead()

    def set_by(self) -> float:
        """Seconds by which the clock was set since this was last asked, forward or back; else 0."""
        before, self._ahead = self._ahead, _ahead()
        step = self._ahead - before
        return step if abs(step) >= SET_SECONDS else 0.0


def _ahead() -> float:
    return time.time() - time.monotonic()
