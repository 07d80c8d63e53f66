"""The life of a ticket as states and the moves between them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from .errors import TicketRefused


class TicketState(StrEnum):
    """Where the ticket stands (Nanjing 2010 scheme: 受理 → 分类 → 派发 → …)."""

    ACCEPTED = "accepted"


MOVES: Final[dict[TicketState, frozenset[TicketState]]] = {
    TicketState.ACCEPTED: frozenset(),
}


def move(current: TicketState, wanted: TicketState) -> TicketState:
    """The state after the move; a move the table does not list is refused."""
    if wanted not in MOVES[current]:
        raise TicketRefused("ticket_move_illegal", "state")
    return wanted
