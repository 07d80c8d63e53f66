"""`hotline backfill`: lay Asterisk's own logs into the tables, once, by hand."""

from __future__ import annotations

import asyncio
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from call_events.backfill import Filled
from call_events.backfill import backfill as read_logs
from database.engine import make_engine
from database.errors import DatabaseUrlError
from database.migrate import upgrade
from routing.loader import load_catalogue

from . import composition
from .sentences import CannotStart, Problem
from .settings import Settings

SLOT = 0


def backfill(settings: Settings, since: datetime | None) -> Filled:
    """Read every log there is; may run beside the recorder. Raises CannotStart."""
    hotlines = {
        form: (hotline.number, hotline.mode.value)
        for form, hotline in load_catalogue(settings.catalogue).index.hotlines.items()
    }
    logs = composition.instance(settings).log
    if not logs.is_dir():
        raise CannotStart(
            Problem("no_logs", f"没有日志目录 {logs}", f"there is no log folder {logs}")
        )

    async def fill() -> Filled:
        engine = make_engine(settings.database)
        try:
            return await read_logs(engine, settings.node, SLOT, logs, hotlines, since)
        finally:
            await engine.dispose()

    try:
        upgrade(settings.database)
        return asyncio.run(fill())
    except DatabaseUrlError as error:
        raise CannotStart(Problem(error.code, error.zh, error.en)) from None
    except (OSError, SQLAlchemyError) as error:
        raise CannotStart(
            Problem("backfill_failed", f"未能补录:{error}", f"not filled: {error}")
        ) from None
