"""Who would answer a number, asked on the page: step by step, with the rule behind each."""

import pytest

from tests.support.console import Console


async def test_who_answers_12329_at_night_is_told_with_the_rule_behind_each_step(
    console: Console,
) -> None:
    boss = await console.logged_in("boss", "supervisor")
    answer = await boss.get("/simulate", params={"number": "12329", "at": "2026-10-01T02:00"})
    told = answer.json()
    assert told["at"] == "2026-09-30T18:00:00Z", "the city's clock"
    arrival, first, *after = told["steps"]
    assert "12329" in arrival["zh"]
    assert (first["step"], first["rule"]) == ("queue:expert-12329", "expert")
    assert "附件1" in first["source"]
    full = [step for step in after if (step["depth"], step["when"]) == (2, "TIMEOUT")]
    assert [(step["step"], step["rule"]) for step in full] == [("queue:general-seats", "overflow")]
    assert "queues.yaml:" in full[0]["source"]
    assert (full[0]["when_zh"], full[0]["when_en"]) == ("等待到时", "nobody answers in time")
    assert all(step["zh"] and step["en"] for step in told["steps"])


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"number": "12"}, "number"),
        ({"number": "1" * 21}, "number"),
        ({"number": "12345\r\n"}, "number"),
        ({}, "number"),
        ({"number": "12345", "at": "noon"}, "at"),
        ({"number": "12345", "at": "9999-01-01"}, "at"),
    ],
)
async def test_a_question_that_makes_no_sense_names_its_field(
    console: Console, asked: dict[str, str], field: str
) -> None:
    boss = await console.logged_in("boss", "supervisor")
    refused = await boss.get("/simulate", params=asked)
    assert refused.status_code == 422
    assert refused.json()["field"] == field


async def test_who_oversees_nothing_is_told_nothing(console: Console) -> None:
    officer = await console.logged_in("officer", "officer")
    assert (await officer.get("/simulate", params={"number": "12345"})).status_code == 403
