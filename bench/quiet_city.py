"""The loop for a city whose line says nothing before the queue.

Prompts take seconds and would hide what the loop costs. The checker rightly refuses a main number
without a greeting, so it is taken away after loading. All else is as `hotline.processes agi` has
it: settings from the environment, callers who are remembered in Redis, a settled collector.
"""

import sys
from datetime import UTC, datetime

import uvloop

from agi_scripts.fastagi import serve
from hotline import composition
from hotline.collector import settle
from hotline.processes import knowing
from hotline.settings import Settings
from routing.catalogue import Catalogue

COMMAND = (sys.executable, "-m", "bench.quiet_city")


def quiet(catalogue: Catalogue) -> Catalogue:
    """Return the catalogue with no greeting on its main number."""
    hotlines = tuple(
        hotline.model_copy(update={"greeting": None}) if hotline is catalogue.main else hotline
        for hotline in catalogue.hotlines
    )
    return catalogue.model_copy(update={"hotlines": hotlines})


async def answer() -> None:
    """Answer the dialplan until cancelled."""
    line = composition.line(Settings())
    city = quiet(line.catalogue)
    async with knowing(line) as knowledge:
        port = line.settings.agi_port
        settle()
        await serve("127.0.0.1", port, lambda: city, lambda: datetime.now(UTC), knowledge)


if __name__ == "__main__":
    uvloop.run(answer())
