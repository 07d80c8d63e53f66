"""An hour at a steady rate: memory, descriptors and channels stay what they were."""

import contextlib
import os
import re
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import psutil

from asterisk_conf.control_socket import ControlSocket
from tests.support.until import until

from .callers import BOUND_SECONDS, carrier_of, place
from .figures import Figure
from .house import House, running_house
from .memory import NAMES, by_process

NUMBER: Final = "12345"
RATE: Final = 20
CHANNELS: Final = re.compile(r"([0-9]+) active channels")
GOALS: Final = {"memory": "≤ 1.1", "descriptors": "≤ 1.02"}


@dataclass(frozen=True, slots=True)
class Sample:
    """The house between two stretches of calls: megabytes and descriptors of ours, channels."""

    memory: dict[str, float]
    descriptors: int
    channels: int


def measure(quick: bool = False) -> Iterator[Figure]:
    """Yield how the last third of the time compares with the first, and what was left over."""
    stretch, whole = (3, 9) if quick else (60, 3600)
    with running_house() as house, carrier_of(house.target) as carrier:
        place(carrier, [NUMBER], RATE * stretch, rate=RATE).wait(BOUND_SECONDS)  # warm
        began, samples, failed = time.monotonic(), list[Sample](), 0
        while time.monotonic() < began + whole:
            sipp = place(carrier, [NUMBER], RATE * stretch, rate=RATE)
            sipp.wait(BOUND_SECONDS)
            failed += sipp.counts()["failed"]
            samples.append(sample(house))
    third = max(1, len(samples) // 3)
    for name in NAMES.values():
        values = [one.memory[name] for one in samples if name in one.memory]
        if values:
            yield Figure.once(
                f"{name}: memory, last third ÷ first", "×", _grown(values, third), GOALS["memory"]
            )
    descriptors = [float(one.descriptors) for one in samples]
    grown = _grown(descriptors, third)
    yield Figure.once("descriptors, last third ÷ first", "×", grown, GOALS["descriptors"])
    yield Figure.once("channels left between stretches, most", "", _most_channels(samples), "0")
    yield Figure.once("calls that failed", "calls", float(failed), "0")


def sample(house: House) -> Sample:
    """Look once the callers are gone; a channel that stays is a figure, not a failure."""
    socket = ControlSocket(house.line.instance)

    def channels() -> int:
        found = CHANNELS.search(socket.run("core show channels count"))
        return int(found[1]) if found else 0

    with contextlib.suppress(AssertionError):
        until(lambda: channels() == 0, 10)
    memory = by_process(os.getpid())
    return Sample(memory, sum(_descriptors()), channels())


def _descriptors() -> Iterator[int]:
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.Error):
            if "hotline.processes" in process.cmdline():
                yield process.num_fds()


def _grown(values: list[float], third: int) -> float:
    return statistics.median(values[-third:]) / statistics.median(values[:third])


def _most_channels(samples: list[Sample]) -> float:
    return float(max(one.channels for one in samples))
