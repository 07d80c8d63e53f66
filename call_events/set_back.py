"""Asterisk's clock was set back: who waits in it is not left until it is that late again.

app_queue counts its waits by the clock on the wall. Measured, an hour back: who waits in a queue is
put to nobody for an hour, since the second between two looks for a free agent has become that long;
a phone that nobody picks up rings for an hour; an agent who had taken a call before gets none.
"""

import asyncio
import logging
import re
from collections.abc import Iterable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Final

from .errors import ActionRefused, LinkError, UnsafeAction
from .link import AmiLink
from .packets import Packet

log = logging.getLogger(__name__)

LOOK_SECONDS: Final = 1.0
# No queue of ours leads anywhere by a key, and this one is on no telephone.
KEY: Final = {"Digit": "D", "Duration": "100", "Receive": "true"}
RINGS: Final = ("Down", "Ringing")
SECONDS: Final = re.compile(r"-?[0-9]{1,12}", re.ASCII)


def shows(queues: Iterable[Packet], asked: datetime) -> bool:
    """Whether these answers to QueueStatus tell of what is yet to come: a wait, a last call."""
    return any(_waits(answer) or _called(answer, asked) for answer in queues)


def _waits(answer: Packet) -> bool:
    """A caller who joined by the old clock, and has waited less than no time by the new one."""
    return _seconds(answer.get("Wait")) < 0


def _called(answer: Packet, asked: datetime) -> bool:
    """A member whose last call was by the old clock, and is yet to come by the new one."""
    return _seconds(answer.get("LastCall")) > asked.timestamp() + 1


def _seconds(text: str | None) -> int:
    return int(text) if text and SECONDS.fullmatch(text) else 0


class SetBack:
    """Lets queues go on by the new clock, over the controller's account."""

    def __init__(self, controller: AmiLink) -> None:
        self._controller = controller
        self._task: asyncio.Task[None] | None = None

    def begin(self) -> None:
        """The clock was set back just now, or while nobody looked."""
        self.stop()
        self._task = asyncio.ensure_future(self._go_on())

    def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()

    async def _go_on(self) -> None:
        woken = False
        waiting: int | None = None
        while waiting != 0:
            try:
                if not woken:
                    await self._wake()
                    woken = True
                waiting = await self._forget(waiting)
            except LinkError as failure:
                log.warning("queues still go by the old clock: %s", failure.code)
            await asyncio.sleep(LOOK_SECONDS)

    async def _wake(self) -> None:
        """Who waits looks for an agent anew; who is rung in vain is left for another."""
        for channel in await self._controller.listing({"Action": "CoreShowChannels"}):
            name, runs = channel.get("Channel", ""), channel.get("Application")
            if runs == "AppQueue" and channel.get("ChannelStateDesc") in RINGS:
                await self._ask({"Action": "Hangup", "Channel": name, "Cause": "16"})
            elif runs == "Queue" and not channel.get("BridgeId"):
                # Only a key ends the wait that app_queue is in; it goes on to wait as before.
                await self._ask({"Action": "PlayDTMF", "Channel": name, "Async": "false", **KEY})

    async def _forget(self, before: int | None) -> int:
        """Last calls and expected waits of the old clock are forgotten; returns who waits by it.

        Whoever joined by it spoils the expected wait once more on leaving. Only then are they
        forgotten again: with its last call a member's pause after it is forgotten too.
        """
        asked = datetime.now(UTC)
        queues = await self._controller.listing({"Action": "QueueStatus"})
        waiting = sum(_waits(answer) for answer in queues)
        left = before is None or waiting < before
        if left or any(_called(answer, asked) for answer in queues):
            await self._controller.request({"Action": "QueueReset"})
        return waiting

    async def _ask(self, action: dict[str, str]) -> None:
        with suppress(ActionRefused, UnsafeAction):  # it has left meanwhile, or has an odd name
            await self._controller.request(action)
