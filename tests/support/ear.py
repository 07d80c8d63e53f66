"""A caller's ear, voice and fingers: hears RTP, hums back, presses keys as RFC 4733 events."""

import contextlib
import secrets
import socket
import struct
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from .until import until

RTP_HEADER: Final = struct.Struct("!BBHII")
EVENT_PAYLOAD_TYPE: Final = 101
KEYS: Final = "0123456789*#"
FRAME: Final = 160
"""Bytes of A-law in 20 ms."""
LEVEL_UNIT: Final = 16
AUDIBLE: Final = 100 // LEVEL_UNIT
"""Mean level of a 16-bit sample, in units, from which a packet is sound; noise is below 20 / 16."""
PACKET_SECONDS: Final = 0.02
KEPT_BYTES: Final = 4 << 20
"""What the kernel keeps for an ear that gets no processor for a while: a packet takes 768 bytes,
and with Debian's 212,992 the sixth second of a prompt would be lost."""
SO_RCVBUFFORCE: Final = 33
"""Linux, for root: beyond net.core.rmem_max; Python has no name for it."""
AHEAD_SECONDS: Final = 0.06
"""Packets come in bunches; so far ahead of 50 a second they may be answered."""


def _alaw_level(byte: int) -> int:
    # ITU-T G.711: even bits inverted, 3 bits of segment, 4 bits of mantissa
    byte ^= 0x55
    segment, mantissa = (byte & 0x70) >> 4, (byte & 0x0F) << 4
    return mantissa + 8 if segment == 0 else (mantissa + 0x108) << (segment - 1)


ALAW_LEVEL: Final = bytes(min(_alaw_level(byte) // LEVEL_UNIT, 255) for byte in range(256))


SILENCE: Final = bytes([0xD5]) * FRAME


def square_wave(hertz: int) -> bytes:
    """20 ms of a tone, A-law of about +/-4000; its period is a whole number of samples."""
    half = 4000 // hertz
    return (bytes([0xB5] * half) + bytes([0x35] * half)) * (80 // half)


@dataclass
class Ear:
    """Listens at one UDP port of the carrier's address until closed; hums at `hertz`.

    It hums back what it hears, or, as a talker, by itself from the first it heard on; never more
    than 50 packets a second, or two ears that hear each other would do nothing else. Who is mute
    sends silence.
    """

    host: str
    hertz: int = 400
    talker: bool = False
    mute: bool = False
    packets: int = 0
    loud_packets: int = 0
    sound: bytearray = field(default_factory=bytearray)
    """All that was heard, as A-law."""
    keys: list[str] = field(default_factory=list)
    """The keys that the other side pressed, oldest first."""
    _remote: tuple[str, int] | None = None
    _sequence: int = 1
    _timestamp: int = 160
    _hum_due: float = 0.0
    _pressing: bool = False
    _key_started: bytes = b""
    _stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        for option in (socket.SO_RCVBUF, SO_RCVBUFFORCE):
            with contextlib.suppress(OSError):
                self._socket.setsockopt(socket.SOL_SOCKET, option, KEPT_BYTES)
        self._socket.bind((self.host, 0))
        self._socket.settimeout(PACKET_SECONDS / 2 if self.talker else 0.1)
        self._tone = SILENCE if self.mute else square_wave(self.hertz)
        self._ssrc = secrets.randbits(32)
        self.port: int = self._socket.getsockname()[1]
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self) -> None:
        while not self._stop.is_set():
            try:
                packet, self._remote = self._socket.recvfrom(2048)
            except TimeoutError:
                if self.talker:
                    self._hum()
                continue
            except OSError:
                return
            self.packets += 1
            self._hum()
            sound = packet[RTP_HEADER.size :]
            if packet[1] & 0x7F == EVENT_PAYLOAD_TYPE:
                self._key(packet[4:8], sound[0])
                continue
            self.sound += sound
            if sum(sound.translate(ALAW_LEVEL)) > AUDIBLE * len(sound):
                self.loud_packets += 1

    def _key(self, started: bytes, event: int) -> None:
        """A key is sent in many packets that all say when it began (RFC 4733, section 2.2)."""
        if started != self._key_started and event < len(KEYS):
            self.keys.append(KEYS[event])
        self._key_started = started

    def loud_of(self, packets: int) -> int:
        """Listen for so many packets more (50 a second); return how many held sound."""
        first, loud = self.packets, self.loud_packets
        until(lambda: self.packets >= first + packets, 10, "packets arrive")
        return self.loud_packets - loud

    def _hum(self) -> None:
        """Send 20 ms of a tone if it is time, unless a key is being pressed."""
        now = time.monotonic()
        early = 0.0 if self.talker else AHEAD_SECONDS
        if self._remote is None or self._pressing or self._hum_due > now + early:
            return
        late = AHEAD_SECONDS if self.talker else 0.0
        self._hum_due = max(self._hum_due, now - late) + PACKET_SECONDS
        header = RTP_HEADER.pack(
            0x80, 8, self._sequence & 0xFFFF, self._timestamp & 0xFFFFFFFF, self._ssrc
        )
        self._socket.sendto(header + self._tone, self._remote)
        self._sequence += 1
        self._timestamp += 160

    @property
    def heard_seconds(self) -> float:
        """Seconds of audible sound so far; a packet is 20 ms."""
        return self.loud_packets * 0.02

    def heard(self, prompts: Path) -> list[str]:
        """Return the prompts of a folder that were heard from beginning to end, in order.

        Asterisk plays a file in the carrier's own format byte by byte, so a prompt is recognised
        for certain; of its last packet, which silence ends, nothing is asked.
        """
        found = {}
        for file in prompts.glob("*.alaw"):
            whole = file.read_bytes()
            place = self.sound.find(whole[: len(whole) // FRAME * FRAME])
            if place >= 0:
                found[place] = file.stem
        return [found[place] for place in sorted(found)]

    def press(self, key: str, between: float = 0.02) -> None:
        """Press a key for 100 ms (RFC 4733, section 2.5: start, updates, three end packets).

        `between` two packets pass so many seconds; a machine that floods us knows no patience.
        """
        if self._remote is None:
            raise RuntimeError("nothing was heard yet, so there is nobody to press keys for")
        self._pressing = True
        event, start = KEYS.index(key), self._timestamp
        for step in range(1, 9):
            end = step > 5
            duration = min(step, 5) * 160
            self._send(event, end, duration, start, marker=step == 1)
            time.sleep(between)
        self._timestamp += 1600
        self._pressing = False

    def _send(self, event: int, end: bool, duration: int, start: int, marker: bool) -> None:
        kind = EVENT_PAYLOAD_TYPE | (0x80 if marker else 0)
        header = RTP_HEADER.pack(0x80, kind, self._sequence & 0xFFFF, start, self._ssrc)
        body = struct.pack("!BBH", event, (0x80 if end else 0) | 10, duration)
        assert self._remote is not None
        self._socket.sendto(header + body, self._remote)
        self._sequence += 1

    def close(self) -> None:
        """Stop listening."""
        self._stop.set()
        self._thread.join()
        self._socket.close()
