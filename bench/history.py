"""What a call costs as the tables fill, and how long the files of an hour take to be read back."""

import asyncio
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from call_events.backfill import backfill
from call_events.packets import READER_EVENTS, Packet, Splitter, parse
from call_events.story import Story
from call_events.writer import Writer
from database.engine import make_engine
from database.migrate import upgrade

from .copies import ONE_CALL, copies, wanted_only
from .figures import Figure

NODE: Final = "t1"
RECOVERED: Final = 10_000
CALLS: Final = 60
ROUNDS: Final = 7
SIZES: Final = (10_000, 100_000, 1_000_000)
# Old calls: every tenth gave up, each from a number of its own, five events each.
OLD_CALLS: Final = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :last)
INSERT INTO calls (call_id, node, dnis, hotline, caller_id, trunk, merger_mode, arrived_at,
    queued_at, queue, answered_at, agent, ended_at, state, outcome, hangup_cause, wait_ms, talk_ms,
    path, transfers)
SELECT 't1-old.' || i, 't1', '12345', '12345', '136' || printf('%08d', i), 'carrier', '',
    datetime(1700000000 + i * 30, 'unixepoch'), datetime(1700000000 + i * 30, 'unixepoch'),
    'general-seats',
    CASE WHEN i % 10 THEN datetime(1700000005 + i * 30, 'unixepoch') END,
    CASE WHEN i % 10 THEN '8001' END,
    datetime(1700000150 + i * 30, 'unixepoch'), 'ended',
    CASE WHEN i % 10 THEN 'answered' ELSE 'abandoned' END, 16, 5000,
    CASE WHEN i % 10 THEN 145000 END,
    '[{"seq":1,"step":"queue:general-seats","reason":"main","source":"loop","last":null}]', '[]'
FROM n
"""
OLD_EVENTS: Final = """
WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < :last * 5)
INSERT INTO call_events (id, type, at, call_id, agent, data, source)
SELECT i * 16, 'StepTaken', datetime(1700000000 + i * 6, 'unixepoch'), 't1-old.' || (i / 5), NULL,
    '{"queue":"general-seats","wait_ms":5000,"position":1}', 't1-old.' || (i / 5) || ':e' || (i % 5)
FROM n
"""


def measure(quick: bool) -> Iterator[Figure]:
    """Yield the time to recover many calls, then the cost of a call at each size of the tables."""
    with tempfile.TemporaryDirectory(prefix="bench-history-") as folder:
        yield _recovery(Path(folder), 500 if quick else RECOVERED)
        yield from _growth(Path(folder), (1_000, 10_000) if quick else SIZES)


def _recovery(folder: Path, count: int) -> Figure:
    logs = folder / "log"
    (logs / "cel-custom").mkdir(parents=True)
    for name, target in (("cel.csv", "cel-custom/cel.csv"), ("queue_log", "queue_log")):
        text = (ONE_CALL / name).read_bytes()
        (logs / target).write_bytes(b"".join(copies(text, count)))
    engine = make_engine(_database(folder / "recovered.db"))

    async def recover() -> float:
        began = time.perf_counter()
        filled = await backfill(engine, NODE, 0, logs, {})
        spent = time.perf_counter() - began
        await engine.dispose()
        if len(filled.added) != count:
            raise RuntimeError(f"{len(filled.added)} of {count} calls recovered")
        return spent

    spent = asyncio.run(recover())
    return Figure.once(f"{count} calls from the logs into an empty database", "s", spent)


def _growth(folder: Path, sizes: tuple[int, ...]) -> Iterator[Figure]:
    """One database of each size, in turns, so that a slow moment of the machine slows all."""
    everything = (ONE_CALL / "everything.ami").read_bytes()
    stream = wanted_only(everything, frozenset(name.encode() for name in READER_EVENTS))
    files = {size: folder / f"grown-{size}.db" for size in sizes}
    costs: dict[int, list[float]] = {size: [] for size in sizes}
    for size, file in files.items():
        _database(file)
        fill(file, size)
    for number in range(ROUNDS + 1):
        for size, file in files.items():
            cost = asyncio.run(_cost(f"sqlite:///{file}", stream, number * CALLS))
            if number:  # the first is to warm
                costs[size].append(cost)
    for size, values in costs.items():
        yield Figure(f"a call, of {size} known before", "ms", tuple(values))
    first, *_, last = costs.values()
    ratios = tuple(late / early for early, late in zip(first, last, strict=True))
    yield Figure(f"a call at {sizes[-1]} ÷ at {sizes[0]}", "×", ratios, "≤ 1.2")


async def _cost(url: str, stream: bytes, first: int) -> float:
    """Milliseconds a call, each of its words committed by itself as in a quiet hour."""
    engine = make_engine(url)
    story, writer = Story(NODE, {}, {}), Writer(engine, NODE, 0)
    await writer.open()
    packets = [packet for text in copies(stream, CALLS, first=first) for packet in _packets(text)]
    began = time.perf_counter()
    for packet in packets:
        story.hear(packet, 0.0)
        if changes := story.take():
            await writer.commit(changes)
    spent = time.perf_counter() - began
    await engine.dispose()
    return spent * 1000 / CALLS


def _packets(text: bytes) -> list[Packet]:
    splitter = Splitter()
    splitter._greeted = True
    packets = [parse(raw) for raw in splitter.feed(text)]
    return [packet for packet in packets if "Event" in packet]


def fill(file: Path, count: int) -> None:
    """Write old calls and their events."""
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA synchronous=OFF")
        for statement in (OLD_CALLS, OLD_EVENTS):
            database.execute(statement, {"last": count})
            database.commit()
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _database(file: Path) -> str:
    url = f"sqlite:///{file}"
    upgrade(url)
    return url
