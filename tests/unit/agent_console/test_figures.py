"""The figures as supervisors get them: JSON, a file for Excel, the wall and the agent's own day."""

import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.support.console import Console

# 08:00 in Nanjing.
EIGHT = datetime(2026, 11, 23, 0, tzinfo=UTC)
DAY = {"from": "2026-11-23", "to": "2026-11-23"}


async def call(console: Console, number: int, minutes: float, **facts: Any) -> None:
    arrived = EIGHT + timedelta(minutes=minutes)
    for name in ("answered_at", "ended_at", "queued_at"):
        if name in facts:
            facts[name] = arrived + timedelta(seconds=facts[name])
    await console.recorded_call(f"n1-{number}", state="ended", arrived_at=arrived, **facts)


async def morning(console: Console) -> None:
    """Three calls to 12333: answered in 10 s, answered in 20 s, given up after 40 s."""
    answered = {"outcome": "answered", "agent": "8001", "talk_ms": 60_000}
    await call(console, 1, 1, answered_at=10, queued_at=4, ended_at=70, **answered)
    await call(console, 2, 16, answered_at=20, queued_at=4, ended_at=80, **answered)
    await call(console, 3, 61, ended_at=40, outcome="abandoned")


async def test_figures_by_number_are_of_all_offered(console: Console) -> None:
    await morning(console)
    boss = await console.logged_in("boss", "supervisor")
    answer = (await boss.get("/figures", params=DAY)).json()
    total = answer["total"]
    assert (total["offered"], total["answered"], total["abandoned_long"]) == (3, 2, 1)
    assert (total["rate_15s"], total["rate_30s"]) == (pytest.approx(1 / 3), pytest.approx(2 / 3))
    assert (total["mean_wait_ms"], total["mean_queue_wait_ms"]) == (15_000, 11_000)
    lines = {row["key"]: row for row in answer["rows"]}
    assert lines["12333"]["figures"] == total
    assert lines["12333"]["name_zh"]
    assert lines["12348"]["figures"]["offered"] == 0
    assert answer["worst_24h"]["connected_rate"] == pytest.approx(2 / 3)
    assert answer["start"] == "2026-11-22T16:00:00Z"


async def test_an_hour_is_cut_into_quarters_by_the_citys_clock(console: Console) -> None:
    await morning(console)
    boss = await console.logged_in("boss", "admin")
    asked = {"by": "interval", "interval": "15min"}
    times = {"from": "2026-11-23T08:00", "to": "2026-11-23T09:30"}
    rows = (await boss.get("/figures", params=asked | times)).json()["rows"]
    assert [row["figures"]["offered"] for row in rows] == [1, 1, 0, 0, 1, 0]
    assert rows[0]["key"] == "2026-11-23T00:00:00+00:00"


async def test_agents_have_figures_of_their_own(console: Console) -> None:
    await morning(console)
    boss = await console.logged_in("boss", "supervisor")
    (row,) = (await boss.get("/figures", params={**DAY, "by": "agent"})).json()["rows"]
    assert (row["key"], row["figures"]["answered"]) == ("8001", 2)
    assert (row["figures"]["talk_ms"], row["figures"]["occupancy"]) == (120_000, None)


async def test_the_file_opens_in_excel(console: Console) -> None:
    await morning(console)
    boss = await console.logged_in("boss", "supervisor")
    answer = await boss.get("/figures.csv", params=DAY)
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.content.startswith(b"\xef\xbb\xbf")
    table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    total = table[-1]
    assert (total["热线号码"], total["呼入"], total["15秒接通率(%)"]) == ("合计", "3", "33.33")
    assert total["平均等待(秒)"] == "15.0"


async def test_an_empty_range_is_zero_and_divides_nothing(console: Console) -> None:
    boss = await console.logged_in("boss", "supervisor")
    at = "2026-11-23T08:00"
    answer = (await boss.get("/figures", params={"from": at, "to": at, "by": "interval"})).json()
    assert (answer["rows"], answer["worst_24h"]) == ([], None)
    assert (answer["total"]["offered"], answer["total"]["connected_rate"]) == (0, None)


@pytest.mark.parametrize(
    ("params", "field", "code"),
    [
        ({"from": "yesterday"}, "from", "field_malformed"),
        ({"to": "0001-01-01"}, "to", "field_malformed"),
        ({"from": "2026-11-23", "to": "2026-11-21"}, "from", "field_out_of_range"),
        ({"from": "2020-01-01", "to": "2026-01-01"}, "from", "field_out_of_range"),
        (
            {"from": "2026-01-01", "to": "2026-12-01", "by": "interval", "interval": "15min"},
            "interval",
            "field_out_of_range",
        ),
        ({"by": "moon"}, "by", "field_not_listed"),
        ({"interval": "minute"}, "interval", "field_not_listed"),
        ({"short_seconds": "-1"}, "short_seconds", "field_out_of_range"),
    ],
)
async def test_a_question_without_an_answer_is_refused_in_both_languages(
    console: Console, params: dict[str, str], field: str, code: str
) -> None:
    boss = await console.logged_in("boss", "supervisor")
    for address in ("/figures", "/figures.csv"):
        answer = await boss.get(address, params=params)
        said = answer.json()
        assert (answer.status_code, said["code"], said["field"]) == (422, code, field)
        assert said["zh"] != said["en"]


@pytest.mark.parametrize(("role", "status"), [("officer", 403), ("agent", 403), ("admin", 200)])
async def test_figures_are_for_those_who_oversee(console: Console, role: str, status: int) -> None:
    somebody = await console.logged_in("somebody", role, "8001" if role == "agent" else None)
    for address in ("/figures", "/figures.csv"):
        assert (await somebody.get(address)).status_code == status
    assert (await console.browser().get("/figures")).status_code == 401


async def test_the_wall_the_agents_day_and_the_report_agree(console: Console) -> None:
    answered = {"answered_at": datetime.now(UTC), "outcome": "answered", "talk_ms": 5000}
    await console.recorded_call("n1-1", "8001", "ended", **answered)
    await console.recorded_call("n1-2", "8001", "ended", **answered | {"outcome": "interrupted"})
    await console.recorded_call("n1-3", None, "ended", outcome="abandoned")
    await console.recorded_call("n1-4", None, "queued")
    boss = await console.logged_in("boss", "supervisor")
    agent = await console.logged_in("first", extension="8001")
    total = (await boss.get("/figures")).json()["total"]
    wall = (await boss.get("/floor")).json()["today"]
    own = (await agent.get("/me/today")).json()
    assert wall == {"offered": 4, "answered": 2, "abandoned": 1, "waiting": 1}
    assert {name: total[name] for name in ("offered", "answered", "abandoned")} == {
        name: wall[name] for name in ("offered", "answered", "abandoned")
    }
    assert (own["answered"], own["talk_ms"]) == (total["answered"], total["talk_ms"])
