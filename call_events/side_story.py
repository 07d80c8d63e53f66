"""What is told of a call beside its way: its recording, the survey, a key given to a sub-centre."""

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Final

from .call_state import Call
from .changes import Tell
from .events import EventType
from .packets import Packet

SURVEY_EVENT: Final = "HotlineSurvey"
CONTEXT_EVENT: Final = "HotlineContext"
SURVEY_KEYS: Final = frozenset("12345")


class SideStory:
    """Tells what changes neither the state of a call nor that of an agent."""

    def __init__(self, tell: Callable[[], Tell]) -> None:
        self._tell = tell

    def surveyed(self, call: Call, packet: Packet, at: datetime) -> None:
        """The caller's answer after the call; the first that means something is the one."""
        key = packet.get("Key", "")
        if call.satisfaction is None and key in SURVEY_KEYS:
            call.satisfaction = int(key)
            data = {"satisfaction": call.satisfaction}
            self._tell()(EventType.SURVEY_ANSWERED, call, at, data, agent=call.agent)

    def offered(self, call: Call, packet: Packet, at: datetime) -> None:
        """A leg to a sub-centre carries a key to this call's facts; only its digest is kept."""
        if packet.get("Key"):
            data = {"centre": packet.get("Centre", "")[:16]}
            source = context_source(packet["Key"])
            self._tell()(EventType.CONTEXT_OFFERED, call, at, data, source=source)

    def recording(self, call: Call, packet: Packet, at: datetime) -> None:
        """Asterisk records, or it writes silence while the agent has it paused."""
        paused = packet["Event"] == "MixMonitorMute" and packet.get("State") == "1"
        before, call.recording = call.recording, "paused" if paused else "on"
        if packet["Event"] == "MixMonitorStart":
            kind = EventType.RECORDING_STARTED
        elif call.recording != before:
            kind = EventType.RECORDING_PAUSED if paused else EventType.RECORDING_RESUMED
        else:
            return
        self._tell()(kind, call, at, {}, agent=call.talking_to)


def context_source(key: str) -> str:
    """Where a key's event is found; whoever reads the table cannot use the key."""
    return f"context:{hashlib.sha256(key.encode()).hexdigest()}"
