"""`python -m hotline.processes NAME`: one process of a running line, started by its supervisor.

Each imports the rooms it runs when it starts: the console's alone are 60 MB.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

import uvloop
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from call_events.caller_memory import CallerMemory
from call_events.link import AmiLink
from database.engine import make_engine

from . import composition
from .collector import settle
from .composition import Line
from .in_force import in_force, until_another
from .logs import log_as_json
from .secrets_file import ExchangeTokens
from .settings import Settings

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine

    from call_events.messages import MessageKeeper
    from ivr.knowledge import Knowledge
    from routing.messages import LeftMessage
    from tickets.voice_messages import VoiceMessages

log = logging.getLogger(__name__)

GOODBYE_SECONDS: Final = 3
STOP_AGAIN_SECONDS: Final = 2.0
# Longer than a follower's blocking read (1 s); a Redis that is silent for so long is away.
REDIS_CONNECT_SECONDS: Final = 2.0
REDIS_ANSWER_SECONDS: Final = 5.0


def stream_of(line: Line) -> Redis:
    """Redis with bounded patience; whoever uses it decides what may be asked again.

    Asked again by the client itself, a batch whose reply was lost would be published twice.
    """
    return Redis.from_url(
        line.redis_url,
        socket_connect_timeout=REDIS_CONNECT_SECONDS,
        socket_timeout=REDIS_ANSWER_SECONDS,
        retry=Retry(NoBackoff(), 0),
    )


def memory_of(line: Line, redis: Redis) -> CallerMemory:
    """What the loop knows of callers, and what the recorder tells it."""
    return CallerMemory(redis, line.catalogue.limits.repeat_minutes * 60)


def messages_of(line: Line, engine: AsyncEngine) -> VoiceMessages:
    """Who makes tickets of messages by voice."""
    from tickets.voice_messages import VoiceMessages

    city, zone = line.catalogue.city, line.catalogue.index.zone
    folder, key = line.instance.voice_messages, line.passwords.ticket_pin
    return VoiceMessages(engine, folder, city.ticket_prefix, zone, key)


def message_keeper(line: Line, engine: AsyncEngine) -> MessageKeeper:
    """Who sees to messages whose callers have hung up."""
    from call_events.messages import MessageKeeper

    messages, folder = messages_of(line, engine), line.instance.voice_messages

    async def take(left: LeftMessage) -> bool:
        return bool((await messages.take(left)).ticket)

    return MessageKeeper(engine, line.settings.node, line.catalogue, folder, take)


@contextlib.asynccontextmanager
async def knowing(line: Line) -> AsyncIterator[Knowledge]:
    """Whom the loop asks about callers, for as long as the block runs (the benchmarks ask, too)."""
    from call_events.agents_at_work import AgentsAtWork
    from ivr.knowledge import Knowledge
    from tickets.telephone import TicketsByTelephone

    redis = stream_of(line)
    engine = make_engine(line.settings.database)
    prefix, key = line.catalogue.city.ticket_prefix, line.passwords.ticket_pin
    tickets = TicketsByTelephone(engine, redis, prefix, key)
    try:
        messages, callers = messages_of(line, engine), memory_of(line, redis)
        async with running(callers.follow()):
            yield Knowledge(callers, tickets, messages, AgentsAtWork(engine))
    finally:
        await redis.aclose()
        await engine.dispose()


async def agi(line: Line) -> None:
    """Answer the dialplan until stopped; a new catalogue is taken without a pause."""
    from agi_scripts.fastagi import answer_from
    from agi_scripts.following import CatalogueInForce

    catalogue = CatalogueInForce(line.settings.in_force)
    async with knowing(line) as knowledge:
        settle()
        await answer_from(catalogue, "127.0.0.1", line.settings.agi_port, knowledge)


async def console(line: Line) -> None:
    """Serve the console until stopped."""
    import uvicorn

    from agent_console.app import SERVER, create_app
    from agent_console.deps import Deps, PhoneAddress
    from call_events.control import Control
    from call_events.transfer_control import TransferControl

    settings = line.settings
    link = AmiLink("127.0.0.1", settings.ami_port, "controller", line.passwords.ami_controller)
    engine = make_engine(settings.database)
    redis = stream_of(line)
    app = create_app(
        Deps(
            engine=engine,
            redis=redis,
            control=Control(link),
            transfers=TransferControl(link),
            asterisk_reachable=lambda: link.up,
            catalogue=line.catalogue,
            seat_passwords=line.passwords.seats,
            phone=PhoneAddress(
                ws_url=settings.phone_url,
                sip_host=settings.sip_host,
                sip_port=settings.sip_port,
            ),
            pages=settings.web_dist,
            node=settings.node,
            recordings=line.instance.recordings,
            voice_messages=line.instance.voice_messages,
            exchange_tokens=ExchangeTokens(settings.secrets_file),
            https=settings.https,
        )
    )
    server = uvicorn.Server(
        uvicorn.Config(
            app,
            host=settings.http_host,
            port=settings.http_port,
            log_config=None,
            access_log=False,  # addresses of pages name calls and tickets
            server_header=False,
            # Who may say on whose behalf it asks: without a named proxy, nobody.
            proxy_headers=bool(settings.trusted_proxy),
            forwarded_allow_ips=settings.trusted_proxy or "",
            timeout_graceful_shutdown=GOODBYE_SECONDS,
            **SERVER,
        )
    )
    try:
        async with running(link.run()):
            settle()
            await server.serve()
    finally:
        await redis.aclose()
        await engine.dispose()


async def recorder(line: Line) -> None:
    """Record what happens to calls and agents until stopped."""
    from asterisk_conf.control_socket import ControlSocket
    from call_events.brought import keep_forgetting
    from call_events.log_keeping import LogKeeper
    from call_events.packets import READER_EVENTS
    from call_events.passed_on import passed_on
    from call_events.recorder import record
    from call_events.recordings import RecordingKeeper
    from tickets.passed_on import TicketsInEveryCase

    settings, known = line.settings, line.passwords
    engine = make_engine(settings.database)
    redis = stream_of(line)
    keeper = RecordingKeeper(
        engine, settings.node, line.instance.recordings, line.catalogue.limits.recording_days
    )
    messages = message_keeper(line, engine)
    asterisk = ControlSocket(line.instance)
    log_keeper = LogKeeper(
        engine,
        settings.node,
        line.instance.log,
        line.catalogue.limits.log_days,
        ZoneInfo(line.catalogue.city.timezone),
        lambda: asterisk.run("logger reload"),
    )
    try:
        work = record(
            node=settings.node,
            engine=engine,
            redis=redis,
            reader=AmiLink(
                "127.0.0.1", settings.ami_port, "reader", known.ami_reader, wanted=READER_EVENTS
            ),
            controller=AmiLink("127.0.0.1", settings.ami_port, "controller", known.ami_controller),
            hotlines={
                form: (hotline.number, hotline.mode.value)
                for form, hotline in line.catalogue.index.hotlines.items()
            },
            wrapup={queue.name: queue.wrapup_seconds for queue in line.catalogue.queues},
            logs=line.instance.log,
            memory=memory_of(line, redis),
        )
        find = functools.partial(passed_on, engine, settings.node)
        tickets = TicketsInEveryCase(engine, line.catalogue, find)
        forgetting = keep_forgetting(engine, line.catalogue.limits.recording_days)
        async with (
            running(keeper.run()),
            running(messages.run()),
            running(log_keeper.run()),
            running(tickets.run()),
            running(forgetting),
        ):
            settle()
            await work
    finally:
        await redis.aclose()
        await engine.dispose()


async def ring_back(line: Line) -> None:
    """Ring those who were promised a call, until stopped; without a trunk people do."""
    from call_events.control import Control
    from call_events.ring_back import RingBack

    settings, rule = line.settings, line.catalogue.call_backs
    if rule.trunk is None:
        await asyncio.Event().wait()
    link = AmiLink("127.0.0.1", settings.ami_port, "controller", line.passwords.ami_controller)
    engine = make_engine(settings.database)
    queue = line.catalogue.general.name
    try:
        async with running(link.run()):
            settle()
            await RingBack(engine, Control(link), settings.node, queue, rule).run()
    finally:
        await engine.dispose()


async def caller(line: Line) -> None:
    """Place synthetic calls until stopped."""
    from .demo_caller import keep_calling

    await keep_calling(line)


PROCESSES: Final[dict[str, Callable[[Line], Awaitable[None]]]] = {
    "agi": agi,
    "record": recorder,
    "console": console,
    "ringback": ring_back,
    "caller": caller,
}
FOLLOWING: Final = frozenset(("agi",))
"""Processes that take a new catalogue by themselves; the others are started again with it."""


@contextlib.asynccontextmanager
async def running(work: Awaitable[None]) -> AsyncIterator[None]:
    """Keep something running beside the block."""
    task = asyncio.ensure_future(work)
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def _stop(task: asyncio.Future[None], everything: bool = False) -> None:
    """Cancel; after a while all that still runs, since redis-py may lose a cancellation once."""
    if task.done():
        return
    for each in asyncio.all_tasks() if everything else (task,):
        each.cancel()
    asyncio.get_running_loop().call_later(STOP_AGAIN_SECONDS, _stop, task, True)


async def until_superseded(process: Awaitable[None], link: Path, catalogue: str) -> None:
    """Run until another catalogue is in force; the supervisor then starts us again with it."""
    work = asyncio.ensure_future(process)
    watch = asyncio.ensure_future(until_another(link, catalogue))
    try:
        await asyncio.wait((work, watch), return_when=asyncio.FIRST_COMPLETED)
        if not work.done():
            log.info("another catalogue is in force: starting again")
    finally:
        watch.cancel()
        _stop(work)
        with contextlib.suppress(asyncio.CancelledError):
            await work


async def until_terminated(work: Awaitable[None]) -> None:
    """Run until done or until SIGTERM, which ends it in order."""
    task = asyncio.ensure_future(work)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, _stop, task)
    with contextlib.suppress(asyncio.CancelledError):
        await task


def main(name: str) -> None:
    """Run one process by name."""
    os.umask(0o077)  # databases and logs hold callers' numbers
    log_as_json(name)
    settings = Settings()
    catalogue = in_force(settings.in_force)  # before it is read: what comes later is noticed
    work = PROCESSES[name](composition.line(settings))
    if name not in FOLLOWING:
        work = until_superseded(work, settings.in_force, catalogue)
    uvloop.run(until_terminated(work))


if __name__ == "__main__":
    main(sys.argv[1])
