"""The built single-page application, and a plain word where it has not been built."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from .errors import said

_NOT_BUILT: Final = """<!doctype html><html lang="zh"><meta charset="utf-8"><title>12345</title>
<body><p>页面尚未构建，请运行 make setup。</p>
<p lang="en">The pages have not been built yet; run “make setup”.</p></body></html>"""
# Vite puts a digest into the name of everything under assets/.
_FOR_EVER: Final = "public, max-age=31536000, immutable"


class Pages:
    """Files as they are; any other address of the page gets the page itself."""

    def __init__(self, folder: Path) -> None:
        self._index = folder / "index.html"
        self._folder = folder.resolve()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request outside the interface."""
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        await self._answer(scope)(scope, receive, send)

    def _answer(self, scope: Scope) -> Response:
        path = scope["path"]
        if scope["method"] not in ("GET", "HEAD"):
            return JSONResponse(said("method_not_allowed"), status_code=405)
        if path.startswith(("/api/", "/ws")):
            return JSONResponse(said("not_found"), status_code=404)
        if path != "/" and self._is_file(path):
            headers = {"cache-control": _FOR_EVER} if path.startswith("/assets/") else {}
            return FileResponse(self._folder / path.lstrip("/"), headers=headers)
        if path.startswith("/assets/"):
            return JSONResponse(said("not_found"), status_code=404)
        if not self._index.is_file():
            return HTMLResponse(_NOT_BUILT, status_code=503)
        return FileResponse(self._index, headers={"cache-control": "no-cache"})

    def _is_file(self, path: str) -> bool:
        try:
            wanted = (self._folder / path.lstrip("/")).resolve()
            return wanted.is_relative_to(self._folder) and wanted.is_file()
        except (OSError, ValueError):  # a name longer than any file's, or one that holds NUL
            return False
