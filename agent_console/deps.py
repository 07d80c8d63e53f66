"""What the composition root hands to the console."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from call_events.outcome import ActionOutcome
from routing.catalogue import Catalogue


class SeatControl(Protocol):
    """What the console asks of Asterisk on an agent's behalf; `call_events.control` does it."""

    async def ready(
        self, extension: str, phone: str, queues: Mapping[str, int]
    ) -> ActionOutcome: ...

    async def pause(self, extension: str, reason: str) -> ActionOutcome: ...

    async def unpause(self, extension: str) -> ActionOutcome: ...

    async def offline(self, extension: str) -> ActionOutcome: ...

    async def record(self, call_id: str, going_on: bool, seat: str) -> ActionOutcome: ...


class TransferControl(Protocol):
    """How an agent's caller is sent on; `call_events.transfer_control` does it."""

    async def send_on(self, call_id: str, seat: str, phone: str, target: str) -> ActionOutcome: ...

    async def bring_in(
        self, call_id: str, seat: str, phone: str, target: str, number: int, *, emergency: bool
    ) -> ActionOutcome: ...

    async def join(self, call_id: str) -> ActionOutcome: ...

    async def take_back(self, call_id: str, number: int) -> ActionOutcome: ...

    async def leave(self, call_id: str, seat: str) -> ActionOutcome: ...

    async def put_down(self, call_id: str, seat: str) -> ActionOutcome: ...


class Reachable(Protocol):
    """Whether Asterisk answers at the moment, for /readyz."""

    def __call__(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class PhoneAddress:
    """Where phones register: the browser's websocket and the desk phones' SIP address."""

    ws_url: str
    sip_host: str
    sip_port: int


@dataclass(frozen=True, slots=True)
class Deps:
    """Everything the console needs; `pages` is the built single-page application,
    `node` the Asterisk whose recorder must be at work, `recordings` where it writes conversations,
    `voice_messages` where it writes messages by voice.

    `exchange_tokens`: what each sub-centre proves itself with, by its number; the newest first.
    `https` marks the cookie Secure; set it when the page is served over TLS.
    """

    engine: AsyncEngine
    redis: Redis
    control: SeatControl
    transfers: TransferControl
    asterisk_reachable: Reachable
    catalogue: Catalogue
    seat_passwords: Mapping[str, str]
    phone: PhoneAddress
    pages: Path
    node: str
    recordings: Path
    voice_messages: Path
    exchange_tokens: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)
    https: bool = False
