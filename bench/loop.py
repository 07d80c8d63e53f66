"""What the loop costs: the same Asterisk, the same callers, with and without asking it.

Plain is ``Answer(,i); Queue()``, the least a dialplan can do. The loop is the whole one: it keeps
in mind of whom Redis remembers anything, and looks those up; here that is nobody, and at the end
everybody. Rounds alternate, and so do the seconds within a round of delays, so that a slow moment
of the machine slows both.
"""

import csv
import io
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from redis import Redis

from call_events.caller_memory import KEY, TOLD
from hotline import composition
from hotline.in_force import put_in_force
from hotline.programs import settings_environment
from hotline.settings import Settings
from routing.loader import load_catalogue
from routing.next_step import next_step
from routing.steps import Call
from tests.support.catalogue import edited_copy
from tests.support.line import NANJING, REPOSITORY, Line, listening, running_line
from tests.support.ports import free_port
from tests.support.prompts import silent_prompts
from tests.support.redis_server import redis_server
from tests.support.sipp import Carrier
from tests.support.until import until

from .callers import BOUND_SECONDS, carrier_of, place
from .figures import Figure, percentile
from .quiet_city import COMMAND as QUIET_LOOP

PLAIN: Final = "99901"
LOOP: Final = "12345"
CALLER: Final = "13800001111"
"""Of every short call."""
FIRST_STEP: Final = '""extra"":""1 loop '
AT_ONCE: Final = 350
STAY_MS: Final = 300
GOALS: Final = {50: "≤ 2 ms", 99: "≤ 10 ms"}


def measure(quick: bool = False) -> Iterator[Figure]:
    """Yield the loop's figures."""
    yield decision()
    with (
        tempfile.TemporaryDirectory(prefix="bench-loop-") as home,
        running_line(
            Path(home), silent_prompts(), catalogue_path=silent(home), with_loop=False
        ) as line,
        quiet_loop(line, Path(home)) as callers,
        carrier_of(line.target) as carrier,
    ):
        line.cli(f"dialplan add extension {PLAIN},1,Answer(\\,i) into numbers")
        queue = line.catalogue.general.name
        line.cli(f"dialplan add extension {PLAIN},2,Queue({queue}) into numbers")
        for number in (PLAIN, LOOP):
            saturation(line, carrier, number, 400)  # warm
        yield from _throughput(line, carrier, *((2, 500, 100) if quick else (6, 2000, AT_ONCE)))
        for rate in (50, 100):
            yield from _added_delay(line, carrier, rate, *((1, 2) if quick else (4, 5)))
        _remembers(callers)
        led = _led(line)
        remembered = "who is remembered, "
        yield from _added_delay(line, carrier, 50, *((1, 2) if quick else (4, 5)), remembered)
        _were_looked_up(_led(line) - led, callers)


def silent(home: str) -> Path:
    """Return a copy of the city whose general queue tells nobody a place: no prompts, no RTP."""
    return edited_copy(Path(home) / "city", ("    announce_seconds: 30\n", ""))


def decision() -> Figure:
    """Return what one decision costs: `next_step` for an arrival at every number, in CPU time."""
    catalogue, now = load_catalogue(NANJING), datetime.now(UTC)
    calls = [Call("c", hotline.number, "", "carrier") for hotline in catalogue.hotlines]
    rounds = []
    for _ in range(5):
        start = time.process_time()
        for call in calls * 100:
            next_step(catalogue, call, now)
        rounds.append((time.process_time() - start) / (100 * len(calls)) * 1e6)
    return Figure("next_step, one decision", "µs", tuple(rounds))


def saturation(line: Line, carrier: Carrier, number: str, calls: int, at_once: int = 100) -> float:
    """Return calls per second that are answered into the queue, as fast as Asterisk takes them.

    Short stays, so that calls end as fast as they begin; few enough at once that none is sent
    twice. Asterisk's own CEL tells when, in microseconds; the first and last fifth are left out.
    Who has hung up before reaching the queue, the set-up having taken longer than the stay, is not
    counted. Raises RuntimeError where those are more than three of a hundred.
    """
    before, cel = _entered(line), len(line.cel())
    place(carrier, [number], calls, rate=2000, at_once=at_once, stay_ms=STAY_MS).wait(BOUND_SECONDS)
    reached = _entered(line) - before
    if reached < calls * 0.97:
        raise RuntimeError(f"{number}: {reached} of {calls} calls reached the queue")
    answers = sorted(at for event, at, _, _ in _channel_events(line, cel) if event == "ANSWER")
    early, late = len(answers) // 5, len(answers) - len(answers) // 5 - 1
    return (late - early) / (answers[late] - answers[early]) * reached / calls


