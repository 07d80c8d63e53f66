"""Who presses 3 is spoken to in English from there on, and is led there the next time at once."""

import itertools
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from call_events.cel import parse_cel, step_of
from tests.support.ear import Ear
from tests.support.line import NANJING, REPOSITORY, Line, listening, running_line
from tests.support.ports import free_port
from tests.support.prompts import rendered_prompts
from tests.support.redis_server import redis_server
from tests.support.sipp import Carrier, Dial
from tests.support.until import until

LOOP = """
import asyncio, sys
from pathlib import Path
from redis.asyncio import Redis
from agi_scripts.fastagi import answer_from
from agi_scripts.following import CatalogueInForce
from call_events.caller_memory import CallerMemory
from ivr.knowledge import Knowledge

async def main(catalogue, port, redis):
    memory = CallerMemory(Redis(port=int(redis)), 3600)
    following = asyncio.ensure_future(memory.follow())
    in_force = CatalogueInForce(Path(catalogue))
    await answer_from(in_force, "127.0.0.1", int(port), Knowledge(callers=memory))

asyncio.run(main(*sys.argv[1:]))
"""
_callers = itertools.count(13400000001)


@pytest.fixture(scope="module")
def remembering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A line whose loop remembers callers, in a Redis of its own."""
    home = tmp_path_factory.mktemp("remembering")
    redis_port = free_port()
    with (
        redis_server(redis_port, home),
        running_line(home, rendered_prompts(), with_loop=False) as line,
    ):
        port = str(line.instance.agi_port)
        command = (sys.executable, "-c", LOOP, str(NANJING), port, str(redis_port))
        with (home / "loop.out").open("wb") as output:
            loop = subprocess.Popen(command, cwd=REPOSITORY, stdout=output, stderr=output)
        try:
            until(lambda: listening(line.instance.agi_port), 10, "the loop listens")
            yield line
        finally:
            loop.terminate()
            loop.wait(10)


@pytest.fixture
def carrier(remembering: Line, tmp_path: Path) -> Iterator[Carrier]:
    with Carrier("127.0.0.2", remembering.target, tmp_path) as carrier:
        yield carrier


def first_step(line: Line, caller: str, call: int) -> tuple[str, str]:
    """Return step and rule of the first decision on a caller's nth call, from Asterisk's log."""

    def found() -> tuple[str, str] | None:
        rows = parse_cel(line.cel().encode()).rows
        steps = [step_of(row) for row in rows if row.caller == caller]
        firsts = [(step.step, step.reason) for step in steps if step and step.seq == 1]
        return firsts[call] if len(firsts) > call else None

    return until(found, 10, f"call {call} of {caller}") or ("", "")


def spoken_to_in(line: Line) -> str:
    """Return the language of the one caller's channel, as Asterisk has it now."""
    channel = next(
        row.split("!")[0]
        for row in line.cli("core show channels concise").splitlines()
        if row.startswith("PJSIP/carrier-")
    )
    shown = line.cli(f"core show channel {channel}")
    return next(row.split(":")[1].strip() for row in shown.splitlines() if "Language:" in row)


def ring(line: Line, carrier: Carrier, caller: str, key: str = "") -> None:
    """Ring 12345, press a key during the greeting if there is one, and stay until in a queue."""
    line.cli("channel request hangup all")
    until(lambda: line.channels() == 0, 10, "the line is quiet")
    before = len(line.entered(caller))
    ear = Ear(carrier.host)
    carrier.place([Dial("12345", caller, ear.port, stay=12)])
    until(lambda: ear.heard_seconds > 0.5, 5, "the greeting is heard")
    if key:
        ear.press(key)
    until(lambda: len(line.entered(caller)) > before, 12, "the caller is in a queue")
    ear.close()


@pytest.mark.parametrize(
    ("key", "queue", "language"), [("3", "english", "en"), ("4", "dialect", "zh")]
)
def test_a_language_chosen_by_key_is_spoken_from_there_on_and_remembered(
    remembering: Line, carrier: Carrier, key: str, queue: str, language: str
) -> None:
    """Nobody sits there now, so the caller hears so, in that language, and goes to a person."""
    caller = str(next(_callers))
    ring(remembering, carrier, caller, key)
    assert first_step(remembering, caller, 0) == ("queue:general-seats", "main")
    assert [step.split()[2] for step in remembering.steps("12345")][-2:] == [
        f"queue:{queue}",
        "queue:general-seats",
    ]
    assert spoken_to_in(remembering) == language

    ring(remembering, carrier, caller)
    assert first_step(remembering, caller, 1) == (f"queue:{queue}", "language")
    assert spoken_to_in(remembering) == language

    ring(remembering, carrier, caller, "0")
    ring(remembering, carrier, caller)
    assert first_step(remembering, caller, 3) == ("queue:general-seats", "main"), "0 forgets"
