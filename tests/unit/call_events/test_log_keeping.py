"""Asterisk's logs: a new file each day, the old ones deleted when their time is over."""

import os
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncEngine

from call_events.log_keeping import LogKeeper
from call_events.tables import log_positions
from database.engine import make_engine
from database.migrate import upgrade_async

NOW = datetime(2026, 11, 27, 2, 0, tzinfo=UTC)  # ten in the morning in the city
YESTERDAY = int((NOW - timedelta(days=1)).timestamp())


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite:///{tmp_path / 'hotline.db'}"
    await upgrade_async(url)
    engine = make_engine(url)
    yield engine
    await engine.dispose()


class Node:
    """A node's log folder and how often its Asterisk was asked to open new logs."""

    def __init__(self, engine: AsyncEngine, folder: Path, running: bool = True) -> None:
        self.folder, self.engine, self.asked, self.running = folder, engine, 0, running
        (folder / "cel-custom").mkdir(parents=True)
        zone = ZoneInfo("Asia/Shanghai")
        self.keeper = LogKeeper(engine, "n1", folder, 90, zone, self.reopen)

    def reopen(self) -> None:
        self.asked += 1
        if not self.running:
            raise RuntimeError("no Asterisk")

    def file(self, name: str, text: str = "x\n", days_old: float = 0) -> Path:
        path = self.folder / name
        path.write_text(text, "utf-8")
        at = (NOW - timedelta(days=days_old)).timestamp()
        os.utime(path, (at, at))
        return path

    async def has_read_to(self, queue_log: Path, cel: Path) -> None:
        rows = [
            {"node": "n1", "log": log, "inode": path.stat().st_ino, "offset": 0, "head": ""}
            for log, path in (("queue_log", queue_log), ("cel", cel))
        ]
        async with self.engine.begin() as connection:
            await connection.execute(insert(log_positions).values(rows))


async def test_yesterdays_logs_are_put_aside_once_and_asterisk_opens_new_ones(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    node = Node(engine, tmp_path / "log")
    node.file("queue_log", f"{YESTERDAY}|NONE|NONE|NONE|QUEUESTART|\n")
    node.file("cel-custom/cel.csv")
    await node.keeper.keep(NOW)
    assert sorted(path.name for path in (tmp_path / "log").rglob("*.2026*")) == [
        "cel.csv.20261127",
        "queue_log.20261127",
    ]
    assert node.asked == 1
    node.file("queue_log", f"{int(NOW.timestamp())}|NONE|NONE|NONE|CONFIGRELOAD|\n")
    await node.keeper.keep(NOW + timedelta(hours=13, minutes=59))
    assert node.asked == 1, "the city's day is not over"
    await node.keeper.keep(NOW + timedelta(hours=14, minutes=1))
    assert node.asked == 2


async def test_old_logs_go_but_never_one_that_calls_are_still_told_from(
    engine: AsyncEngine, tmp_path: Path
) -> None:
    node = Node(engine, tmp_path / "log")
    today = f"{int(NOW.timestamp())}|NONE|NONE|NONE|QUEUESTART|\n"
    old = [node.file(f"queue_log.{n}", days_old=100 - n) for n in range(3)]
    young = node.file("queue_log.9", days_old=10)
    now_written = node.file("queue_log", today)
    cel = node.file("cel-custom/cel.csv")
    old_cel = node.file("cel-custom/cel.csv.0", days_old=100)
    warnings = node.file("messages.log.0", days_old=100)

    await node.keeper.keep(NOW)
    assert all(path.exists() for path in (*old, old_cel)), "nobody has read them yet"
    assert not warnings.exists()

    await node.has_read_to(old[1], cel)
    await node.keeper.keep(NOW)
    assert [path.exists() for path in old] == [False, True, True]
    assert not old_cel.exists()
    assert young.exists()
    assert now_written.exists()


async def test_without_asterisk_nothing_is_lost(engine: AsyncEngine, tmp_path: Path) -> None:
    node = Node(engine, tmp_path / "log", running=False)
    node.file("queue_log", f"{YESTERDAY}|NONE|NONE|NONE|QUEUESTART|\n")
    with pytest.raises(RuntimeError):
        await node.keeper.keep(NOW)
    assert (tmp_path / "log/queue_log.20261127").read_text("utf-8").startswith(str(YESTERDAY))
    await node.keeper.keep(NOW)  # Asterisk begins a new one when it starts
