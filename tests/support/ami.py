"""An Asterisk of two sockets: it logs in, answers what it is told to, and breaks when asked."""

import asyncio
from collections.abc import Callable, Sequence

Answer = Callable[[dict[str, str]], Sequence[bytes]]
BANNER = b"Asterisk Call Manager/11.0.0\r\n"


def packet(**headers: str) -> bytes:
    """One packet as Asterisk prints it."""
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n"


class FakeAsterisk:
    """Speaks AMI on loopback. `answer` may say something else than Success to an action."""

    def __init__(self, answer: Answer | None = None, secret: str = "right") -> None:
        self.actions: list[dict[str, str]] = []
        self.logins = 0
        self.mute = False
        self.port = 0
        self._answer = answer
        self._secret = secret
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> "FakeAsterisk":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.drop()

    def say(self, data: bytes) -> None:
        """Send bytes to everybody who is logged in."""
        for writer in self._writers:
            writer.write(data)

    def drop(self) -> None:
        """Reset every connection."""
        for writer in self._writers:
            writer.transport.abort()
        self._writers.clear()

    def asked(self, action: str) -> list[dict[str, str]]:
        return [a for a in self.actions if a["Action"] == action]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(BANNER)
        try:
            while True:
                raw = (await reader.readuntil(b"\r\n\r\n")).decode()
                action = dict(line.split(": ", 1) for line in raw.split("\r\n") if line)
                self.actions.append(action)
                for answer in self._answers(action, writer):
                    writer.write(answer)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.transport.abort()

    def _answers(self, action: dict[str, str], writer: asyncio.StreamWriter) -> Sequence[bytes]:
        if self.mute:
            return ()
        mine = action["ActionID"]
        if action["Action"] == "Login":
            if action["Secret"] != self._secret:
                return (packet(Response="Error", ActionID=mine, Message="Authentication failed"),)
            self.logins += 1
            self._writers.append(writer)
        if self._answer is not None and action["Action"] not in ("Login", "Ping"):
            told = self._answer(action)
            if told:
                return [
                    a.replace(b"\r\n\r\n", f"\r\nActionID: {mine}\r\n\r\n".encode()) for a in told
                ]
        if action["Action"] in ("QueueStatus", "CoreShowChannels"):
            name = action["Action"]
            return (
                packet(Response="Success", ActionID=mine, EventList="start"),
                packet(Event=f"{name}Complete", ActionID=mine, EventList="Complete"),
            )
        return (packet(Response="Success", ActionID=mine),)
