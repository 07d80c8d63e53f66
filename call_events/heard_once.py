"""An event that comes twice is heard once."""

from collections import OrderedDict
from typing import Final

from .packets import Packet

# Events as long as they may come again: some seconds of the busiest hour.
KEPT: Final = 5000
IDENTITY: Final = (
    "Event", "Timestamp", "Uniqueid", "DestUniqueid", "MemberName", "Interface", "Queue", "Status",
)  # fmt: skip


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
