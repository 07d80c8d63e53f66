"""The life of a ticket as states."""

from __future__ import annotations

from enum import StrEnum


class TicketState(StrEnum):
    """Where the ticket stands (Nanjing 2010 scheme: 受理 → 分类 → 派发 → …)."""

    ACCEPTED = "accepted"
