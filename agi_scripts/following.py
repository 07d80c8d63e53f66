"""The catalogue the loop answers from: each new one is taken without a pause."""

import asyncio
from pathlib import Path
from typing import Final

import structlog

from routing.catalogue import Catalogue
from routing.faults import CatalogueFaults
from routing.loader import load_catalogue

LOOK_SECONDS: Final = 0.5

log = structlog.get_logger(__name__)


class CatalogueInForce:
    """The catalogue at a path; when that is a link that comes to lead elsewhere, it is read again.

    Calls go on with the old one meanwhile, and for ever if the new one has faults.
    """

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
