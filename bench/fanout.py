"""From Asterisk's event to the one right websocket among many, beside a bare relay of a stream.

Ours: AMI bytes, state machine, commit, Redis, console, socket. The relay: Redis, socket. Both serve
as many sockets at once, in turns, and the same process reads them all.
"""

import asyncio
import contextlib
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

import uvloop
from redis import Redis
from websockets.asyncio.client import ClientConnection, connect

from call_events.events import EventType
from call_events.heartbeat import pulse_key, read_pulse
from database.migrate import upgrade_async
from hotline import composition
from hotline.composition import Line
from hotline.in_force import put_in_force
from hotline.programs import settings_environment
from hotline.settings import Settings
from tests.support.line import NANJING, listening
from tests.support.ports import free_port
from tests.support.redis_server import redis_server
from tests.support.until import until

from .ami_player import FIRST
from .desks import OVERSEER, Desk, log_in, open_desks
from .figures import Figure, percentiles
from .player import Player, playing, program

CLIENTS: Final = (500, 2000)
RATES: Final = (100, 1000)
GOALS: Final = {50: "≤ 5 ms", 99: "≤ 20 ms"}
RELAYED: Final = {50: "", 99: ""}
LATE_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class Stand:
    """What is measured: the line's console, and the relay, each with its own speaker."""

    line: Line
    asterisk: Player
    publisher: Player
    relay_port: int


def measure(quick: bool = False) -> Iterator[Figure]:
    """Yield delays at each number of websockets and each rate."""
    for clients in (50,) if quick else CLIENTS:
        with tempfile.TemporaryDirectory(prefix="bench-fanout-") as folder:
            yield from uvloop.run(_measure(Path(folder), clients, quick))


async def _measure(folder: Path, clients: int, quick: bool) -> list[Figure]:
    rounds, seconds = (1, 2) if quick else (3, 5)
    names = [str(FIRST + number) for number in range(clients)]
    figures: list[Figure] = []
    async with _stand(folder, clients) as stand:
        tokens = await log_in(stand.line, names)
        del tokens[OVERSEER]  # what is measured goes to one socket
        async with open_desks(stand.line, tokens) as desks, _relayed(stand, names) as arrived:
            await _ours(stand, desks, 100, 1)  # warm
            for rate in RATES[:1] if quick else RATES:
                ours, relayed = [], []
                for _ in range(rounds):
                    ours.append(await _ours(stand, desks, rate, seconds))
                    relayed.append(await _relay(stand, arrived, rate, seconds, clients))
                name = f"{clients} sockets, {rate} events/s"
                figures += percentiles(f"{name}: ours", ours, GOALS)
                figures += percentiles(f"{name}: bare relay", relayed, RELAYED)
    return figures


async def _ours(stand: Stand, desks: dict[str, Desk], rate: int, seconds: int) -> list[float]:
    """Return how long each event took to its screen, in ms; fails where one missed it."""
    for desk in desks.values():
        desk.heard.clear()
    said = int(await stand.asterisk.say("pauses", rate, seconds))
    heard: list[float] = []
    deadline = time.monotonic() + LATE_SECONDS
    while len(heard) < said and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
        if not _all_in(desks, said) and time.monotonic() < deadline:
            continue  # to read them while others arrive would hold those up
        heard = [
            (at - datetime.fromisoformat(message["at"]).timestamp()) * 1000
            for name, desk in desks.items()
            for at, message in desk.heard
            if message["type"] == EventType.AGENT_STATE_CHANGED and message["agent"] == name
        ]
    if len(heard) != said:
        raise RuntimeError(f"{said} events, {len(heard)} on their screens")
    return heard


def _all_in(desks: dict[str, Desk], said: int) -> bool:
    return sum(len(desk.heard) for desk in desks.values()) >= said


async def _relay(
    stand: Stand, arrived: list[tuple[float, str]], rate: int, seconds: int, clients: int
) -> list[float]:
    arrived.clear()
    said = int(await stand.publisher.say("pauses", rate, seconds, clients))
    deadline = time.monotonic() + LATE_SECONDS
    while len(arrived) < said and time.monotonic() < deadline:  # noqa: ASYNC110
        await asyncio.sleep(0.1)
    if len(arrived) != said:
        raise RuntimeError(f"{said} entries, {len(arrived)} relayed")
    return [(at - json.loads(text)["at"]) * 1000 for at, text in arrived]


