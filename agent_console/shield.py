"""What every request meets first: origin, size and the headers that guard the page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from .errors import said, sentence_for

BODY_MOST: Final = 64 * 1024
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Asked by computers, which send no Origin; what lets them in is no cookie that a page could borrow.
_OF_COMPUTERS: Final = "/api/v1/exchange/"


def content_policy(phone_ws_url: str) -> str:
    """The page may load only its own parts, and speak to itself and to Asterisk's websocket.

    Element Plus sets inline styles; fonts and icons may be inlined by the build.
    """
    parts = urlsplit(phone_ws_url)
    phone = f"{parts.scheme}://{parts.netloc}" if parts.netloc else ""
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            "media-src 'self' blob: mediastream:",
            "worker-src 'self' blob:",
            f"connect-src 'self' {phone}".rstrip(),
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def same_origin(headers: Headers) -> bool:
    """True if the page that asks was served by the very host it asks (RFC 6454).

    Only host and port are compared: behind a TLS proxy the scheme differs honestly.
    A missing Origin is foreign: every browser sends it on unsafe requests and websockets.
    """
    origin, host = headers.get("origin"), headers.get("host")
    if not origin or not host:
        return False
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()


class Shield:
    """Refuses foreign and oversized requests, and adds the guarding headers to each answer."""

    def __init__(self, app: ASGIApp, phone_ws_url: str) -> None:
        self._app = app
        self._guards: Mapping[str, str] = {
            "content-security-policy": content_policy(phone_ws_url),
            "x-content-type-options": "nosniff",
            "x-frame-options": "DENY",
            "referrer-policy": "no-referrer",
            "cross-origin-opener-policy": "same-origin",
            "cross-origin-resource-policy": "same-origin",
            "permissions-policy": "microphone=(self), camera=(), geolocation=()",
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request on its way in and out; websockets check their origin themselves."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        private = scope["path"].startswith("/api/")

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._guards.items():
                    headers.setdefault(name, value)
                if private:
                    headers["cache-control"] = "no-store"
            await send(message)

        headers = Headers(scope=scope)
        by_page = not scope["path"].startswith(_OF_COMPUTERS)
        if by_page and scope["method"] not in _SAFE and not same_origin(headers):
            await _refuse("origin_foreign", guarded)
            return
        body = await _whole_body(headers, receive) if scope["method"] not in _SAFE else b""
        if body is None:
            await _refuse("body_too_large", guarded)
            return
        await self._app(scope, _replay(body, receive) if body else receive, guarded)


async def _whole_body(headers: Headers, receive: Receive) -> bytes | None:
    """The body, or None once it is larger than any form of ours."""
    declared = headers.get("content-length", "0")
    if not declared.isdigit() or int(declared) > BODY_MOST:
        return None
    if declared == "0" and "transfer-encoding" not in headers:
        return b""
    parts = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(parts)
        parts += message.get("body", b"")
        if len(parts) > BODY_MOST:
            return None
        if not message.get("more_body", False):
            return bytes(parts)


def _replay(body: bytes, receive: Receive) -> Receive:
    pending = [body]

    async def again() -> Message:
        if pending:
            return {"type": "http.request", "body": pending.pop(), "more_body": False}
        return await receive()

    return again


async def _refuse(code: str, send: Send) -> None:
    body = json.dumps(said(code), ensure_ascii=False).encode()
    await send(
        {
            "type": "http.response.start",
            "status": sentence_for(code).status,
            "headers": [
                (b"content-type", b"application/json; charset=utf-8"),
                (b"content-length", str(len(body)).encode()),
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
