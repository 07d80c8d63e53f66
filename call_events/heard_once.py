"""An event that comes twice is heard once, from Asterisk or from its files."""

from collections import OrderedDict
from datetime import datetime
from typing import Final

from .call_state import Call
from .packets import Packet

# Events as long as they may come again: some seconds of the busiest hour.
KEPT: Final = 5000
IDENTITY: Final = (
    "Event", "Timestamp", "Uniqueid", "DestUniqueid", "MemberName", "Interface", "Queue", "Status",
)  # fmt: skip
# What Asterisk's files do not tell of a call that goes on.
NOT_IN_FILES: Final = frozenset(("Hangup", "Hold", "Unhold", "MixMonitorStart", "MixMonitorMute"))


class HeardOnce:
    """What was heard lately; Asterisk's clock tells one event from another by the µs."""

    def __init__(self) -> None:
        self._heard: OrderedDict[tuple[str | None, ...], None] = OrderedDict()

    def before(self, packet: Packet) -> bool:
        """Whether this very event was heard; it is remembered."""
        if "Timestamp" not in packet:
            return False
        event = tuple(map(packet.get, IDENTITY))
        if event in self._heard:
            return True
        self._heard[event] = None
        if len(self._heard) > KEPT:
            self._heard.popitem(last=False)
        return False


class ToldByFiles:
    """Calls told by the files while events about them were on their way to us."""

    def __init__(self) -> None:
        self.until: dict[str, datetime] = {}

    def __bool__(self) -> bool:
        return bool(self.until)

    def told(self, packet: Packet, call: Call | None, at: datetime) -> bool:
        """Whether the files have told this event of the call."""
        until = self.until.get(call.call_id) if call is not None else None
        return until is not None and at <= until and packet["Event"] not in NOT_IN_FILES