@asynccontextmanager
async def _relayed(stand: Stand, names: list[str]) -> AsyncIterator[list[tuple[float, str]]]:
    """A socket of the relay for each seat, and what arrives on all of them."""
    arrived: list[tuple[float, str]] = []

    async def listen(socket: ClientConnection) -> None:
        async for text in socket:
            arrived.append((time.time(), str(text)))

    async with AsyncExitStack() as stack:
        listeners = []
        for name in names:
            url = f"ws://127.0.0.1:{stand.relay_port}/{name}"
            socket = await stack.enter_async_context(connect(url, compression=None))
            listeners.append(asyncio.create_task(listen(socket)))
        try:
            yield arrived
        finally:
            for listener in listeners:
                listener.cancel()
            await asyncio.gather(*listeners, return_exceptions=True)


@asynccontextmanager
async def _stand(folder: Path, clients: int) -> AsyncIterator[Stand]:
    (folder / "redis").mkdir()
    redis_port, relay_port = free_port(), free_port()
    settings = _settings(folder, redis_port, clients)
    line = composition.line(settings)
    put_in_force(settings)
    await upgrade_async(settings.database)
    async with AsyncExitStack() as stack:
        stack.enter_context(redis_server(redis_port, folder / "redis"))
        asterisk = await stack.enter_async_context(playing(settings.ami_port, clients))
        await stack.enter_async_context(program("bench.relay", redis_port, relay_port))
        publisher = await stack.enter_async_context(program("bench.relay", redis_port))
        await stack.enter_async_context(_console(settings, folder))
        await stack.enter_async_context(_recorder(settings, folder, redis_port))
        yield Stand(line, asterisk, publisher, relay_port)


def _settings(folder: Path, redis_port: int, clients: int) -> Settings:
    """A line of so many general seats."""
    catalogue = folder / "catalogue"
    shutil.copytree(NANJING, catalogue)
    seats = f"""\
  - extensions: {FIRST}-{FIRST + clients - 1}
    name_zh: 综合座席
    name_en: General
    queues: {{general-seats: 0}}

pause_reasons:"""
    file = catalogue / "seats.yaml"
    text = re.sub(r"^pause_reasons:", seats, file.read_text("utf-8"), flags=re.M)
    file.write_text(text, "utf-8")
    return Settings.model_validate(
        {
            "home": folder / "home",
            "catalogue": catalogue,
            "redis_url": f"redis://127.0.0.1:{redis_port}/0",
            "http_port": free_port(),
            "ami_port": free_port(),
        }
    )


@asynccontextmanager
async def _console(settings: Settings, folder: Path) -> AsyncIterator[None]:
    command = (sys.executable, "-m", "hotline.processes", "console")
    environment = {**os.environ, **settings_environment(settings)}
    async with _running(command, folder / "console.out", environment):
        await asyncio.to_thread(until, lambda: listening(settings.http_port), 30, "the console")
        yield


@asynccontextmanager
async def _recorder(settings: Settings, folder: Path, redis_port: int) -> AsyncIterator[None]:
    facts = {
        "node": settings.node,
        "ami_port": str(settings.ami_port),
        "redis_port": str(redis_port),
        "database": settings.database,
        "reader": "right",
        "controller": "right",
        "logs": str(folder),
    }
    command = (sys.executable, "-m", "tests.faults.recorder_process", json.dumps(facts))
    with Redis(port=redis_port) as client:

        def records() -> bool:
            pulse = read_pulse(client.get(pulse_key(settings.node)))
            return pulse is not None and pulse.recording

        async with _running(command, folder / "recorder.out", dict(os.environ)):
            await asyncio.to_thread(until, records, 30, "the recorder")
            yield


@asynccontextmanager
async def _running(
    command: tuple[str, ...], output: Path, environment: dict[str, str]
) -> AsyncIterator[None]:
    with output.open("wb") as file:
        process = await asyncio.create_subprocess_exec(
            *command, stdout=file, stderr=file, env=environment
        )
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.kill()
        await process.wait()
