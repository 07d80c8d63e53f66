"""Bytes from Asterisk's manager interface into packets, believing nothing that repeats itself."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

Packet = dict[str, str]

END: Final = b"\r\n\r\n"
# Asterisk itself prints a few KB for the largest packet it has.
PACKET_LIMIT: Final = 64 * 1024

# The events the call and agent machines live on; also the name filter of the reader account.
READER_EVENTS: Final = (
    "AgentCalled",
    "AgentComplete",
    "AgentConnect",
    "AgentRingNoAnswer",
    "DialBegin",
    "DialEnd",
    "FullyBooted",
    "Hangup",
    "Hold",
    "MixMonitorMute",
    "MixMonitorStart",
    "QueueCallerAbandon",
    "QueueCallerJoin",
    "QueueCallerLeave",
    "QueueMemberAdded",
    "QueueMemberPause",
    "QueueMemberRemoved",
    "QueueMemberStatus",
    "Unhold",
    "UserEvent",
)

# Headers anybody reads; the rest is checked for repetition and let go, to keep memory small.
KEPT_HEADERS: Final = frozenset(
    (
        "AccountCode",
        "ActionID",
        "Agent",
        "Application",
        "BridgeId",
        "CallId",
        "Caller",
        "CallerIDNum",
        "Cause",
        "Centre",
        "Channel",
        "ChannelStateDesc",
        "DestAccountCode",
        "DestChannel",
        "DestUniqueid",
        "DialStatus",
        "Dnis",
        "Duration",
        "Event",
        "EventList",
        "Exten",
        "HoldTime",
        "Hotline",
        "How",
        "InCall",
        "Interface",
        "Key",
        "Landed",
        "Last",
        "LastCall",
        "Linkedid",
        "Location",
        "MemberName",
        "Message",
        "Mode",
        "Name",
        "OriginalPosition",
        "Paused",
        "PausedReason",
        "Path",
        "Penalty",
        "Position",
        "Queue",
        "Reason",
        "Response",
        "RingTime",
        "Seconds",
        "Seq",
        "Source",
        "Spoken",
        "State",
        "Status",
        "Step",
        "TalkTime",
        "Target",
        "Timestamp",
        "Trunk",
        "Uniqueid",
        "UserEvent",
        "Value",
        "Wait",
        "Wanted",
        "Who",
        "Word",
    )
)
_KEPT_LOWER: Final = {name.lower() for name in KEPT_HEADERS}
# Header -> whether it is kept, as met so far; Asterisk has some hundred names, a forger any number.
_MET: Final[dict[str, bool]] = dict.fromkeys(KEPT_HEADERS, True)
_MET_MOST: Final = 1000


class PacketRefused(ValueError):
    """A packet that contradicts itself; `args[0]` names the header, never its value."""


def parse(raw: bytes) -> Packet:
    """One packet, decoded whole so that no character is cut.

    A repeated header, or one that differs from a known one only by case, is how a forged value
    overrides a true one: the packet is refused. Headers nobody reads may repeat (ChanVariable).
    Errors: PacketRefused.
    """
    packet: Packet = {}
    for line in raw.decode("utf-8", "replace").split("\r\n"):
        name, colon, value = line.partition(":")
        kept = _MET.get(name)
        if kept is None:
            kept = _meet(name)
        if kept and colon:
            if name in packet:
                raise PacketRefused(name)
            packet[name] = value[1:] if value[:1] == " " else value
    return packet


def _meet(name: str) -> bool:
    """A header that is not kept. Errors: PacketRefused where only its case differs from one."""
    if name.lower() in _KEPT_LOWER:
        raise PacketRefused(name)
    if len(_MET) < _MET_MOST:
        _MET[name] = False
    return False


def event_name(raw: bytes) -> bytes:
    """The event's name without parsing the rest; empty for a response."""
    return raw[7 : raw.find(b"\r\n")] if raw.startswith(b"Event: ") else b""


class Splitter:
    """Cuts the byte stream into packets; an endless packet is dropped, not stored."""

    def __init__(self, limit: int = PACKET_LIMIT) -> None:
        self._rest = b""
        self._limit = limit
        self._dropping = False
        self._greeted = False
        self.dropped = 0

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Each packet that is complete now, without its end mark."""
        data = self._rest + data
        if not self._greeted:
            # The banner is one line with a single CR LF, unlike every packet after it.
            _banner, end, data_after = data.partition(b"\r\n")
            if not end:
                self._rest = data[-self._limit :]
                return
            self._greeted, data = True, data_after
        *packets, self._rest = data.split(END)
        if self._dropping and packets:
            del packets[0]
            self._dropping = False
        if len(self._rest) > self._limit:
            self._drop()
        for packet in packets:
            if len(packet) <= self._limit:
                yield packet.lstrip(b"\r\n")
            else:
                self.dropped += 1

    def _drop(self) -> None:
        if not self._dropping:
            self.dropped += 1
        self._dropping = True
        self._rest = self._rest[-(len(END) - 1) :]


def moment(packet: Packet, at: float) -> datetime:
    """When it happened by Asterisk's clock (`timestampevents`), or when we read it."""
    try:
        return datetime.fromtimestamp(float(packet["Timestamp"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return datetime.fromtimestamp(at, UTC)


def number(text: str | None) -> int | None:
    """The whole number a header holds, None where it holds none."""
    return int(text) if text and text.isascii() and text.isdigit() else None
