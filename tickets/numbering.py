"""The number a citizen is told: prefix, local date and a daily sequence."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from .tables import TicketDayRow

NUMBER: Final = r"^[A-Z]{1,4}[0-9]{8}-[0-9]{6,9}$"
_NUMBER: Final = re.compile(NUMBER, re.ASCII)


def is_ticket_number(text: str) -> bool:
    """True for the form of a ticket number, NJ20261122-000123."""
    return _NUMBER.fullmatch(text) is not None


async def next_number(session: AsyncSession, prefix: str, now: datetime, zone: ZoneInfo) -> str:
    """The next number of the day; a number taken by a ticket that then failed stays unused.

    One upsert, so the database itself serialises agents who save at the same moment.
    """
    day = now.astimezone(zone).date()
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    taken = (
        insert(TicketDayRow)
        .values(prefix=prefix, day=day, last=1)
        .on_conflict_do_update(
            index_elements=[TicketDayRow.prefix, TicketDayRow.day],
            set_={"last": TicketDayRow.last + 1},
        )
        .returning(TicketDayRow.last)
    )
    sequence = (await session.execute(taken)).scalar_one()
    return f"{prefix}{day:%Y%m%d}-{sequence:06d}"
