"""Why a ticket was refused, as a stable code."""

from __future__ import annotations


class TicketRefused(Exception):
    """A ticket that cannot be opened or changed as asked; `field` names the culprit."""

    def __init__(self, code: str, field: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
