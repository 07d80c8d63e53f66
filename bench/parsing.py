"""Asterisk's bytes into events for their handlers: ours, stock panoramisk, and a bare splitter."""

import asyncio
import time
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any, Final

from panoramisk.ami_protocol import AMIProtocol
from panoramisk.manager import Manager

from call_events.packets import Packet, Splitter
from call_events.wire import StrictProtocol

from .figures import Figure

BANNER: Final = b"Asterisk Call Manager/11.0.0\r\n"
PIECE: Final = 64 * 1024
SEVEN: Final = (
    "AgentCalled",
    "AgentComplete",
    "AgentConnect",
    "Hangup",
    "QueueCallerAbandon",
    "QueueCallerJoin",
    "UserEvent",
)
GOALS: Final = {"seven names": "≥ 8", "everything": "≥ 2.5"}


def measure(stream: bytes, rounds: int) -> Iterator[Figure]:
    """Yield events/s of each, taken in turns, and how many times stock we are."""
    events = stream.count(b"Event: ")
    names = frozenset(_names(stream))
    for what, wanted in (("seven names", frozenset(SEVEN)), ("everything", names)):
        patterns = SEVEN if what == "seven names" else ("*",)
        contenders: dict[str, Callable[[], Callable[[bytes], None]]] = {
            "stock panoramisk": lambda patterns=patterns: _stock(patterns),  # type: ignore[misc]
            "ours": lambda wanted=wanted: _ours(wanted),  # type: ignore[misc]
            "bare splitter": _splitter,
        }
        rates: dict[str, list[float]] = {name: [] for name in contenders}
        for _ in range(rounds):
            for name, make in contenders.items():
                rates[name].append(events / _seconds(make(), stream))
        for name, values in rates.items():
            yield Figure(f"parse, {what}: {name}", "events/s", tuple(values))
        ratios = [
            ours / stock
            for ours, stock in zip(rates["ours"], rates["stock panoramisk"], strict=True)
        ]
        yield Figure(f"parse, {what}: ours ÷ stock", "×", tuple(ratios), GOALS[what])


def _seconds(receive: Callable[[bytes], None], stream: bytes) -> float:
    receive(BANNER)
    began = time.perf_counter()
    for start in range(0, len(stream), PIECE):
        receive(stream[start : start + PIECE])
    return time.perf_counter() - began


def _stock(patterns: tuple[str, ...]) -> Callable[[bytes], None]:
    manager = Manager(loop=asyncio.new_event_loop())
    for pattern in patterns:
        manager.register_event(pattern, lambda _manager, event: None)
    protocol = AMIProtocol()
    protocol.connection_made(None)
    protocol.factory = manager
    return protocol.data_received  # type: ignore[no-any-return]


def _ours(wanted: frozenset[str]) -> Callable[[bytes], None]:
    handlers: dict[str, Callable[[Packet], None]] = {name: lambda packet: None for name in wanted}

    def on_event(_at: float, packet: Packet) -> None:
        handlers[packet["Event"]](packet)

    protocol: Any = StrictProtocol()
    protocol.connection_made(None)
    names = frozenset(name.encode() for name in wanted)
    protocol.factory = SimpleNamespace(wanted=names, on_event=on_event)
    return protocol.data_received  # type: ignore[no-any-return]


def _splitter() -> Callable[[bytes], None]:
    splitter = Splitter()

    def receive(data: bytes) -> None:
        for _ in splitter.feed(data):
            pass

    return receive


def _names(stream: bytes) -> Iterator[str]:
    for line in stream.split(b"\r\n"):
        if line.startswith(b"Event: "):
            yield line[7:].decode()
