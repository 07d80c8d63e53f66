"""The websocket of one browser: what happens, to whom it concerns, from where it left off."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from typing import Any, Final

from fastapi import APIRouter, WebSocket, WebSocketDisconnect
from starlette.websockets import WebSocketState

from database.errors import AWAY

from .access import digest_of, fanout_of, user_of_connection
from .errors import said
from .fanout import Fanout
from .outbox import CLOSE_LOGGED_OUT, CLOSE_SLOW, Outbox, message
from .schemas import UserRead
from .shield import same_origin

router = APIRouter()

# A browser that resumes says so at once; one that starts afresh may say nothing.
RESUME_SECONDS: Final = 0.3
MESSAGE_MOST: Final = 1_024
MALFORMED_MOST: Final = 10
# One send that takes this long is a browser that has stopped reading.
SEND_SECONDS: Final = 10.0
CLOSE_POLICY: Final = 1008
CLOSE_TRY_LATER: Final = 1013

_STREAM_ID: Final = re.compile(r"[0-9]{1,15}-[0-9]{1,10}", re.ASCII)


class Malformed(Exception):
    """A message of the browser that makes no sense; carries the code of the sentence."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@router.websocket("/ws")
async def desk_socket(socket: WebSocket) -> None:
    """Serve one browser until it leaves, logs out, falls behind or talks nonsense."""
    if not same_origin(socket.headers):
        await socket.close(CLOSE_POLICY)
        return
    digest = digest_of(socket)
    try:
        user = await user_of_connection(socket)
    except AWAY:
        await socket.accept()
        await socket.close(CLOSE_TRY_LATER)
        return
    await socket.accept()
    if user is None or digest is None:
        await socket.close(CLOSE_LOGGED_OUT)
        return
    fanout = fanout_of(socket)
    box = Outbox(user, digest)
    fanout.join(box)
    hello = {"user": UserRead.of(user).model_dump(mode="json"), "last_id": box.hello_id}
    box.put(message("Hello", hello, stream_id=box.hello_id))
    try:
        await _serve(socket, fanout, box)
    finally:
        fanout.leave(box)


async def _serve(socket: WebSocket, fanout: Fanout, box: Outbox) -> None:
    release = asyncio.get_running_loop().call_later(RESUME_SECONDS, _release, box)
    tasks = (
        asyncio.create_task(_send(socket, box)),
        asyncio.create_task(_receive(socket, fanout, box)),
    )
    ends: set[asyncio.Future[Any]] = {*tasks, box.doomed}
    try:
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    finally:
        release.cancel()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    if box.doomed.done() and socket.client_state is not WebSocketState.DISCONNECTED:
        await _close(socket, box)


async def _close(socket: WebSocket, box: Outbox) -> None:
    """Say goodbye within a bounded time; what was still queued (a sentence) goes first."""
    with contextlib.suppress(Exception):
        async with asyncio.timeout(1.0):
            if box.doomed.result() != CLOSE_SLOW:
                while not box.queue.empty():
                    await socket.send_text(box.queue.get_nowait())
            await socket.close(box.doomed.result())


def _release(box: Outbox) -> None:
    if box.held is not None and not box.resumed:
        box.release()


async def _send(socket: WebSocket, box: Outbox) -> None:
    while True:
        text = await box.queue.get()
        try:
            async with asyncio.timeout(SEND_SECONDS):
                await socket.send_text(text)
        except TimeoutError:
            box.close(CLOSE_SLOW)
            return
        except (WebSocketDisconnect, RuntimeError, OSError):
            return


async def _receive(socket: WebSocket, fanout: Fanout, box: Outbox) -> None:
    malformed = 0
    while True:
        try:
            given = await socket.receive()
            if given["type"] == "websocket.disconnect":
                return
            await _obey(_read(given), fanout, box)
        except Malformed as fault:
            malformed += 1
            last = malformed >= MALFORMED_MOST
            code = "too_many_malformed" if last else fault.code
            box.put(message("Error", {k: v for k, v in said(code).items() if k != "field"}))
            if last:
                box.close(CLOSE_POLICY)
                return
        except (WebSocketDisconnect, RuntimeError):
            return


async def _obey(order: dict[str, Any], fanout: Fanout, box: Outbox) -> None:
    match order.get("type"):
        case "ping":
            box.put(message("Pong", {}))
        case "resume":
            last_id = order.get("last_id")
            if last_id is None:
                _release(box)
                return
            if not isinstance(last_id, str) or not _STREAM_ID.fullmatch(last_id):
                raise Malformed("resume_id_malformed")
            if box.resumed:
                raise Malformed("resume_twice")
            box.resumed = True
            await fanout.replay(box, last_id)
        case _:
            raise Malformed("message_type_unknown")


def _read(given: Any) -> dict[str, Any]:
    text = given.get("text")
    if text is None:
        raise Malformed("message_not_json")
    if len(text) > MESSAGE_MOST:
        raise Malformed("message_too_large")
    try:
        order = json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("message_not_json") from None
    if not isinstance(order, dict):
        raise Malformed("message_not_json")
    return order
