"""The tax sub-centre is a second real Asterisk: every way a call to it can go, and its key."""

import json
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.centre import Centre, running_centre
from tests.support.house import House, running_house
from tests.support.sipp import Dial
from tests.support.until import until

RING = ("ring_seconds: 20", "ring_seconds: 6")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("house"), RING) as running:
        yield running


@pytest.fixture(scope="module")
def tax(running: House, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Centre]:
    host, port = running.peers["subcentre-12366"]
    with running_centre(tmp_path_factory.mktemp("centre") / "home", host, port) as centre:
        yield centre


@pytest.fixture
def house(running: House) -> Iterator[House]:
    yield running
    running.close()


def fetched(house: House, key: str, centre: str = "12366", token: str = "") -> httpx.Response:
    """What the sub-centre's computer gets for a key."""
    known = json.loads((house.city.home / "secrets.json").read_text("utf-8"))["exchange"]
    headers = {"authorization": f"Bearer {token or known[centre]}", "user-to-user": key}
    return httpx.get(f"{house.city.url}/api/v1/exchange/context", headers=headers)


def test_who_dials_12366_is_connected_and_the_key_opens_the_calls_facts(
    house: House, tax: Centre, caller: str, tmp_path: Path
) -> None:
    tax.takes_calls_by("answer")
    before = len(tax.keys())
    house.carrier(tmp_path).place([Dial("12366", caller, stay=30)])
    until(lambda: len(tax.keys()) > before, 12, "the sub-centre is called")

    key = tax.keys()[-1]
    assert re.fullmatch(r"[0-9a-f]{32};encoding=hex", key)
    facts = until(lambda: (r := fetched(house, key)).status_code == 200 and r.json(), 5)
    assert (facts["dnis"], facts["caller_id"]) == ("12366", caller)
    with sqlite3.connect(house.city.home / "hotline.db") as database:
        looks = database.execute(
            "SELECT username, action FROM audit WHERE subject = ?", (facts["call_id"],)
        ).fetchall()
    assert ("centre-12366", "context_fetched") in looks
    assert key.partition(";")[0] not in (house.city.home / "hotline.db").read_bytes().decode(
        "latin-1"
    ), "the key itself is kept nowhere of ours"


@pytest.mark.parametrize("key", ["", "00" * 16, "zz;encoding=hex", "a" * 500, "ab\x09cd"])
def test_a_key_nobody_gave_opens_nothing(house: House, key: str) -> None:
    assert fetched(house, key).status_code in (404, 422)


def test_a_wrong_credential_opens_nothing_and_soon_is_not_even_read(house: House) -> None:
    answers = [fetched(house, "00" * 16, token="x" * 40).status_code for _ in range(25)]
    assert set(answers[:20]) == {401}
    assert answers[-1] == 429


def test_a_caller_is_sent_on_to_the_sub_centre(
    house: House, tax: Centre, caller: str, tmp_path: Path
) -> None:
    tax.takes_calls_by("answer")
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path)

    desk.act(f"/calls/{call}/transfer", target="12366", how="cold")

    until(lambda: "TransferCompleted handed_over" in house.events(call), 10)
    until(lambda: tax.talks() == 1, 5, "the sub-centre speaks with the caller")
    assert fetched(house, tax.keys()[-1]).json()["call_id"] == call


@pytest.mark.parametrize(
    ("mode", "result"),
    [("busy", "busy"), ("refuse", "unreachable"), ("ring", "no_answer")],
)
def test_a_sub_centre_that_takes_no_call_gives_it_back_to_the_same_agent(
    house: House, tax: Centre, caller: str, tmp_path: Path, mode: str, result: str
) -> None:
    tax.takes_calls_by(mode)
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path)

    desk.act(f"/calls/{call}/transfer", target="12366", how="cold")

    until(lambda: f"TransferFailed {result}" in house.events(call), 15, result)
    until(lambda: desk.state() == "talking", 10, "the same agent has the caller again")
    assert house.entered(caller) == ["general-seats"]


def test_the_agent_speaks_with_the_sub_centre_first(
    house: House, tax: Centre, caller: str, tmp_path: Path
) -> None:
    tax.takes_calls_by("answer")
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path)

    desk.act(f"/calls/{call}/transfer", target="12366", how="warm")

    until(lambda: house.transfer(call)["state"] == "consulting", 10, "agent and sub-centre")
    assert fetched(house, tax.keys()[-1]).json()["call_id"] == call
    desk.act(f"/calls/{call}/transfer/leave")
    until(lambda: house.transfer(call)["result"] == "handed_over", 10)
    until(lambda: tax.talks() == 1, 5, "the sub-centre speaks with the caller")


def test_a_caller_who_hangs_up_while_the_sub_centre_rings_is_told_as_that(
    house: House, tax: Centre, caller: str, tmp_path: Path
) -> None:
    tax.takes_calls_by("ring")
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path)
    desk.act(f"/calls/{call}/transfer", target="12366", how="cold")
    until(lambda: house.transfer(call)["state"] == "ringing", 10)

    house.put_down(call)

    until(lambda: house.transfer(call)["result"] == "caller_gone", 10)
    until(lambda: tax.talks() == 0, 10, "it rings no more")


def test_after_all_this_the_figures_are_those_of_asterisks_own_logs(house: House) -> None:
    until(lambda: house.open_calls() == 0, 20, "every call is over")
    assert "all equal" in house.city.hotline("figures", "--check")
