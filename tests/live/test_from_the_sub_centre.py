"""The tax sub-centre, a second real Asterisk, sends us a caller and what it knows already."""

import itertools
import json
import secrets
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from call_events.side_story import key_digest
from tests.support.centre import Centre, running_centre
from tests.support.house import House, running_house
from tests.support.sipp import Carrier, Dial, failed_codes
from tests.support.until import until

ABOUT = {
    "title": "个体户如何补开发票",
    "reference": "SW-2026-0815",
    "kind": "consultation",
    "requester_name": "王小明",
    "requester_phone": "13812345678",
    "content": "已在税务分中心核对过登记信息。",
}
_citizens = itertools.count(13700000001)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture(scope="module")
def tax(running: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    host, port = running.peers["subcentre-12366"]
    home = tmp_path_factory.mktemp("centre") / "home"
    with running_centre(home, host, port, running.city.target) as centre:
        yield centre


@pytest.fixture
def house(running: House, tax: Centre) -> Iterator[House]:
    yield running
    running.close()
    tax.cli("channel request hangup all")


@pytest.fixture
def citizen() -> str:
    return str(next(_citizens))


def left(house: House, about: dict[str, Any], token: str = "") -> httpx.Response:
    """What our computer says when the sub-centre's leaves a context with it."""
    known = json.loads((house.city.home / "secrets.json").read_text("utf-8"))["exchange"]
    headers = {"authorization": f"Bearer {token or known['12366']}"}
    return httpx.post(f"{house.city.url}/api/v1/exchange/context", json=about, headers=headers)


def key_for(house: House, about: dict[str, Any] = ABOUT) -> str:
    answer = left(house, about)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["user_to_user"])


