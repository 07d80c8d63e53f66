"""``python -m agi_scripts HOST PORT CATALOGUE``: the loop's service as a process of its own.

When CATALOGUE is a link and comes to lead elsewhere, the catalogue is read again; calls go on with
the old one meanwhile, and for ever if the new one has faults.
"""

import asyncio
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import structlog
import uvloop

from routing.catalogue import Catalogue
from routing.faults import CatalogueFaults
from routing.loader import load_catalogue

from .fastagi import serve

LOOK_SECONDS: Final = 0.5

log = structlog.get_logger(__name__)


class CatalogueInForce:
    """The catalogue the loop answers from."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read = path.resolve()
        self.catalogue: Catalogue = load_catalogue(self._read)

    async def follow(self) -> None:
        """Take each new catalogue, for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if (path := self._path.resolve()) == self._read:
                continue
            self._read = path
            try:
                # In a thread: reading takes a tenth of a second, and callers are waiting.
                self.catalogue = await asyncio.to_thread(load_catalogue, path)
                log.info("catalogue_taken")
            except (CatalogueFaults, OSError) as error:
                log.error("catalogue_not_taken", error=str(error))


async def run(host: str, port: int, catalogue: Path) -> None:
    """Load the catalogue and answer until SIGTERM."""
    in_force = CatalogueInForce(catalogue)
    following = asyncio.create_task(in_force.follow())
    try:
        await serve(host, port, lambda: in_force.catalogue, lambda: datetime.now(UTC))
    finally:
        following.cancel()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    host, port, catalogue = sys.argv[1:]
    uvloop.run(run(host, int(port), Path(catalogue)))
