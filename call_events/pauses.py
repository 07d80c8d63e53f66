"""A pause of a call's recording is one seat's, and ends when that seat leaves, whichever way.

Asterisk's dialplan cannot end one: MixMonitorMute is AMI's alone. So the recorder does, which hears
of every seat that leaves: by a button of the page or by a phone put down on the desk.
"""

import asyncio
import logging
from collections.abc import Iterable, Mapping
from typing import Final

from .changes import SeatLeft
from .control import PAUSED_BY, recording_action
from .errors import ActionRefused, LinkError
from .link import AmiLink

log = logging.getLogger(__name__)

TRIES: Final = 5
RETRY_SECONDS: Final = 0.5


class PausesEnd:
    """Has recordings go on over the controller's account."""

    def __init__(self, controller: AmiLink) -> None:
        self._controller = controller
        self._running: set[asyncio.Task[None]] = set()

    def start(self, left: Iterable[SeatLeft]) -> None:
        """These seats have left; each is looked after beside what else the recorder does."""
        for one in left:
            task = asyncio.ensure_future(self._end(one))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    def stop(self) -> None:
        for task in self._running:
            task.cancel()

    async def _end(self, left: SeatLeft) -> None:
        whose: Mapping[str, str] = {
            "Action": "Getvar",
            "Channel": left.call_id,
            "Variable": PAUSED_BY,
        }
        # Going on twice is going on once, so an unknown outcome is simply asked again.
        for _ in range(TRIES):
            try:
                # Somebody else's pause stays: what it is for may still be said.
                if (await self._controller.request(whose)).get("Value") == left.seat:
                    await self._controller.request(recording_action(left.call_id, going_on=True))
                return
            except ActionRefused:
                return  # the call is over
            except LinkError as failure:
                log.warning("paused recording not looked after: %s", failure.code)
                await asyncio.sleep(RETRY_SECONDS)
