"""A pause of a call's recording is one seat's, and ends when that seat leaves, whichever way.

Asterisk's dialplan cannot end one: MixMonitorMute is AMI's alone. So the recorder does, which hears
of every seat that leaves: by a button of the page or by a phone put down on the desk. Who left
while it did not listen is missing among the channels afterwards.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from typing import Final

from .changes import SeatLeft
from .control import PAUSED_BY, recording_action
from .errors import ActionRefused, LinkError, UnsafeAction
from .link import AmiLink
from .reconcile import legs

log = logging.getLogger(__name__)

UP_SECONDS: Final = 10.0
RETRY_SECONDS: Final = 0.5


class PausesEnd:
    """Has recordings go on over the controller's account."""

    def __init__(self, controller: AmiLink) -> None:
        self._controller = controller
        self._running: set[asyncio.Task[None]] = set()

    def start(self, left: Iterable[SeatLeft]) -> None:
        """These seats have left; each is looked after beside what else the recorder does."""
        for one in left:
            self._begin(one.call_id, one.seat)

    def look(self, call_ids: Iterable[str]) -> None:
        """Nobody listened for a while: has somebody left these calls with a pause meanwhile?"""
        for call_id in call_ids:
            self._begin(call_id, None)

    def stop(self) -> None:
        for task in self._running:
            task.cancel()

    def _begin(self, call_id: str, left: str | None) -> None:
        task = asyncio.ensure_future(self._end(call_id, left))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _end(self, call_id: str, left: str | None) -> None:
        """Until it is done or the call is over: who speaks on could not resume it."""
        # Going on twice is going on once, so an unknown outcome is simply asked again.
        while True:
            try:
                if await self._is_over(call_id, left):
                    await self._controller.request(recording_action(call_id, going_on=True))
                return
            except (ActionRefused, UnsafeAction):
                return  # the call is over
            except LinkError as failure:
                log.warning("paused recording not looked after: %s", failure.code)
                left = None  # by now the seat may be back, with a pause that is wanted
                await asyncio.sleep(RETRY_SECONDS)
                with contextlib.suppress(LinkError):
                    await self._controller.wait_up(UP_SECONDS)

    async def _is_over(self, call_id: str, left: str | None) -> bool:
        """Whether the pause is that of the seat that left; None: of one that has no channel there.

        Somebody else's pause stays: what it is for may still be said.
        """
        asked = {"Action": "Getvar", "Channel": call_id, "Variable": PAUSED_BY}
        whose = (await self._controller.request(asked)).get("Value", "")
        if not whose:
            return False
        if left is not None:
            return whose == left
        channels = await self._controller.listing({"Action": "CoreShowChannels"})
        return whose not in legs(channels).get(call_id, {})
