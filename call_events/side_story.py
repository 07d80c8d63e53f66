"""What is told of a call beside its way: its recording, a message by voice, the survey, a key given
to a sub-centre or brought by its call."""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from typing import Final

from .call_state import Call, Outcome
from .changes import Tell
from .events import EventType
from .packets import Packet, number

MESSAGE_EVENT: Final = "HotlineMessage"
SURVEY_EVENT: Final = "HotlineSurvey"
CONTEXT_EVENT: Final = "HotlineContext"
BROUGHT_EVENT: Final = "HotlineBrought"
SURVEY_KEYS: Final = frozenset("12345")
_KEY: Final = re.compile(r"[0-9a-f]{32}")


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

    def said(self, what: str | None, call: Call, packet: Packet, at: datetime) -> None:
        """A word of the dialplan's about a call that goes on."""
        if what == MESSAGE_EVENT:
            self._message(call, packet, at)
        elif what == CONTEXT_EVENT:
            self._offered(call, packet, at)
        elif what == BROUGHT_EVENT:
            self._brought(call, packet, at)

    def _message(self, call: Call, packet: Packet, at: datetime) -> None:
        """The caller has spoken a message; next to nothing, or a wish for a person, is none."""
        if packet.get("Spoken") == "LEFT" and call.outcome is None and call.answered_at is None:
            call.outcome = Outcome.MESSAGE
            seconds = number(packet.get("Seconds"))
            self._tell()(EventType.MESSAGE_LEFT, call, at, {"seconds": seconds})

    def _offered(self, call: Call, packet: Packet, at: datetime) -> None:
        """A leg to a sub-centre carries a key to this call's facts; only its digest is kept."""
        if packet.get("Key"):
            data = {"centre": packet.get("Centre", "")[:16]}
            source = context_source(packet["Key"])
            self._tell()(EventType.CONTEXT_OFFERED, call, at, data, source=source)

    def _brought(self, call: Call, packet: Packet, at: datetime) -> None:
        """A sub-centre sent this call with a key; `digest` "" is one that had no key's shape."""
        key = packet.get("Key", "")
        data = {
            "centre": packet.get("Centre", "")[:16],
            "digest": key_digest(key) if _KEY.fullmatch(key) else "",
        }
        self._tell()(EventType.CONTEXT_BROUGHT, call, at, data)

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
    return f"context:{key_digest(key)}"


def key_digest(key: str) -> str:
    """What is kept of a key."""
    return hashlib.sha256(key.encode()).hexdigest()
