"""A recording: what AMI said, packet by packet, with the moment each was read.

The file is an AMI stream itself: a banner, then packets of the headers our code reads. Three more
headers are ours. `Heard`: seconds since 1970. `Link`: it came up or went down, all that led to the
picture was heard, or the clock was set, by `SetBy` seconds. `Picture`: this packet answers what was
asked after a gap, `queues` or `channels`; the `Recording` packet that follows says that the picture
is whole. A bare AMI stream, without these, can be read as well.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Final

from .link import Heard, LinkChange
from .packets import END, Packet, PacketRefused, Splitter, parse
from .reconcile import Picture

BANNER: Final = b"Hotline recording 1\r\n"
PIECE: Final = 256 * 1024

_OURS: Final = frozenset((b"Heard", b"Link", b"Picture", b"Recording", b"SetBy"))
# Headers that hold a caller's number as it was presented.
_CALLERS: Final = ("Caller", "CallerIDNum")
_NUMBER: Final = re.compile(r"\+?[0-9]{3,20}", re.ASCII)
_LONG_NUMBER: Final = re.compile(r"\+?[0-9]{7,20}", re.ASCII)
# An id of Asterisk's holds the time in ten digits, which is nobody's number.
_IDS: Final = frozenset(
    (
        "AccountCode",
        "ActionID",
        "BridgeId",
        "CallId",
        "DestAccountCode",
        "DestUniqueid",
        "Linkedid",
        "Timestamp",
        "Uniqueid",
    )
)

Moment = Heard | Picture
Mask = Callable[[Packet], Packet]


class NotARecording(ValueError):
    """The file holds no AMI stream."""


@dataclass(slots=True)
class Pseudonyms:
    """Another number for each caller, the same one each time, so that the story stays the same.

    `ours`: seats and numbers of the line, which are nobody's. The first three digits stay: they
    tell a mobile from a landline.
    """

    ours: frozenset[str]
    _known: dict[str, str] = field(default_factory=dict)

    def __call__(self, packet: Packet) -> Packet:
        """The packet without anybody's number in it."""
        for name in _CALLERS:
            self._meet(packet.get(name, ""))
        return {name: self._masked(name, value) for name, value in packet.items()}

    def _masked(self, name: str, value: str) -> str:
        if name in _CALLERS:
            return self._known.get(value, value)
        if name in _IDS:
            return value
        return _LONG_NUMBER.sub(lambda found: self._known.get(found[0], found[0]), value)

    def _meet(self, number: str) -> None:
        if number in self.ours or number in self._known or not _NUMBER.fullmatch(number):
            return
        # After the first three digits their count: as long as the number was.
        count = str(len(self._known) + 1)
        self._known[number] = number[:3] + count.zfill(len(number) - 3)


class Recording:
    """A recording being written; what is written is in the file at once."""

    def __init__(self, file: BinaryIO, mask: Mask = dict) -> None:
        self.packets = 0
        self._file = file
        self._mask = mask
        file.write(BANNER)

    def add(self, moments: Iterable[Moment]) -> None:
        """Write what was heard, in order. Errors: OSError."""
        for moment in moments:
            if isinstance(moment, Picture):
                self._picture(moment)
            elif moment.change is not None:
                told = {"Link": moment.change.value, "Heard": f"{moment.at:.6f}"}
                set_by = {"SetBy": f"{moment.set_by:.6f}"} if moment.set_by else {}
                self._write(told | set_by)
            elif moment.packet is not None:
                self._packet(moment.packet, {"Heard": f"{moment.at:.6f}"})
        self._file.flush()

    def _picture(self, picture: Picture) -> None:
        for name in ("queues", "channels"):
            for packet in getattr(picture, name) or ():
                self._packet(packet, {"Picture": name})
        whole = "queues" if picture.channels is None else "queues and channels"
        self._write({"Recording": whole, "Heard": f"{picture.asked.timestamp():.6f}"})

    def _packet(self, packet: Packet, more: dict[str, str]) -> None:
        self.packets += 1
        first = {"Event": packet["Event"]} if "Event" in packet else {}
        self._write(first | self._mask(packet) | more)

    def _write(self, headers: dict[str, str]) -> None:
        lines = "\r\n".join(f"{name}: {value}" for name, value in headers.items())
        self._file.write(lines.encode("utf-8", "surrogateescape") + END)


def read_recording(path: Path) -> Iterator[Moment]:
    """What was heard, in order. Errors: NotARecording, OSError."""
    splitter, pictured = Splitter(), _Pictured()
    with path.open("rb") as file:
        if b"\r\n" not in file.read(PIECE):
            raise NotARecording(path.name)
        file.seek(0)
        while data := file.read(PIECE):
            for raw in splitter.feed(data):
                moment = _moment(raw, pictured)
                if moment is not None:
                    yield moment


@dataclass(slots=True)
class _Pictured:
    """The answers of a picture as they come."""

    queues: list[Packet] = field(default_factory=list)
    channels: list[Packet] = field(default_factory=list)


def _moment(raw: bytes, pictured: _Pictured) -> Moment | None:
    headers = (line.partition(b": ") for line in raw.split(b"\r\n"))
    ours = {name: value.decode() for name, _, value in headers if name in _OURS}
    heard = float(ours.get(b"Heard") or 0)
    if b"Link" in ours:
        set_by = float(ours.get(b"SetBy") or 0)
        return Heard(heard, change=LinkChange(ours[b"Link"]), set_by=set_by)
    if b"Recording" in ours:
        queues, pictured.queues = pictured.queues, []
        channels, pictured.channels = pictured.channels, []
        known = channels if "channels" in ours[b"Recording"] else None
        return Picture(datetime.fromtimestamp(heard, UTC), queues, known)
    try:
        packet = parse(raw)
    except PacketRefused:
        return None  # as the link does: a packet that contradicts itself is nobody's word
    if b"Picture" in ours:
        getattr(pictured, ours[b"Picture"]).append(packet)
        return None
    return Heard(heard, packet) if "Event" in packet else None
