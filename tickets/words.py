"""The closed vocabularies of a ticket (GB/T 33358-2016)."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What the citizen wants: 咨询 求助 投诉 举报 建议 表扬."""

    CONSULTATION = "consultation"
    HELP = "help"
    COMPLAINT = "complaint"
    REPORT = "report"
    SUGGESTION = "suggestion"
    PRAISE = "praise"


class Urgency(StrEnum):
    """一般, 紧急 or 特急."""

    NORMAL = "normal"
    URGENT = "urgent"
    CRITICAL = "critical"


class TicketEventType(StrEnum):
    """What happened to a ticket."""

    OPENED = "opened"
    CHANGED = "changed"
