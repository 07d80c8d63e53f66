"""A clock on the wall that a test sets, for whole programs; nobody else's clock moves with it."""

import os
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

# Debian's libfaketime, the one for programs of many threads; $LIB would be that of Asterisk's tree.
SHIM: Final = "faketime/libfaketimeMT.so.1"


class Clock:
    """What the programs that are started with `environment` take for the time."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self._ahead = timedelta()
        self._set()
        self.environment = {
            **os.environ,
            "LD_PRELOAD": os.fspath(_shim()),
            "FAKETIME_TIMESTAMP_FILE": os.fspath(self._file),
            # Each look at the clock is a look at the file: it is set for all at one moment.
            "FAKETIME_NO_CACHE": "1",
            # A clock that is set moves neither the one that counts on nor the times of files.
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "NO_FAKE_STAT": "1",
        }

    def set_back(self, seconds: float) -> None:
        """From now on these programs believe that it is so much earlier than they did."""
        self._ahead -= timedelta(seconds=seconds)
        self._set()

    def now(self) -> datetime:
        return datetime.now(UTC) + self._ahead

    def _set(self) -> None:
        written = self._file.with_suffix(".new")
        written.write_text(f"{self._ahead.total_seconds():+f}", "utf-8")
        written.replace(self._file)  # at one stroke: nobody reads half of it


def _shim() -> Path:
    listed = subprocess.run(
        ("dpkg", "-L", "libfaketime"), capture_output=True, text=True, check=False
    )
    found = [Path(line) for line in listed.stdout.splitlines() if line.endswith(SHIM)]
    assert found, "no libfaketime: run deploy/setup.sh test"
    return found[0]
