"""``python -m agi_scripts HOST PORT CATALOGUE [MARK]``: the loop's service as a process of its own.

When the file MARK changes, the catalogue is read again; calls go on with the old one meanwhile, and
for ever if the new one has faults.
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

    def __init__(self, path: Path, mark: Path | None) -> None:
        self._path = path
        self._mark = mark
        self._seen = self._read_mark()
        self.catalogue: Catalogue = load_catalogue(path)

    def _read_mark(self) -> str:
        try:
            return self._mark.read_text("utf-8") if self._mark else ""
        except OSError:
            return ""

    async def follow(self) -> None:
        """Take each new catalogue, for ever."""
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            if (mark := self._read_mark()) == self._seen:
                continue
            self._seen = mark
            try:
                # In a thread: reading takes a tenth of a second, and callers are waiting.
                self.catalogue = await asyncio.to_thread(load_catalogue, self._path)
                log.info("catalogue_taken")
            except (CatalogueFaults, OSError) as error:
                log.error("catalogue_not_taken", error=str(error))


async def run(host: str, port: int, catalogue: Path, mark: Path | None) -> None:
    """Load the catalogue and answer until SIGTERM."""
    in_force = CatalogueInForce(catalogue, mark)
    following = asyncio.create_task(in_force.follow())
    try:
        await serve(host, port, lambda: in_force.catalogue, lambda: datetime.now(UTC))
    finally:
        following.cancel()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    host, port, catalogue, *mark = sys.argv[1:]
    uvloop.run(run(host, int(port), Path(catalogue), Path(mark[0]) if mark else None))
