"""panoramisk's manager with its traps closed; only `link` uses this."""

import asyncio
import re
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager

from .errors import ActionRefused, LinkDown, UnsafeAction
from .packets import Packet, PacketRefused, Splitter, event_name, parse

# Asterisk reads a line into 1,024 bytes and takes the tail for the next header.
LINE_LIMIT: Final = 1000
HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
FORBIDDEN: Final = re.compile(r"[\r\n\0]")
NEVER: Final = 10**9


def check_action(action: Mapping[str, str]) -> None:
    """Refuse what would run a second action, before the library sees it. Errors: UnsafeAction."""
    for header, value in action.items():
        if not HEADER.fullmatch(header):
            raise UnsafeAction(header[:64], "not a header name")
        if FORBIDDEN.search(value):
            raise UnsafeAction(header, "line break or NUL in the value")
        if len(f"{header}: {value}".encode("utf-8", "surrogateescape")) > LINE_LIMIT:
            raise UnsafeAction(header, f"longer than {LINE_LIMIT} bytes")


class StrictProtocol(AMIProtocol):  # type: ignore[misc]
    """Frames bytes first, decodes whole packets, keeps only the events asked for."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._splitter = Splitter()
        self.refused = 0

    def data_received(self, data: bytes) -> None:
        """Asterisk has spoken; nothing in here may raise, or the library closes the link."""
        now = time.time()
        for raw in self._splitter.feed(data):
            name = event_name(raw)
            # The factory is set after connect(): only the banner can arrive before it.
            if self.factory is None or (
                name and name not in self.factory.wanted and not self._is_answer(raw)
            ):
                continue
            try:
                packet = parse(raw)
            except PacketRefused:
                self.refused += 1
                continue
            self.handle_message(packet, now)

    def _is_answer(self, raw: bytes) -> bool:
        return bool(self.responses) and b"\r\nActionID: " in raw

    def handle_message(self, packet: Packet, at: float) -> None:
        action = self.responses.get(packet.get("ActionID", ""))
        if action is not None:
            if action_complete(action, packet):
                self.responses.pop(action.id, None)
        elif "Event" in packet:
            self.factory.on_event(at, packet)

    def close(self) -> None:
        """Fail what is unanswered: re-sent after a reconnect it would run twice."""
        for action in list(self.responses.values()):
            if not action.future.done():
                action.future.set_exception(LinkDown("the link broke", sent=True))
                action.future.exception()  # nobody may be waiting any more
        self.responses.clear()
        super().close()


def action_complete(action: Any, packet: Packet) -> bool:
    """Add one packet to its action; True when the answer is whole.

    The library never resolves a refused list action, nor QueueAdd: the rule here is our own.
    """
    future, listing = action.future, bool(action.as_list)
    if future.done():
        return True
    response = packet.get("Response")
    if response is not None and response not in ("Success", "Goodbye"):
        future.set_exception(ActionRefused(action["Action"], packet.get("Message", response)))
        future.exception()
    elif not listing:
        future.set_result(packet)
    elif packet.get("EventList") == "Complete":
        future.set_result(action.responses)
    elif response is None:
        action.responses.append(packet)
        return False
    else:
        return False
    return True


class GuardedManager(Manager):  # type: ignore[misc]
    """One connection, once: it never reconnects, replays or pings by itself."""

    def __init__(
        self,
        host: str,
        port: int,
        wanted: frozenset[bytes],
        on_event: Callable[[float, Packet], None],
    ) -> None:
        super().__init__(
            host=host,
            port=port,
            protocol_factory=StrictProtocol,
            ping_delay=NEVER,
            ping_interval=NEVER,
            loop=asyncio.get_running_loop(),
        )
        self.pinger: asyncio.TimerHandle | None = None
        self.wanted = wanted
        self.on_event = on_event
        self.lost: asyncio.Future[None] = self.loop.create_future()

    def connection_made(self, connecting: "asyncio.Future[Any]") -> None:
        # On failure the library would start its own endless reconnect.
        if not connecting.cancelled() and connecting.exception() is None:
            super().connection_made(connecting)

    def connection_lost(self, exc: object) -> None:
        if self.pinger is not None:
            self.pinger.cancel()
            self.pinger = None
        self.awaiting_actions.clear()
        if not self.lost.done():
            self.lost.set_result(None)

    def abort(self) -> None:
        """Cut the link now; a half-open peer would let a polite close wait for ever."""
        protocol = self.protocol
        self.close()
        if protocol is not None:
            protocol.transport.abort()
        self.connection_lost(None)
