"""The vocabulary that leaves this room: what happened to a call or to an agent."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from database.engine import compact_json

STREAM = "hotline:events"
FIELD = "e"


class EventType(StrEnum):
    """Past participles of telephony; the string is public API."""

    CALL_ARRIVED = "CallArrived"
    STEP_TAKEN = "StepTaken"
    CALL_QUEUED = "CallQueued"
    MEMBER_RANG = "MemberRang"
    MEMBER_MISSED = "MemberMissed"
    CALL_CONNECTED = "CallConnected"
    CALL_HELD = "CallHeld"
    CALL_RESUMED = "CallResumed"
    RECORDING_STARTED = "RecordingStarted"
    RECORDING_PAUSED = "RecordingPaused"
    RECORDING_RESUMED = "RecordingResumed"
    CALL_ABANDONED = "CallAbandoned"
    MESSAGE_LEFT = "MessageLeft"
    SURVEY_ANSWERED = "SurveyAnswered"
    CALL_ENDED = "CallEnded"
    WRAP_UP_STARTED = "WrapUpStarted"
    AGENT_STATE_CHANGED = "AgentStateChanged"
    TRANSFER_STARTED = "TransferStarted"
    TRANSFER_MOVED = "TransferMoved"
    TRANSFER_COMPLETED = "TransferCompleted"
    TRANSFER_FAILED = "TransferFailed"
    CONTEXT_OFFERED = "ContextOffered"
    CONTEXT_BROUGHT = "ContextBrought"
    ILLEGAL_MOVE = "IllegalMove"


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened, committed to the database before anybody hears of it.

    `id` grows with time within one Asterisk node; `at` is Asterisk's own clock, UTC.
    """

    id: int
    type: EventType
    at: datetime
    call_id: str | None = None
    agent: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


def to_json(event: Event) -> str:
    """The event as it travels on the stream."""
    return compact_json(
        {
            "id": event.id,
            "type": event.type,
            "at": event.at.isoformat(),
            "call_id": event.call_id,
            "agent": event.agent,
            "data": event.data,
        }
    )


def from_json(text: str | bytes) -> Event:
    """An event read back from the stream. Errors: ValueError, KeyError when it is not one."""
    raw = json.loads(text)
    return Event(
        id=raw["id"],
        type=EventType(raw["type"]),
        at=datetime.fromisoformat(raw["at"]).astimezone(UTC),
        call_id=raw["call_id"],
        agent=raw["agent"],
        data=raw["data"],
    )