def setup_delays(
    line: Line, carrier: Carrier, rate: int, turns: int
) -> tuple[list[float], list[float]]:
    """Return the set-up delays of plain and of loop calls, each `turns` seconds long by turns.

    From the channel's start to its answer, in ms. Both instants are Asterisk's own (CEL,
    microseconds); sipp's clock ticks in milliseconds.
    """
    before = len(line.cel())
    numbers = [PLAIN] * rate + [LOOP] * rate
    place(carrier, numbers, rate * turns * 2, rate=rate).wait(BOUND_SECONDS)
    started: dict[str, tuple[str, float]] = {}
    delays: dict[str, list[float]] = {PLAIN: [], LOOP: []}
    for event, instant, channel, dialled in _channel_events(line, before):
        if event == "CHAN_START":
            started[channel] = (dialled, instant)
        elif event == "ANSWER" and channel in started:
            number, at = started[channel]
            delays[number].append((instant - at) * 1000)
    return delays[PLAIN], delays[LOOP]


@contextmanager
def quiet_loop(line: Line, home: Path) -> Iterator[Redis]:
    """Run the loop for a city that says nothing before the queue; yield the Redis it asks."""
    port = free_port()
    settings = Settings(
        home=home / "loop", agi_port=line.instance.agi_port, redis_url=f"redis://127.0.0.1:{port}/0"
    )
    composition.own(settings.home)
    put_in_force(settings)
    environment = {**os.environ, **settings_environment(settings)}
    with redis_server(port, home):
        process = subprocess.Popen(QUIET_LOOP, cwd=REPOSITORY, env=environment)
        try:
            until(lambda: listening(line.instance.agi_port), 20, "the loop listens")
            yield Redis(port=port)
        finally:
            process.terminate()
            process.wait(5)


def _throughput(
    line: Line, carrier: Carrier, rounds: int, calls: int, at_once: int
) -> Iterator[Figure]:
    plain, loop = [], []
    for _ in range(rounds):
        plain.append(saturation(line, carrier, PLAIN, calls, at_once))
        loop.append(saturation(line, carrier, LOOP, calls, at_once))
    yield Figure("plain dialplan into a queue", "calls/s", tuple(plain))
    yield Figure("the loop into a queue", "calls/s", tuple(loop))
    ratios = tuple(ours / theirs for ours, theirs in zip(loop, plain, strict=True))
    yield Figure("loop ÷ plain", "", ratios, "≥ 0.85")


def _added_delay(
    line: Line, carrier: Carrier, rate: int, rounds: int, turns: int, who: str = ""
) -> Iterator[Figure]:
    samples = [setup_delays(line, carrier, rate, turns) for _ in range(rounds)]
    plain = [delay for one, _ in samples for delay in one]
    loop = [delay for _, one in samples for delay in one]
    for percent, goal in GOALS.items():
        yield Figure(
            f"added set-up delay at {rate} calls/s, {who}p{percent}",
            "ms",
            tuple(percentile(b, percent) - percentile(a, percent) for a, b in samples),
            goal,
            percentile(loop, percent) - percentile(plain, percent),
        )


def _remembers(callers: Redis) -> None:
    """From now on something is remembered of the caller: nothing that changes where they go.

    Raises RuntimeError where no loop hears of it: what was measured would be another loop.
    """
    if _looked_up(callers):
        raise RuntimeError("the loop looked up a caller of whom nothing is remembered")
    callers.hset(KEY + CALLER, "missed", "0")
    if callers.publish(TOLD, CALLER) != 1:
        raise RuntimeError("the loop does not hear who is remembered")


def _were_looked_up(led: int, callers: Redis) -> None:
    """Nearly each who was led by the loop since was looked up before, as Redis counts.

    On a busy machine some may not get their question out in the time a look-up has.
    """
    if (looked_up := _looked_up(callers)) < led * 0.97:
        raise RuntimeError(f"the loop led {led} calls and looked up {looked_up} callers")


def _looked_up(callers: Redis) -> int:
    return int(callers.info("commandstats").get("cmdstat_hmget", {}).get("calls", 0))


def _led(line: Line) -> int:
    return line.cel().count(FIRST_STEP)


def _entered(line: Line) -> int:
    return line.queue_log_text().count("|ENTERQUEUE|")


def _channel_events(line: Line, start: int) -> Iterator[tuple[str, float, str, str]]:
    """Yield event, moment, channel and extension of CEL's lines from a position on."""
    for row in csv.reader(io.StringIO(line.cel()[start:])):
        yield row[0], float(row[1]), row[3], row[7]
