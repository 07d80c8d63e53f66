"""The agent hangs up, the caller stays: one key says how it was, once, and then goodbye."""

import itertools
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.city import City, running_brief_city
from tests.support.ear import Ear
from tests.support.sipp import Carrier, Dial
from tests.support.talking_seat import Seat, browser_of, take_seat
from tests.support.until import until

_callers = itertools.count(13200000001)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with running_brief_city(tmp_path_factory.mktemp("survey")) as running:
        running.add("boss", "supervisor")
        running.add("ann", extension="8001")
        yield running


@pytest.fixture
def boss(city: City) -> Iterator[httpx.Client]:
    browser = browser_of(city, "boss")
    yield browser
    browser.close()


@pytest.fixture
def ann(city: City, tmp_path: Path) -> Iterator[Seat]:
    seat = take_seat(city, "ann", "8001", tmp_path, hangs_up_after=2)
    yield seat
    seat.ask("agent/offline")
    seat.close()


@pytest.fixture
def ann_at_the_page(city: City, tmp_path: Path) -> Iterator[Seat]:
    """Her phone is never put down by hand."""
    seat = take_seat(city, "ann", "8001", tmp_path)
    yield seat
    seat.ask("agent/offline")
    seat.close()


@pytest.fixture
def carrier(city: City, tmp_path: Path) -> Iterator[Carrier]:
    carrier = Carrier("127.0.0.2", city.target, tmp_path)
    yield carrier
    carrier.stop()


def cel(city: City) -> str:
    return (city.home / "asterisk/log/cel-custom/cel.csv").read_text("utf-8")


def talk(
    city: City, carrier: Carrier, ann: Seat, *, from_the_page: bool = False
) -> tuple[str, Ear]:
    """Ring, be answered, and stay when the agent hangs up; returns call_id and ear."""
    caller, ear = str(next(_callers)), Ear(carrier.host, talker=True)
    ann.ask("agent/ready", phone="desk")
    carrier.place([Dial("12345", caller, ear.port, stay=60)])
    until(lambda: ann.state == "talking", 20, "they talk")
    call_id = str(ann.browser.get("/me/agent").json()["call"]["call_id"])
    if from_the_page:
        ann.ask("call/hangup")
    until(lambda: ann.state == "wrapup", 8, "the agent is free while the caller is asked")
    ann.ask("agent/wrapup/end")
    until(lambda: f'"{call_id}"' in cel(city) and steps(city, call_id)[-1] == "survey", 5)
    asked = ear.heard_seconds
    until(lambda: ear.heard_seconds > asked + 1, 5, "the question is heard")
    return call_id, ear


def steps(city: City, call_id: str) -> list[str]:
    """Return the steps and answers Asterisk's own log holds for a call."""
    found = []
    for row in cel(city).splitlines():
        columns = row[1:-1].split('","')
        if columns[3] == call_id and columns[0] in ("STEP", "SURVEY"):
            words = columns[9].partition('""extra"":""')[2].partition('""')[0]
            found.append(words.split()[2] if columns[0] == "STEP" else f"key {words}")
    return found


def satisfaction(city: City, call_id: str) -> Any:
    with sqlite3.connect(city.home / "hotline.db", timeout=10) as database:
        query = "select satisfaction, agent, state from calls where call_id = ?"
        return database.execute(query, (call_id,)).fetchone()


def test_one_key_is_kept_with_the_call_and_its_agent_and_counted(
    city: City, boss: httpx.Client, ann: Seat, carrier: Carrier
) -> None:
    call_id, ear = talk(city, carrier, ann)
    ear.press("5")
    until(lambda: steps(city, call_id)[-2:] == ["key 5", "hangup:16"], 5, "thanked")
    ear.press("1")
    until(lambda: satisfaction(city, call_id)[2] == "ended", 15, "and hung up")
    assert satisfaction(city, call_id) == (5, "8001", "ended"), "a second answer is none"
    ear.close()

    call_id, ear = talk(city, carrier, ann)
    ear.press("7")
    until(lambda: steps(city, call_id)[-2:] == ["key 7", "survey"], 5, "told which keys there are")
    ear.press("8")
    until(lambda: satisfaction(city, call_id)[2] == "ended", 15, "thanked all the same")
    assert steps(city, call_id)[-3:] == ["survey", "key 8", "hangup:16"]
    assert satisfaction(city, call_id)[0] is None
    ear.close()

    figures = boss.get("/figures", params={"by": "agent"}).json()["rows"][0]["figures"]
    assert (figures["rated"], figures["satisfied"], figures["satisfied_rate"]) == (1, 1, 1.0)
    assert "all equal" in city.hotline("figures", "--check")


def test_who_is_hung_up_on_from_the_page_is_asked_too_and_silence_ends_politely(
    city: City, ann_at_the_page: Seat, carrier: Carrier
) -> None:
    call_id, ear = talk(city, carrier, ann_at_the_page, from_the_page=True)
    until(lambda: satisfaction(city, call_id)[2] == "ended", 40, "silence has an end")
    assert steps(city, call_id)[-2:] == ["survey", "hangup:16"]
    ear.close()


def test_who_hangs_up_in_the_survey_has_been_served(
    city: City, boss: httpx.Client, ann: Seat, carrier: Carrier
) -> None:
    call_id, ear = talk(city, carrier, ann)
    carrier.stop()
    until(lambda: satisfaction(city, call_id)[2] == "ended", 140, "the caller is gone")
    assert boss.get(f"/calls/{call_id}").json()["outcome"] == "answered"
    ear.close()
