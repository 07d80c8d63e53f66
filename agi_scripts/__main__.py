"""``python -m agi_scripts HOST PORT CATALOGUE``: the loop's service as a process of its own."""

import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from routing.loader import load_catalogue

from .fastagi import serve


async def run(host: str, port: int, catalogue_path: Path) -> None:
    """Load the catalogue and answer until SIGTERM."""
    catalogue = load_catalogue(catalogue_path)
    await serve(host, port, lambda: catalogue, lambda: datetime.now(UTC))


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    uvloop.run(run(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3])))
