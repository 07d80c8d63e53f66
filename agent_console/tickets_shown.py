"""How much of a ticket's requester is shown, and to whom."""

from __future__ import annotations

from routing.numbers import masked
from tickets.tables import TicketRow

from .access import oversees
from .accounts import User
from .masking import mask_name
from .schemas import TicketItem, TicketRead


def knows_requester(row: TicketRow, user: User) -> bool:
    """Everybody at work, but for a confidential ticket only its author and overseers."""
    return not row.confidential or oversees(user) or row.created_by == user.username


def ticket_item(row: TicketRow) -> TicketItem:
    """A ticket in a list: the number masked, and the name too where it is confidential."""
    item = TicketItem.model_validate(row)
    hidden = {"requester_phone": masked(row.requester_phone) if row.requester_phone else None}
    if row.confidential:
        hidden["requester_name"] = mask_name(row.requester_name)
    return item.model_copy(update=hidden)


def ticket_read(row: TicketRow, user: User) -> TicketRead:
    """A ticket whole; its number stays masked until it is asked for."""
    read = TicketRead.model_validate(row)
    hidden = {"requester_phone": masked(row.requester_phone) if row.requester_phone else None}
    if not knows_requester(row, user):
        hidden |= {"requester_name": mask_name(row.requester_name), "address": None}
    return read.model_copy(update=hidden)
