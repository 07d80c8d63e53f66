"""What a sub-centre has told us beforehand of a call it sends, taken up by the call with its key.

Whoever tells of the call, AMI or Asterisk's files, in any order and as often as they like: a key
belongs to the first call that brings it, and to no other.
"""

import asyncio
import logging
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncEngine

from database.errors import AWAY
from database.transaction import transact

from .changes import Draft
from .events import EventType
from .tables import brought_contexts

log = logging.getLogger(__name__)

FORGET_EVERY_SECONDS: Final = 3600.0


def take_up(connection: Connection, told: Iterable[Draft]) -> None:
    """Give each call that brought a key what is behind it, in the transaction that writes it."""
    for draft in told:
        if draft.type is EventType.CONTEXT_BROUGHT:
            _take(connection, draft)


def _take(connection: Connection, draft: Draft) -> None:
    kept, centre = brought_contexts.c, draft.data["centre"]
    mine = kept.digest == draft.data["digest"]
    query = select(kept.centre, kept.expires_at, kept.call_id).where(mine)
    known = (connection.execute(query)).one_or_none()
    if not draft.data["digest"]:
        why = "no key of ours by its shape"
    elif known is None:
        why = "unknown"
    elif known.centre != centre:
        why = "another sub-centre's"
    elif known.call_id == draft.call_id:
        return
    elif known.call_id is not None:
        why = "used up by another call"
    elif known.expires_at < draft.at:
        why = "expired"
    else:
        connection.execute(update(brought_contexts).where(mine).values(call_id=draft.call_id))
        return
    log.warning("call %s goes on without: %s sent a key that is %s", draft.call_id, centre, why)


async def keep_forgetting(engine: AsyncEngine, keep_days: int) -> None:
    """Delete, until cancelled, what no call took up in time and what is older than `keep_days`."""
    while True:
        try:
            await forget_old(engine, datetime.now(UTC), timedelta(days=keep_days))
        except AWAY as failure:
            log.error("contexts not forgotten, trying again: %s", type(failure).__name__)
        await asyncio.sleep(FORGET_EVERY_SECONDS)


async def forget_old(engine: AsyncEngine, now: datetime, keep: timedelta) -> None:
    """Errors: SQLAlchemyError, OSError."""
    kept = brought_contexts.c
    # A call's story may be told late, by the files: what it took up in time is looked for then.
    unclaimed = kept.call_id.is_(None) & (kept.expires_at < now - timedelta(hours=1))
    old = delete(brought_contexts).where(or_(unclaimed, kept.deposited_at < now - keep))
    await transact(engine, Connection.execute, old)
