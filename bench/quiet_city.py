"""The loop for a city whose line says nothing before the queue.

Prompts take seconds and would hide what the loop costs. The checker rightly refuses a main number
without a greeting, so it is taken away after loading.
``python -m bench.quiet_city HOST PORT [CATALOGUE]``.
"""

import sys
from datetime import UTC, datetime
from pathlib import Path

import uvloop

from agi_scripts.fastagi import serve
from routing.catalogue import Catalogue
from routing.loader import load_catalogue

NANJING = Path(__file__).resolve().parent.parent / "routing/nanjing"


def quiet(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue with no greeting on its main number."""
    hotlines = tuple(
        hotline.model_copy(update={"greeting": None}) if hotline is catalogue.main else hotline
        for hotline in catalogue.hotlines
    )
    return catalogue.model_copy(update={"hotlines": hotlines})


if __name__ == "__main__":
    host, port, *rest = sys.argv[1:]
    city = quiet(load_catalogue(Path(rest[0]) if rest else NANJING))
    uvloop.run(serve(host, int(port), lambda: city, lambda: datetime.now(UTC)))
