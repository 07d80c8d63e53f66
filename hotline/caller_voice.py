"""The media of a synthetic caller: A-law audio and keys out, what is heard measured (RFC 3550)."""

from __future__ import annotations

import asyncio
import secrets
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field

PACKET_SECONDS = 0.02
PACKET_BYTES = 160  # A-law, 8 kHz
PCMA = 8
TELEPHONE_EVENT = 101  # as offered in hotline/sipp/call.xml
SILENCE = b"\xd5"
KEY_CODES = {key: code for code, key in enumerate("0123456789*#")}
KEY_PACKETS = 6  # 120 ms, well over the 40 ms a digit needs to be heard
END_REPEATS = 3  # RFC 4733, 2.5.1.4: the end of an event is sent three times


@dataclass(slots=True)
class CallerVoice(asyncio.DatagramProtocol):
    """Speaks and presses keys once the line's first packet shows where its media lives."""

    audio: bytes = b""
    keys: Sequence[str] = ()
    key_after_seconds: float = 1.0
    heard_packets: int = 0
    loudest: int = 0
    pressed: list[str] = field(default_factory=list)
    _found: asyncio.Event = field(default_factory=asyncio.Event)
    _peer: tuple[str, int] | None = None
    _transport: asyncio.DatagramTransport | None = None
    _sequence: int = field(default_factory=lambda: secrets.randbelow(0x8000))
    _timestamp: int = field(default_factory=lambda: secrets.randbelow(0x8000_0000))
    _source: int = field(default_factory=lambda: secrets.randbits(32))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport  # type: ignore[assignment]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if len(data) <= 12 or data[1] & 0x7F != PCMA:
            return
        self._peer = self._peer or addr
        self._found.set()
        self.heard_packets += 1
        # In A-law, with even bits inverted, the magnitude is the low seven bits.
        self.loudest = max(self.loudest, max((byte ^ 0x55) & 0x7F for byte in data[12:]))

    @property
    def heard_seconds(self) -> float:
        return self.heard_packets * PACKET_SECONDS

    @property
    def heard_sound(self) -> bool:
        """Whether anything louder than silence (the lowest three of eight segments) was heard."""
        return self.loudest >= 0x30

    async def speak(self) -> None:
        """Send media every 20 ms until cancelled, in step with the clock."""
        loop = asyncio.get_running_loop()
        await self._found.wait()
        keys = [frame for key in self.keys for frame in self._key_frames(key)]
        start, sent = loop.time(), 0
        silent_for = round(self.key_after_seconds / PACKET_SECONDS)
        while True:
            if sent >= silent_for and keys:
                self._send_key(*keys.pop(0))
            else:
                self._send(PCMA, self._frame(sent), marker=sent == 0)
                self._timestamp += PACKET_BYTES
            sent += 1
            await asyncio.sleep(max(0.0, start + sent * PACKET_SECONDS - loop.time()))

    def _frame(self, number: int) -> bytes:
        if not self.audio:
            return SILENCE * PACKET_BYTES
        start = number * PACKET_BYTES % len(self.audio)
        return self.audio[start : start + PACKET_BYTES].ljust(PACKET_BYTES, SILENCE)

    def _key_frames(self, key: str) -> list[tuple[str, int, bool, bool]]:
        """(key, packets so far, end mark, last of all) of one key, then a gap of silence."""
        held = [(key, count, False, False) for count in range(1, KEY_PACKETS + 1)]
        ends = [(key, KEY_PACKETS, True, copy == END_REPEATS) for copy in range(1, END_REPEATS + 1)]
        return [*held, *ends, *[("", 0, False, False)] * 8]

    def _send_key(self, key: str, count: int, end: bool, last: bool) -> None:
        if not key:
            self._send(PCMA, SILENCE * PACKET_BYTES)
            self._timestamp += PACKET_BYTES
            return
        flags = (0x80 if end else 0) | 10  # volume -10 dBm0
        payload = struct.pack("!BBH", KEY_CODES[key], flags, count * PACKET_BYTES)
        self._send(TELEPHONE_EVENT, payload, marker=count == 1)
        if last:
            self._timestamp += KEY_PACKETS * PACKET_BYTES
            self.pressed.append(key)

    def _send(self, payload_type: int, payload: bytes, marker: bool = False) -> None:
        self._sequence = (self._sequence + 1) & 0xFFFF
        kind = payload_type | (0x80 if marker else 0)
        stamp = self._timestamp & 0xFFFFFFFF
        header = struct.pack("!BBHII", 0x80, kind, self._sequence, stamp, self._source)
        if self._transport is not None and self._peer is not None:
            self._transport.sendto(header + payload, self._peer)


def media_socket(host: str) -> socket.socket:
    """A UDP socket on a free even port, as RTP wants it (RFC 3550, 11)."""
    for _ in range(64):
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((host, 0))
        if sock.getsockname()[1] % 2 == 0:
            sock.setblocking(False)
            return sock
        sock.close()
    raise OSError(f"no even UDP port is free on {host}")
