"""Noticing that the clock of this machine was set."""

import time
from pathlib import Path
from typing import Final

# Less is a clock that is being kept right, a little at a time.
SET_SECONDS: Final = 1.0
BOOT: Final = Path("/proc/sys/kernel/random/boot_id")


class WallClock:
    """Holds the clock on the wall against the one that nobody can set."""

    def __init__(self) -> None:
        self._ahead = _ahead()

    def set_by(self) -> float:
        """Seconds by which the clock was set since this was last asked, forward or back; else 0."""
        before, self._ahead = self._ahead, _ahead()
        step = self._ahead - before
        return step if abs(step) >= SET_SECONDS else 0.0


def reading() -> str:
    """How both clocks stand to each other, for a later look, which may be another program's."""
    return f"{_boot()} {_ahead():.3f}"


def set_since(read: str) -> float | None:
    """Seconds by which the clock was set since `reading`; None: this machine was started anew."""
    boot, _, ahead = read.partition(" ")
    return _ahead() - float(ahead) if boot == _boot() else None


def _boot() -> str:
    return BOOT.read_text("ascii").strip() if BOOT.exists() else "unknown"


def _ahead() -> float:
    return time.time() - time.monotonic()
