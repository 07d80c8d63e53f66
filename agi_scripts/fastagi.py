"""The loop's service: Asterisk connects, says what happened to a call, and gets its next step.

One short TCP session a step (AGI over network, ``agi://``). A session that sends too much, too
slowly or nothing at all is closed; the dialplan then rescues the call.
"""

import asyncio
import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

import structlog

from ivr.knowledge import NOTHING_KNOWN, Knowledge
from routing.catalogue import Catalogue
from routing.left_message import left_message
from routing.messages import LeftMessage
from routing.next_step import language_chosen, next_step
from routing.steps import Call

from .following import CatalogueInForce
from .wire import BadFacts, read_call, set_step_command

log = structlog.get_logger(__name__)

# Asterisk sends about 25 short lines, 0.6 kB; ten times that is not Asterisk.
MAX_REQUEST_BYTES: Final = 8_192
SESSION_SECONDS: Final = 3.0
CatalogueSource = Callable[[], Catalogue]
Clock = Callable[[], datetime]


class Session(asyncio.Protocol):
    """One question of the dialplan and its answer."""

    __slots__ = ("_asking", "_buffer", "_server", "_transport", "answered", "opened_at")

    def __init__(self, server: "LoopServer") -> None:
        self._server = server
        self._buffer = b""
        self.answered = False
        self.opened_at = time.monotonic()
        self._transport: asyncio.Transport | None = None
        self._asking: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]
        self._server.sessions.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._server.sessions.discard(self)
        if self._asking is not None:
            self._asking.cancel()

    def data_received(self, data: bytes) -> None:
        if self.answered:
            self.close()  # Asterisk's "200 result=1": the step is set, the session is over
            return
        self._buffer += data
        if len(self._buffer) > MAX_REQUEST_BYTES:
            log.warning("agi_request_too_long", bytes=len(self._buffer))
            self.close()
        elif self._buffer.endswith(b"\n\n") and self._asking is None:
            self._question()

    def _question(self) -> None:
        question = self._server.read(self._buffer)
        if question is None:
            self.close()
        elif self._server.knowledge.asks(question.call):
            self._asking = asyncio.ensure_future(self._ask(question))
        else:
            self.answer(self._server.answer(question))

    async def _ask(self, question: "Question") -> None:
        left = self._server.message(question.call)
        call = await self._server.knowledge.of(question.call, left)
        self.answer(self._server.answer(Question(question.sequence, call)))

    def answer(self, command: bytes | None) -> None:
        """Hand the step to the dialplan; None is a failure of ours, which it then rescues."""
        if command is None or self._transport is None or self._transport.is_closing():
            self.close()
            return
        self.answered = True
        self._transport.write(command)
        # Asterisk need not wait for us to hang up: after this command there is nothing to read.
        self._transport.write_eof()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the dialplan, read and checked."""

    sequence: int
    call: Call


class LoopServer:
    """Answers each question with `next_step` of the catalogue in force."""

    def __init__(
        self, catalogue: CatalogueSource, clock: Clock, knowledge: Knowledge = NOTHING_KNOWN
    ) -> None:
        self._catalogue = catalogue
        self._clock = clock
        self.knowledge = knowledge
        self.sessions: set[Session] = set()
        self._remembering: set[asyncio.Future[None]] = set()
        self.steps = 0
        self.refused = 0

    def read(self, request: bytes) -> Question | None:
        """Return what a request asks, or None when it makes no sense (rescue follows)."""
        try:
            return Question(*read_call(*read_request(request)))
        except BadFacts as error:
            self.refused += 1
            log.warning("agi_request_refused", field=str(error))
            return None

    def answer(self, question: Question) -> bytes | None:
        """Return the command that hands over the step, or None when we fail (rescue follows)."""
        try:
            step = next_step(self._catalogue(), question.call, self._clock())
            command = set_step_command(step, question.sequence)
        except Exception:  # whatever is wrong with us, the caller must not wait for it
            self.refused += 1
            log.exception("next_step_failed", call_id=question.call.call_id)
            return None
        self.steps += 1
        self._remember(question.call)
        return command

    def message(self, call: Call) -> LeftMessage | None:
        """The message by voice the caller has just left, if any."""
        return left_message(self._catalogue(), call, self._clock())

    def _remember(self, call: Call) -> None:
        """Keep the language a caller has just chosen, while the call goes on."""
        language = language_chosen(self._catalogue(), call)
        if language is not None and self.knowledge.callers is not None:
            task = asyncio.ensure_future(self.knowledge.remember(call, language))
            self._remembering.add(task)
            task.add_done_callback(self._remembering.discard)

    async def close_stale_sessions(self) -> None:
        """Close sessions that neither ask nor end, for ever."""
        while True:
            await asyncio.sleep(1)
            latest = time.monotonic() - SESSION_SECONDS
            for session in [one for one in self.sessions if one.opened_at < latest]:
                session.close()


def read_request(request: bytes) -> tuple[str, str, tuple[str, ...]]:
    """Read an AGI environment: call_id, caller number, arguments.

    A line twice is refused: a line break smuggled into a value adds lines, and the last would win.
    """
    lines = request.decode("utf-8", "surrogateescape").split("\n")
    facts: dict[str, str] = {}
    for line in lines[:-2]:
        name, colon, value = line.partition(": ")
        if not colon or name in facts:
            # Not which: what stands in a smuggled line may be a person's number.
            raise BadFacts("a line twice, or of no kind")
        facts[name] = value
    if facts.get("agi_network_script") != "next":
        raise BadFacts("agi_network_script")
    arguments: list[str] = []
    while (value := facts.get(f"agi_arg_{len(arguments) + 1}", "\n")) != "\n":
        arguments.append(value)
    return facts.get("agi_accountcode", ""), facts.get("agi_callerid", ""), tuple(arguments)


async def answer_from(
    in_force: CatalogueInForce, host: str, port: int, knowledge: Knowledge = NOTHING_KNOWN
) -> None:
    """Answer from the catalogue in force, and from each that takes its place, until cancelled."""
    following = asyncio.create_task(in_force.follow())
    try:
        await serve(host, port, lambda: in_force.catalogue, lambda: datetime.now(UTC), knowledge)
    finally:
        following.cancel()


async def serve(
    host: str,
    port: int,
    catalogue: CatalogueSource,
    clock: Clock,
    knowledge: Knowledge = NOTHING_KNOWN,
) -> None:
    """Answer the dialplan on host:port until cancelled. Raises OSError when the port is taken."""
    loop = asyncio.get_running_loop()
    service = LoopServer(catalogue, clock, knowledge)
    server = await loop.create_server(lambda: Session(service), host, port, backlog=1024)
    log.info("loop_listening", host=host, port=port)
    sweeper = asyncio.create_task(service.close_stale_sessions())
    try:
        await server.serve_forever()
    finally:
        sweeper.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sweeper