def asked(house: House, query: str, *values: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(house.city.home / "hotline.db", timeout=10) as database:
        return database.execute(query, values).fetchall()


def test_the_agent_whose_phone_rings_has_what_the_sub_centre_knew(
    house: House, tax: Centre, citizen: str, tmp_path: Path
) -> None:
    desk = house.desk("8001", tmp_path)
    key = key_for(house)

    tax.calls("12345", citizen, key)

    until(lambda: desk.state() == "talking", 20, "the agent talks with the citizen")
    call = desk.call_id() or ""
    story = desk.story(call)
    assert story["dnis"] == "12345"
    brought = story["brought"]
    assert (brought["centre"], brought["title"]) == ("12366", ABOUT["title"])
    assert (brought["requester_name"], brought["requester_phone"]) == ("王**", "138****5678")
    assert "ContextBrought" in [event["type"] for event in story["events"]]
    assert house.steps("12345")[0] == "queue:general-seats main", "it landed as every other call"
    assert asked(house, "SELECT caller_id, trunk FROM calls WHERE call_id = ?", call) == [
        (citizen, "subcentre-12366")
    ]

    opened = desk.act(f"/calls/{call}/brought")
    assert opened.status_code == 200, opened.text
    assert {name: opened.json()[name] for name in ABOUT} == ABOUT
    looks = asked(house, "SELECT username, action FROM audit WHERE subject = ?", call)
    assert ("seat8001", "brought_opened") in looks
    kept = (house.city.home / "hotline.db").read_bytes().decode("latin-1")
    assert key.partition(";")[0] not in kept, "the key itself is kept nowhere of ours"


def test_the_systems_ticket_of_a_caller_passed_on_is_of_the_kind_the_sub_centre_named(
    house: House, tax: Centre, citizen: str, tmp_path: Path
) -> None:
    house.stands_as("partners", tmp_path)
    desk = house.desk("8001", tmp_path)
    tax.calls("12345", citizen, key_for(house, ABOUT | {"kind": "complaint"}))
    until(lambda: desk.state() == "talking", 20, "the agent talks with the citizen")
    call = desk.call_id() or ""
    assert desk.act(f"/calls/{call}/transfer", target="water", how="cold").status_code == 200
    until(lambda: "TransferCompleted handed_over" in house.events(call), 10)
    house.put_down(call)
    assert desk.act("/me/agent/wrapup/end").status_code == 200, "and has written none"

    ((number, author, _),) = until(lambda: house.tickets(call), 20, "the system opens one")

    assert author == "@system"
    shown = desk.browser.get(f"/tickets/{number}").json()
    assert (shown["kind"], shown["kind_assumed"]) == ("complaint", True)
    changed = desk.browser.patch(f"/tickets/{number}", json={"version": 1, "kind": "help"}).json()
    assert (changed["kind"], changed["kind_assumed"]) == ("help", False), "a person has chosen now"


def test_a_call_without_a_key_is_a_call_like_any_other(
    house: House, tax: Centre, citizen: str, tmp_path: Path
) -> None:
    tax.calls("12333", citizen)

    until(lambda: house.call_of(citizen), 20, "the call is known")
    until(lambda: "general-seats" in house.entered(citizen), 40, "it waits for a person")


def test_keys_that_open_nothing_are_ignored_and_logged_and_the_callers_wait_like_others(
    house: House, tax: Centre
) -> None:
    used, foreign, expired = key_for(house), key_for(house), key_for(house)
    ago = (datetime.now(UTC) - timedelta(minutes=1)).strftime("%Y-%m-%d %H:%M:%S.%f")
    with sqlite3.connect(house.city.home / "hotline.db", timeout=10) as database:
        for column, value, key in (("centre", "12367", foreign), ("expires_at", ago, expired)):
            digest = key_digest(key.partition(";")[0])
            change = f"UPDATE brought_contexts SET {column} = ? WHERE digest = ?"
            assert database.execute(change, (value, digest)).rowcount == 1
    first = str(next(_citizens))
    tax.calls("12345", first, used)
    until(lambda: house.entered(first), 20, "the call that used the key up")
    bad = {
        "used up by another call": used,
        "another sub-centre's": foreign,
        "expired": expired,
        "unknown": secrets.token_hex(16),
        "no key of ours by its shape": "zz%0d%0aEvent:%20x",
        "no key of ours by its shape ": "a" * 300,
    }
    callers = {why: str(next(_citizens)) for why in bad}
    for why, key in bad.items():
        tax.calls("12345", callers[why], key)
        until(lambda why=why: house.call_of(callers[why]), 10, f"the call whose key is {why}")

    for why, caller in callers.items():
        until(lambda caller=caller: house.entered(caller), 20, f"who brought a key that is {why}")
        call = house.call_of(caller)
        assert asked(house, "SELECT * FROM brought_contexts WHERE call_id = ?", call or "") == []
        said = f"call {call} goes on without: 12366 sent a key that is {why.strip()}"
        until(lambda said=said: said in recorder_log(house), 5, said)


def recorder_log(house: House) -> str:
    logs = (house.city.home / "log").glob("record*")
    return "\n".join(path.read_text("utf-8", "replace") for path in logs)


@pytest.mark.parametrize(
    "number", ["12366", "02512366", "110", "119", "025120", "96889", "8001", "13800001111", "water"]
)
def test_a_sub_centre_rings_no_number_but_those_our_own_people_answer(
    house: House, number: str, tmp_path: Path
) -> None:
    with Carrier(house.peers["subcentre-12366"][0], house.city.target, tmp_path) as sender:
        placed = sender.place([Dial(number, "13700009999")])
        placed.wait(10)
        assert failed_codes(placed.errors()) == [404]


def test_from_another_address_nobody_is_the_sub_centre(house: House, tmp_path: Path) -> None:
    with Carrier("127.0.0.9", house.city.target, tmp_path) as stranger:
        placed = stranger.place([Dial("12345", "subcentre-12366")])
        placed.wait(10)
        assert failed_codes(placed.errors()) == [401]


def test_after_all_this_the_figures_are_those_of_asterisks_own_logs(house: House) -> None:
    until(lambda: house.open_calls() == 0, 20, "every call is over")
    assert "all equal" in house.city.hotline("figures", "--check")
