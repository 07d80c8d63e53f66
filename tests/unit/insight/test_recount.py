"""The figures once more from Asterisk's own files, and what differs from what was kept."""

import shutil
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession

from call_events.tables import CallEventRow, CallRow
from database.engine import make_engine
from database.migrate import upgrade
from insight.check import check
from insight.intervals import Span
from insight.raw_logs import read_channel, read_logs, read_queued
from insight.recount import Value, recount, tell
from insight.report import By, Question, agent_day, report
from routing.catalogue import Catalogue
from routing.loader import load_catalogue
from tests.support.ports import free_port
from tests.support.postgres import postgres
from tests.support.prompts import NANJING

# 23:59:40 in Nanjing: the first call comes before midnight, the others after it.
BASE = 1795363180
FIRST, LAST = datetime.fromtimestamp(BASE, UTC), datetime.fromtimestamp(BASE + 3600, UTC)


class Files:
    """Asterisk's two files, written as Asterisk writes them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "cel-custom").mkdir(parents=True)
        self.cel = folder / "cel-custom" / "cel.csv"
        self.queue = folder / "queue_log"
        self.cel.touch()
        self.queue.touch()

    def event(self, kind: str, at: float, call: str, extra: str = "") -> None:
        columns = (kind, f"{BASE + at:.6f}", call, call, call, "PJSIP/carrier-00000001")
        columns += ("10000000001", "queue", "", extra.replace('"', '""'), "")
        with self.cel.open("a", encoding="utf-8") as file:
            file.write(",".join(f'"{column}"' for column in columns) + "\n")

    def step(self, at: float, call: str, words: str) -> None:
        self.event("STEP", at, call, f'{{"extra":"{words}"}}')

    def row(self, at: float, *columns: str) -> None:
        with self.queue.open("a", encoding="utf-8") as file:
            file.write("|".join((str(int(BASE + at)), *columns)) + "\n")


@pytest.fixture
def files(tmp_path: Path) -> Files:
    """Four calls: answered before midnight; given up; 12366 answered elsewhere; still waiting
    when Asterisk was killed."""
    files = Files(tmp_path / "log")
    files.step(0.0, "n1-1", "1 loop queue:expert-12333 expert 12333")
    files.row(4.2, "n1-1", "expert-12333", "NONE", "ENTERQUEUE", "", "10000000001", "1")
    files.row(10, "n1-1", "expert-12333", "8002", "RINGNOANSWER", "5000")
    files.row(11, "n1-1", "expert-12333", "NONE", "EXITWITHTIMEOUT", "1", "1", "7")
    files.step(11.0, "n1-1", "2 loop queue:general-seats overflow 12333")
    files.row(12, "n1-1", "general-seats", "NONE", "ENTERQUEUE", "", "10000000001", "1")
    files.row(14, "n1-1", "general-seats", "8001", "CONNECT", "2", "n1-2", "1")
    files.event("BRIDGE_ENTER", 14.5, "n1-1")
    files.event("BRIDGE_EXIT", 74.5, "n1-1")
    for moment, key in ((74.53, "9"), (74.55, "5"), (74.57, "1")):
        files.event("SURVEY", moment, "n1-1", f'{{"extra":"{key}"}}')
    files.event("HANGUP", 74.6, "n1-1")
    files.row(74, "NONE", "NONE", "8001", "PAUSEALL", "wrapup")
    files.row(104, "NONE", "NONE", "8001", "UNPAUSEALL", "")
    files.step(100.0, "n1-3", "1 loop queue:general-seats main 12345")
    files.row(108, "n1-3", "general-seats", "NONE", "ENTERQUEUE", "", "10000000002", "1")
    files.row(133, "n1-3", "general-seats", "NONE", "ABANDON", "1", "1", "25")
    files.event("HANGUP", 133.5, "n1-3")
    files.step(200.0, "n1-4", "1 loop subcentre:12366 sub-centre 12366")
    files.event("BRIDGE_ENTER", 208.0, "n1-4")
    files.event("HANGUP", 218.0, "n1-4")
    files.step(300.0, "n1-5", "1 loop queue:general-seats main 12345")
    files.row(308, "n1-5", "general-seats", "NONE", "ENTERQUEUE", "", "10000000003", "1")
    files.row(400, "NONE", "NONE", "NONE", "QUEUESTART", "")
    return files


def test_a_message_by_voice_is_the_end_of_a_call_unless_a_person_answers(tmp_path: Path) -> None:
    files = Files(tmp_path / "log")
    for call, spoken in (("n1-1", "LEFT 12"), ("n1-2", "EMPTY 1"), ("n1-3", "LEFT 9")):
        files.step(0.0, call, "1 loop queue:general-seats main 12345")
        files.step(5.0, call, "2 loop message message 12345")
        files.event("MESSAGE", 20.0, call, f'{{"extra":"{spoken}"}}')
    files.event("BRIDGE_ENTER", 30.0, "n1-3")
    for call in ("n1-1", "n1-2", "n1-3"):
        files.event("HANGUP", 40.0, call)
    ends = {call: told.end for call, told in tell(read_logs(files.folder)).items()}
    assert ends == {"n1-1": "message", "n1-2": "abandoned", "n1-3": "answered"}


def test_a_start_of_asterisk_before_a_call_did_not_end_it_though_the_clock_was_set_back(
    tmp_path: Path,
) -> None:
    files = Files(tmp_path / "log")
    files.row(3600, "NONE", "NONE", "NONE", "QUEUESTART", "")
    files.step(300.0, "n1-1", "1 loop queue:general-seats main 12345")
    files.row(301, "n1-1", "general-seats", "NONE", "ENTERQUEUE", "", "10000000003", "1")
    assert [call.end for call in tell(read_logs(files.folder)).values()] == ["in_progress"]


def test_the_talk_of_a_caller_who_is_still_asked_how_it_was_may_count_already(
    tmp_path: Path,
) -> None:
    files = Files(tmp_path / "log")
    files.step(0.0, "n1-1", "1 loop queue:general-seats main 12345")
    files.row(5, "n1-1", "general-seats", "8001", "CONNECT", "5", "n1-2", "1")
    files.event("BRIDGE_ENTER", 5.0, "n1-1")
    files.event("BRIDGE_EXIT", 65.0, "n1-1")
    files.step(65.1, "n1-1", "2 loop survey survey 12345")
    zone = ZoneInfo("Asia/Shanghai")
    counted = recount(read_logs(files.folder), zone)
    talk = counted[FIRST.astimezone(zone).date(), "agent", "8001"]["talk_ms"]
    assert (talk.holds(0), talk.holds(60_020), talk.holds(61_000)) == (True, True, False)


def at(seconds: float) -> datetime:
    return FIRST + timedelta(seconds=seconds)


def kept_calls() -> list[CallRow]:
    """The same four calls as a recorder keeps them."""
    common: dict[str, Any] = {
        "node": "n1",
        "caller_id": "10000000001",
        "trunk": "carrier",
        "merger_mode": "main",
        "state": "ended",
        "path": [],
    }

    def call(call_id: str, dnis: str, arrived: float, **facts: Any) -> CallRow:
        known = {"call_id": call_id, "dnis": dnis, "hotline": dnis, "arrived_at": at(arrived)}
        return CallRow(**common | known | facts)

    general = {"queue": "general-seats"}
    return [
        call("n1-1", "12333", 0.001, **general, queued_at=at(4.3), answered_at=at(14.502),
             ended_at=at(74.6), outcome="answered", agent="8001", talk_ms=60_010,
             satisfaction=5),
        call("n1-3", "12345", 100.001, **general, queued_at=at(108.2), ended_at=at(133.5),
             outcome="abandoned"),
        call("n1-4", "12366", 200.001, answered_at=at(208), ended_at=at(218), outcome="sub_centre",
             talk_ms=10_000),
        call("n1-5", "12345", 300.001, **general, queued_at=at(308.1), ended_at=at(405),
             outcome="interrupted"),
    ]  # fmt: skip


def kept_events() -> list[CallEventRow]:
    happened: list[tuple[str, float, str | None, str | None, dict[str, Any]]] = [
        ("AgentStateChanged", -600, None, "8001", {"state": "ready"}),
        ("CallQueued", 4.3, "n1-1", None, {"queue": "expert-12333"}),
        ("MemberMissed", 10, "n1-1", "8002", {}),
        ("CallQueued", 12.2, "n1-1", None, {"queue": "general-seats"}),
        ("AgentStateChanged", 14.5, "n1-1", "8001", {"state": "talking"}),
        ("CallHeld", 20, "n1-1", "8001", {}),
        ("CallResumed", 25.5, "n1-1", "8001", {}),
        ("CallHeld", 70.6, "n1-1", "8001", {}),
        ("AgentStateChanged", 74.6, "n1-1", "8001", {"state": "wrapup"}),
        ("AgentStateChanged", 104.6, None, "8001", {"state": "paused"}),
        ("CallQueued", 108.2, "n1-3", None, {"queue": "general-seats"}),
        ("CallAbandoned", 133.4, "n1-3", None, {"queue": "general-seats"}),
        ("CallQueued", 308.1, "n1-5", None, {"queue": "general-seats"}),
    ]
    return [
        CallEventRow(
            id=int((BASE + when) * 1_000_000), type=kind, at=at(when), call_id=call_id,
            agent=agent, data=data, source=f"{number}",
        )
        for number, (kind, when, call_id, agent, data) in enumerate(happened)
    ]  # fmt: skip


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    return load_catalogue(NANJING)


@pytest.fixture(scope="module")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("database") / "hotline.db"
    upgrade(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, migrated: Path, tmp_path: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{shutil.copy(migrated, tmp_path / 'hotline.db')}"
        return
    with postgres(free_port()) as running:
        upgrade(running)
        yield running


@pytest.fixture
async def kept(url: str) -> AsyncIterator[AsyncEngine]:
    engine = make_engine(url)
    async with AsyncSession(engine) as session, session.begin():
        session.add_all([*kept_calls(), *kept_events()])
    yield engine
    await engine.dispose()


async def test_what_was_kept_equals_the_recount(
    kept: AsyncEngine, catalogue: Catalogue, files: Files
) -> None:
    checked = await check(kept, catalogue, "n1", files.folder, end=LAST)
    assert checked.differences == ()
    assert (checked.calls, checked.unreadable) == (4, 0)


async def test_figures_from_rows_and_events(kept: AsyncEngine, catalogue: Catalogue) -> None:
    by_queue = await report(kept, catalogue, Question(Span(FIRST, LAST), By.QUEUE))
    queues = {row.key: row.figures for row in by_queue.rows}
    expert, general = queues["expert-12333"], queues["general-seats"]
    assert (expert.offered, expert.moved_on, expert.answered) == (1, 1, 0)  # type: ignore[union-attr]
    assert (general.offered, general.answered, general.abandoned) == (3, 1, 1)  # type: ignore[union-attr]
    # The first hold ended by itself, the second with the call.
    assert by_queue.total.hold_ms == 5500 + 4000
    assert by_queue.total.wrapup_ms == 30_000
    assert (by_queue.total.rated, by_queue.total.satisfied) == (1, 1)
    by_agent = await report(kept, catalogue, Question(Span(FIRST, LAST), By.AGENT))
    agents: dict[str, Any] = {row.key: row.figures for row in by_agent.rows}
    assert (agents["8001"].answered, agents["8001"].talk_ms) == (1, 60_010)
    assert (agents["8001"].present_ms, agents["8001"].busy_ms) == (104_600, 90_100)
    assert (agents["8002"].missed, agents["8002"].occupancy) == (1, None)
    assert (await agent_day(kept, "8002", Span(FIRST, LAST))).missed == 1
    assert (await agent_day(kept, "8001", Span(FIRST, LAST))).talk_ms == 60_010


async def test_one_lost_answer_is_shown_wherever_it_counts(
    kept: AsyncEngine, catalogue: Catalogue, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("insight.check.LOOK_AGAIN_SECONDS", 0.0)
    async with AsyncSession(kept) as session, session.begin():
        row = await session.get_one(CallRow, "n1-1")
        row.answered_at, row.agent, row.outcome = None, None, "interrupted"
    checked = await check(kept, catalogue, "n1", files.folder, end=LAST)
    found = {(one.by, one.key, one.figure): one for one in checked.differences}
    lost = found["all", "", "answered"]
    assert (str(lost.day), lost.kept, lost.logged) == ("2026-11-22", 0, Value(1, 1))
    for place in (("hotline", "12333"), ("queue", "general-seats"), ("agent", "8001")):
        assert (*place, "answered") in found


async def test_a_call_that_only_one_side_knows_is_shown(
    kept: AsyncEngine, catalogue: Catalogue, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("insight.check.LOOK_AGAIN_SECONDS", 0.0)
    async with AsyncSession(kept) as session, session.begin():
        await session.delete(await session.get_one(CallRow, "n1-4"))
        (extra,) = [row for row in kept_calls() if row.call_id == "n1-5"]
        extra.call_id, extra.hotline = "n1-9", "12348"
        session.add(extra)
    checked = await check(kept, catalogue, "n1", files.folder, end=LAST)
    offered = {one.key: one for one in checked.differences if one.figure == "offered"}
    assert (offered["12366"].kept, offered["12366"].logged) == (0, Value(1, 1))
    assert (offered["12348"].kept, offered["12348"].logged) == (1, None)
    # Another node's calls are not this Asterisk's.
    elsewhere = await check(kept, catalogue, "n2", files.folder, end=LAST)
    assert {one.kept for one in elsewhere.differences if one.figure == "offered"} == {0}


def test_midnight_of_the_city_parts_the_days(catalogue: Catalogue, files: Files) -> None:
    days = recount(read_logs(files.folder), catalogue.index.zone)
    offered = {
        str(day): values["offered"].low for (day, by, _), values in days.items() if by == "all"
    }
    assert offered == {"2026-11-22": 1, "2026-11-23": 3}


def test_a_wait_at_the_limit_may_be_either(files: Files, catalogue: Catalogue) -> None:
    files.step(500.0, "n1-6", "1 loop queue:general-seats main 12345")
    files.event("BRIDGE_ENTER", 515.1, "n1-6")
    files.event("HANGUP", 520.0, "n1-6")
    days = recount(read_logs(files.folder), catalogue.index.zone)
    fast = next(v for (day, by, _), v in days.items() if by == "all" and v["offered"].low == 4)
    assert fast["answered_15s"] == Value(1, 2)


def test_torn_lines_are_counted_and_the_rest_is_read(files: Files) -> None:
    with files.cel.open("a", encoding="utf-8") as file:
        file.write('"STEP","179536')
    with files.queue.open("a", encoding="utf-8") as file:
        file.write("1795363\n|||\n")
    logs = read_logs(files.folder)
    assert logs.unreadable == 3
    assert len(tell(logs)) == 4


def test_rotated_files_are_read_too(files: Files) -> None:
    files.cel.rename(files.cel.with_name("cel.csv.0"))
    files.queue.rename(files.queue.with_name("queue_log.0"))
    files.cel.touch()
    assert len(tell(read_logs(files.folder))) == 4


def test_without_files_there_is_no_recount(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_logs(tmp_path)


def test_a_quote_in_a_column_forges_none() -> None:
    forged = '"STEP","1.0","a","b","c","d","1"",""2","e","f","{""extra"":""x""}",""'
    line = read_channel(forged)
    assert line is not None
    assert (line.extra, line.step()) == ('{"extra":"x"}', None)
    assert read_channel(forged[:-1]) is None
    assert read_channel('x"STEP"') is None
    assert read_queued("now|a|b|c|d") is None


def test_a_call_during_which_the_clock_was_set_back_is_counted_and_not_timed(files: Files) -> None:
    zone = load_catalogue(NANJING).index.zone
    files.step(500.0, "n1-6", "1 loop queue:general-seats main 12345")
    files.row(508, "n1-6", "general-seats", "8001", "CONNECT", "2", "n1-7", "1")
    files.event("BRIDGE_ENTER", 510.0 - 3600, "n1-6")
    files.event("HANGUP", 530.0 - 3600, "n1-6")

    counted = recount(read_logs(files.folder), zone)

    (today,) = [one for key, one in counted.items() if key[1:] == ("hotline", "12345")]
    assert today["answered"] == Value(1, 1)
    assert today["offered"] == Value(3, 3)
    assert "mean_wait_ms" not in today
    (elsewhere,) = [one for key, one in counted.items() if key[1:] == ("hotline", "12366")]
    assert "mean_wait_ms" in elsewhere, "what the others took is compared as before"
