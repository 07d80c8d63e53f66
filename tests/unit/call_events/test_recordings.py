"""A recording is held against its call, and lives no longer than the city says."""

import os
import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from call_events.recordings import RecordingKeeper, file_of
from call_events.story import Story
from call_events.tables import calls, recordings
from database.engine import make_engine, reading
from database.migrate import upgrade_async

NOW = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
SECOND_OF_SOUND = bytes(16_000)
HEADER = bytes(44)


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = f"sqlite+aiosqlite:///{tmp_path / 'hotline.db'}"
    await upgrade_async(url)
    engine = make_engine(url)
    yield engine
    await engine.dispose()


@pytest.fixture
def keeper(engine: AsyncEngine, tmp_path: Path) -> RecordingKeeper:
    (tmp_path / "monitor").mkdir()
    return RecordingKeeper(engine, "n1", tmp_path / "monitor", keep_days=30)


async def a_call(engine: AsyncEngine, call_id: str, talk_s: int, **facts: Any) -> None:
    ended = NOW - timedelta(seconds=10)
    row = {
        "call_id": call_id, "node": "n1", "dnis": "12345", "hotline": "12345", "caller_id": "",
        "trunk": "carrier", "merger_mode": "main", "arrived_at": ended - timedelta(minutes=5),
        "answered_at": ended - timedelta(seconds=talk_s), "ended_at": ended, "state": "ended",
        "outcome": "answered", "talk_ms": talk_s * 1000, "path": [],
    }  # fmt: skip
    async with engine.begin() as connection:
        await connection.execute(insert(calls).values(row | facts))


async def verdicts(engine: AsyncEngine) -> dict[str, tuple[bool, int, bool]]:
    async with reading(engine) as connection:
        rows = await connection.execute(select(recordings))
        return {
            row.call_id: (row.recorded, row.seconds, row.deleted_at is not None) for row in rows
        }


async def test_a_whole_a_cut_and_a_missing_recording(
    engine: AsyncEngine, keeper: RecordingKeeper, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "monitor"
    for call_id in ("n1-1.1", "n1-1.2", "n1-1.3"):
        await a_call(engine, call_id, talk_s=60)
    await a_call(engine, "n1-1.4", 0, answered_at=None, outcome="abandoned", talk_ms=None)
    await a_call(engine, "n1-1.5", talk_s=60, outcome="emergency")
    file_of(folder, "n1-1.1").write_bytes(HEADER + SECOND_OF_SOUND * 59)
    file_of(folder, "n1-1.2").write_bytes(HEADER + SECOND_OF_SOUND * 20)

    await keeper.judge(NOW)

    assert await verdicts(engine) == {
        "n1-1.1": (True, 59, False),
        "n1-1.2": (False, 20, False),
        "n1-1.3": (False, 0, False),
    }, "waiting is not recorded, and an emergency call is the emergency service's to record"
    alarms = [record.message for record in caplog.records if "ALARM" in record.message]
    assert ["n1-1.2" in alarm or "n1-1.3" in alarm for alarm in alarms] == [True, True]
    await keeper.judge(NOW)
    assert len(await verdicts(engine)) == 3, "once judged is enough"


async def test_a_call_that_the_logs_tell_of_late_is_judged_within_the_hour(
    engine: AsyncEngine, keeper: RecordingKeeper
) -> None:
    await keeper.judge(NOW)
    await a_call(engine, "n1-1.1", talk_s=60, ended_at=NOW - timedelta(hours=1))
    await keeper.judge(NOW + timedelta(minutes=1))
    assert await verdicts(engine) == {}
    await keeper.judge(NOW + timedelta(hours=1))
    assert await verdicts(engine) == {"n1-1.1": (False, 0, False)}


async def test_a_recording_is_deleted_when_its_days_are_over(
    engine: AsyncEngine, keeper: RecordingKeeper, tmp_path: Path
) -> None:
    file = file_of(tmp_path / "monitor", "n1-1.1")
    await a_call(engine, "n1-1.1", talk_s=1)
    file.write_bytes(HEADER + SECOND_OF_SOUND)
    os.utime(file, (NOW.timestamp(), NOW.timestamp()))
    await keeper.judge(NOW)

    await keeper.sweep(NOW + timedelta(days=29))
    assert file.exists()
    await keeper.sweep(NOW + timedelta(days=31))
    assert not file.exists()
    assert await verdicts(engine) == {"n1-1.1": (True, 1, True)}
    await keeper.sweep(NOW + timedelta(days=32))
    shutil.rmtree(file.parent)
    await keeper.sweep(NOW + timedelta(days=33))


def test_a_pause_is_told_once_and_a_new_start_ends_it() -> None:
    story = Story("n1")
    call = {"Uniqueid": "n1-1.1", "AccountCode": "n1-1.1"}
    step = {"UserEvent": "HotlineStep", "CallId": "n1-1.1", "Seq": "1", "Step": "queue:general"}
    story.hear({"Event": "UserEvent", **step, **call}, 1.0)
    story.take()
    said = [
        {"Event": "MixMonitorStart"},
        {"Event": "MixMonitorMute", "State": "1"},
        {"Event": "MixMonitorMute", "State": "1"},
        {"Event": "MixMonitorStart"},
        {"Event": "MixMonitorMute", "State": "0"},
    ]
    told = []
    for at, packet in enumerate(said):
        story.hear(packet | call, 2.0 + at)
        told.append([draft.type for draft in story.take().events])
    assert told == [["RecordingStarted"], ["RecordingPaused"], [], ["RecordingStarted"], []]
    assert story.calls["n1-1.1"].recording == "on"
