"""What one browser has yet to be sent; bounded, so a browser that never reads hurts no other."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from .accounts import User

MESSAGES_MOST: Final = 500
CLOSE_SLOW: Final = 4000
CLOSE_LOGGED_OUT: Final = 4401


@dataclass(eq=False, slots=True)
class Outbox:
    """One socket's queue of ready-made JSON texts.

    Until the browser has said whether it resumes, live events are held: what it missed must
    reach it before what happens now.
    """

    user: User
    digest: str
    queue: asyncio.Queue[str] = field(default_factory=lambda: asyncio.Queue(maxsize=MESSAGES_MOST))
    held: list[str] | None = field(default_factory=list)
    hello_id: str | None = None
    delivered: bool = False
    resumed: bool = False
    doomed: asyncio.Future[int] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def live(self, text: str) -> None:
        """An event that happens now."""
        if self.held is None:
            self.delivered = True
            self.put(text)
        elif len(self.held) < MESSAGES_MOST:
            self.held.append(text)
        else:
            self.close(CLOSE_SLOW)

    def put(self, text: str) -> None:
        """Send this next; a full queue is a slow browser, which is dropped and resumes."""
        try:
            self.queue.put_nowait(text)
        except asyncio.QueueFull:
            self.close(CLOSE_SLOW)

    async def put_in_turn(self, text: str) -> None:
        """Send this once there is room: much was missed, which is no fault of the browser's."""
        await self.queue.put(text)

    def hold(self) -> None:
        """Keep what happens from now on until what was missed has been sent."""
        if self.held is None:
            self.held = []

    async def catch_up(self) -> None:
        """Send what was held meanwhile, as fast as the browser reads, and hold no more."""
        while self.held:
            await self.put_in_turn(self.held.pop(0))
        self.release()

    def release(self) -> None:
        """Send what was held and hold no more."""
        held, self.held = self.held, None
        for text in held or ():
            self.live(text)

    def close(self, code: int) -> None:
        """The socket is to be closed with this code; the first code counts."""
        if not self.doomed.done():
            self.doomed.set_result(code)


def message(
    kind: str, data: dict[str, Any], *, stream_id: str | None = None, call_id: str | None = None
) -> str:
    """A message of our own in the form of every other: {id, type, at, call_id, data}."""
    return as_text(
        {
            "id": stream_id,
            "type": kind,
            "at": datetime.now(UTC).isoformat(),
            "call_id": call_id,
            "data": data,
        }
    )


def as_text(body: dict[str, Any]) -> str:
    """JSON as it goes over the wire."""
    return json.dumps(body, ensure_ascii=False, separators=(",", ":"))
