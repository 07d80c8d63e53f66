"""What each process of ours keeps in memory, after a load and with a hundred desks connected.

The real `hotline up`, prompts and all. PSS: pages shared by our processes are counted once.
"""

import asyncio
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import psutil
import uvloop

from hotline import composition
from hotline.composition import Line
from hotline.settings import Settings
from tests.support.city import City, running_city
from tests.support.line import ASTERISK_ROOT

from .callers import BOUND_SECONDS, carrier_of, place
from .desks import log_in, open_desks
from .figures import Figure
from .house import DESKS, write_catalogue

NUMBER: Final = "12345"
MEGABYTE: Final = 1_000_000
GOAL: Final = "≤ 400 MB"
NAMES: Final = {
    "processes agi": "the loop",
    "record": "the recorder",
    "console": "the console",
    "ringback": "who rings back",
    "supervisord": "the supervisor",
    "cli": "hotline up",
}
OTHERS: Final = {"redis-server": "redis (apart)", "asterisk": "asterisk (apart)"}


def measure(quick: bool = False) -> Iterator[Figure]:
    """Yield megabytes by process and the sum of ours."""
    with tempfile.TemporaryDirectory(prefix="bench-memory-") as folder:
        catalogue = write_catalogue(Path(folder) / "catalogue")
        home = Path(folder) / "home"
        with (
            running_city(
                home, HOTLINE_CATALOGUE=str(catalogue), HOTLINE_ASTERISK_ROOT=str(ASTERISK_ROOT)
            ) as city,
            carrier_of(city.target) as carrier,
        ):
            seconds = 2 if quick else 10
            place(carrier, [NUMBER], 100 * seconds, rate=100).wait(BOUND_SECONDS)
            found = uvloop.run(_with_desks(city))
    for name, megabytes in found.items():
        yield Figure.once(name, "MB PSS", megabytes)
    ours = sum(megabytes for name, megabytes in found.items() if name not in OTHERS.values())
    yield Figure.once("all of ours together", "MB PSS", ours, GOAL)


async def _with_desks(city: City) -> dict[str, float]:
    line = _line_of(city)
    async with open_desks(line, await log_in(line, DESKS)):
        await asyncio.sleep(1)
        return await asyncio.to_thread(by_process, city.process.pid)


def by_process(root: int) -> dict[str, float]:
    """Return the proportional set size of a line's processes in MB, by what they are."""
    processes = [psutil.Process(root), *psutil.Process(root).children(recursive=True)]
    found: dict[str, float] = {}
    for process in processes:
        name = _name(process)
        found[name] = found.get(name, 0.0) + process.memory_full_info().pss / MEGABYTE
    return dict(sorted(found.items(), key=lambda item: item[0] in OTHERS.values()))


def _name(process: psutil.Process) -> str:
    words = " ".join(process.cmdline())
    for sign, name in {**OTHERS, **NAMES}.items():
        if sign == "asterisk" and "asterisk.conf" not in words:
            continue
        if sign in words:
            return name
    return process.name()


def _line_of(city: City) -> Line:
    """Return the line whose processes run in `city`, put together from the same settings."""
    settings = {
        key.removeprefix("HOTLINE_").lower(): value
        for key, value in city.environment.items()
        if key.startswith("HOTLINE_")
    }
    return composition.line(Settings.model_validate(settings))
