"""What the loop costs: the same Asterisk, the same callers, with and without asking it.

Plain is ``Answer(,i); Queue()``, the least a dialplan can do. Calls leave 0.4 s after the answer.
Rounds alternate, so that a slow minute of the machine slows both.
"""

import csv
import io
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.line import REPOSITORY, Line, listening, running_line
from tests.support.prompts import silent_prompts
from tests.support.sipp import Carrier, Sipp
from tests.support.until import until

from .figures import Figure, percentile

CARRIER: Final = "127.0.0.2"
PLAIN: Final = "99901"
LOOP: Final = "12345"
SCENARIO: Final = Path(__file__).parent / "short_call.xml"


def saturation(line: Line, carrier: Carrier, number: str, calls: int) -> float:
    """Return calls per second that reached the queue, with as many waiting as Asterisk takes."""
    before = _entered(line)
    started = time.monotonic()
    sipp = _place(carrier, number, calls, rate=2000, at_once=600)
    sipp.wait(120)
    seconds = time.monotonic() - started
    reached = _entered(line) - before
    if reached < calls * 0.97:
        raise RuntimeError(f"{number}: {reached} of {calls} calls reached the queue")
    return reached / seconds


def setup_delays(line: Line, carrier: Carrier, number: str, rate: int, seconds: int) -> list[float]:
    """Return each call's time from its channel's start to its answer, in ms, at a steady rate.

    Both instants are Asterisk's own (CEL, microseconds); sipp's clock ticks in 4 ms here.
    """
    before = len(line.cel())
    _place(carrier, number, rate * seconds, rate=rate, at_once=2000).wait(seconds + 60)
    started: dict[str, float] = {}
    delays = []
    for row in csv.reader(io.StringIO(line.cel()[before:])):
        event, instant, channel = row[0], float(row[1]), row[3]
        if event == "CHAN_START":
            started[channel] = instant
        elif event == "ANSWER" and channel in started:
            delays.append((instant - started[channel]) * 1000)
    return delays


def measure(rounds: int = 5, calls: int = 3000) -> Iterator[Figure]:
    """Yield the loop's figures."""
    home = Path(tempfile.mkdtemp(prefix="bench-loop-"))
    with (
        running_line(home, silent_prompts(), with_loop=False) as line,
        _quiet_loop(line.instance.agi_port),
    ):
        line.cli(f"dialplan add extension {PLAIN},1,Answer(\\,i) into numbers")
        queue = line.catalogue.general.name
        line.cli(f"dialplan add extension {PLAIN},2,Queue({queue}) into numbers")
        carrier = Carrier(CARRIER, line.target, home)
        for number in (PLAIN, LOOP):
            saturation(line, carrier, number, 500)  # warm
        plain, loop = [], []
        for _ in range(rounds):
            plain.append(saturation(line, carrier, PLAIN, calls))
            loop.append(saturation(line, carrier, LOOP, calls))
        yield Figure("plain dialplan into a queue", "calls/s", tuple(plain))
        yield Figure("the loop into a queue", "calls/s", tuple(loop))
        ratios = tuple(ours / theirs for ours, theirs in zip(loop, plain, strict=True))
        yield Figure("loop ÷ plain", "", ratios, "≥ 0.85")
        for rate in (50, 100):
            yield from _added_delay(line, carrier, rate, rounds=3)


@contextmanager
def _quiet_loop(port: int) -> Iterator[None]:
    command = (sys.executable, "-m", "bench.quiet_city", str(port))
    process = subprocess.Popen(command, cwd=REPOSITORY)
    try:
        until(lambda: listening(port), 10, "the loop listens")
        yield
    finally:
        process.terminate()
        process.wait(5)


def _added_delay(line: Line, carrier: Carrier, rate: int, rounds: int) -> Iterator[Figure]:
    added: dict[int, list[float]] = {50: [], 99: []}
    for _ in range(rounds):
        plain = setup_delays(line, carrier, PLAIN, rate, 5)
        loop = setup_delays(line, carrier, LOOP, rate, 5)
        for percent, values in added.items():
            values.append(percentile(loop, percent) - percentile(plain, percent))
    yield Figure(f"added set-up delay at {rate} calls/s, p50", "ms", tuple(added[50]), "≤ 2 ms")
    yield Figure(f"added set-up delay at {rate} calls/s, p99", "ms", tuple(added[99]), "≤ 10 ms")


def _place(carrier: Carrier, number: str, calls: int, rate: int, at_once: int) -> Sipp:
    arguments = ("-s", number, "-m", str(calls), "-r", str(rate), "-l", str(at_once))
    return carrier.run(SCENARIO, (*arguments, "-timeout", "120", carrier.target))


def _entered(line: Line) -> int:
    return line.queue_log_text().count("|ENTERQUEUE|")
