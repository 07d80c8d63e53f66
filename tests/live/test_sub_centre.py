"""The tax sub-centre is a second real Asterisk: every way a call to it can go, and its key.

A call on which somebody was sent there leaves a ticket in every case.
"""

import json
import re
import sqlite3
import stat
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support.centre import Centre, running_centre
from tests.support.house import Desk, House, running_house
from tests.support.sipp import Dial
from tests.support.until import until

# Beyond the 12.8 s after which a peer that says nothing at all is given up.
RING = ("ring_seconds: 20", "ring_seconds: 14")
WORDS = {"kind": "consultation", "urgency": "normal", "title": "补开发票", "content": "问怎么补开"}
REFUSALS = [("busy", "busy"), ("refuse", "unreachable")]


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("house"), RING) as running:
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
def others(caller: str) -> list[str]:
    """Callers beside the one of the test."""
    return [str(int(caller) + 1000 * nth) for nth in (1, 2, 3)]


def ends(house: House, call: str, result: str, within: float = 15) -> None:
    until(lambda: house.transfer(call)["result"] == result, within, f"the transfer ends: {result}")


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


def said(house: House) -> str:
    """All that the line's processes have written."""
    return "".join(p.read_text("utf-8", "replace") for p in (house.city.home / "log").glob("*"))


def test_a_new_credential_counts_beside_the_old_one_until_that_is_ended(
    house: House, tax: Centre, caller: str, tmp_path: Path
) -> None:
    tax.takes_calls_by("answer")
    before = len(tax.keys())
    house.carrier(tmp_path).place([Dial("12366", caller, stay=30)])
    until(lambda: len(tax.keys()) > before, 12, "the sub-centre is called")
    key, file = tax.keys()[-1], house.city.home / "secrets.json"
    old = json.loads(file.read_text("utf-8"))["exchange"]["12366"]
    until(lambda: fetched(house, key, token=old).status_code == 200, 5)

    new = house.city.hotline("exchange", "rotate", "12366", "--hours", "1").split()[-1]

    assert new != old
    assert fetched(house, key, token=new).status_code == 200, "at once, without a restart"
    assert fetched(house, key, token=old).status_code == 200, "the sub-centre has time to change"
    assert "12366 uses a credential that soon counts no more" in said(house)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    house.city.hotline("exchange", "end", "12366")
    # 429 where wrong ones have been tried from here before.
    assert fetched(house, key, token=old).status_code in (401, 429)
    assert fetched(house, key, token=new).status_code == 200
    assert "exchange: a wrong credential from 127.0.0.1" in said(house)
    assert not [one for one in (old, new) if one in said(house)]


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


@pytest.mark.parametrize(("mode", "result"), REFUSALS)
def test_a_sub_centre_that_refuses_gives_the_caller_back_to_the_same_agent(
    house: House, tax: Centre, caller: str, tmp_path: Path, mode: str, result: str
) -> None:
    tax.takes_calls_by(mode)
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path)

    desk.act(f"/calls/{call}/transfer", target="12366", how="cold")

    ends(house, call, result)
    until(lambda: desk.state() == "talking", 10, "the same agent has the caller again")
    assert house.entered(caller) == ["general-seats"]


@pytest.mark.parametrize(("mode", "result"), REFUSALS)
def test_a_sub_centre_that_refuses_to_speak_first_leaves_agent_and_caller_together(
    house: House, tax: Centre, caller: str, tmp_path: Path, mode: str, result: str
) -> None:
    tax.takes_calls_by(mode)
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path)

    desk.act(f"/calls/{call}/transfer", target="12366", how="warm")

    ends(house, call, result)
    until(lambda: house.people(call) == 2, 5, "agent and caller")
    assert desk.state() == "talking"


def given_three_on_the_way(
    house: House, callers: list[str], folder: Path
) -> tuple[list[Desk], list[str]]:
    """Three agents with a caller each, sent on at once: cold, warm, and warm by one who leaves."""
    desks, calls = [], []
    for seat, who in zip(("8001", "8002", "8003"), callers, strict=True):
        desks.append(house.desk(seat, folder))
        calls.append(house.talk(desks[-1], who, folder, stay=80))
    for desk, call, how in zip(desks, calls, ("cold", "warm", "warm"), strict=True):
        answer = desk.act(f"/calls/{call}/transfer", target="12366", how=how)
        assert answer.status_code == 200, answer.text
    until(lambda: house.transfer(calls[2])["state"] == "ringing", 5)
    house.put_down("8003")
    until(lambda: house.transfer(calls[2])["state"] == "waiting", 5, "the agent left them to it")
    return desks, calls


def then_each_has_the_caller_again(
    house: House, desks: list[Desk], calls: list[str], result: str
) -> None:
    for desk, call in zip(desks, calls, strict=True):
        ends(house, call, result, 30)
        until(lambda desk=desk: desk.state() == "talking", 10, f"{desk.extension} has the caller")
        assert desk.call_id() == call
    assert house.people(calls[1]) == 2, "who speaks first stays with the caller meanwhile"


def test_a_sub_centre_that_never_answers(
    house: House, tax: Centre, others: list[str], tmp_path: Path
) -> None:
    tax.takes_calls_by("ring")
    desks, calls = given_three_on_the_way(house, others, tmp_path)
    until(lambda: tax.talks() == 3, 5, "it rings")

    then_each_has_the_caller_again(house, desks, calls, "no_answer")
    until(lambda: tax.talks() == 0, 5, "it rings no more")


def test_a_dead_trunk_is_given_up_after_12_8_seconds(
    house: House, tax: Centre, caller: str, others: list[str], tmp_path: Path
) -> None:
    tax.takes_calls_by("busy")  # what it says to the INVITEs it finds when it is back
    tax.dies()
    try:
        desks, calls = given_three_on_the_way(house, others, tmp_path)
        house.carrier(tmp_path).place([Dial("12366", caller, stay=60)])
        then_each_has_the_caller_again(house, desks, calls, "unreachable")
        until(lambda: house.entered(caller), 20, "who dialled 12366 waits for our people")
    finally:
        tax.revives()
    assert house.steps("12366")[-1] == "queue:general-seats sub-centre-return"


@pytest.mark.parametrize("mode", ["busy", "refuse"])
def test_who_dialled_12366_in_vain_is_before_those_who_wait_already(
    house: House, tax: Centre, caller: str, others: list[str], tmp_path: Path, mode: str
) -> None:
    tax.takes_calls_by(mode)
    house.carrier(tmp_path).place([Dial("12345", who, stay=60) for who in others])
    until(lambda: all(house.entered(who) for who in others), 20, "three wait")

    house.carrier(tmp_path).place([Dial("12366", caller, stay=60)])

    until(lambda: house.entered(caller), 20, "and who dialled 12366")
    assert house.positions(caller) == [1]
    assert house.steps("12366")[-1] == "queue:general-seats sub-centre-return"


def test_with_the_agent_gone_who_comes_back_is_before_those_who_wait_already(
    house: House, tax: Centre, caller: str, others: list[str], tmp_path: Path
) -> None:
    tax.takes_calls_by("busy")
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path, stay=60)
    house.carrier(tmp_path).place([Dial("12345", who, stay=50) for who in others])
    until(lambda: all(house.entered(who) for who in others), 20, "three wait")
    desk.phone.stop()

    desk.act(f"/calls/{call}/transfer", target="12366", how="cold")

    ends(house, call, "busy")
    until(lambda: len(house.entered(caller)) == 2, 30, "the caller is in the queue again")
    assert house.positions(caller)[-1] == 1
    assert house.steps("12345")[-1] == "queue:general-seats transfer-return"


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
    ends(house, call, "handed_over")
    until(lambda: tax.talks() == 1, 5, "the sub-centre speaks with the caller")


def test_a_sub_centre_that_hangs_up_while_they_speak_leaves_agent_and_caller_together(
    house: House, tax: Centre, caller: str, tmp_path: Path
) -> None:
    tax.takes_calls_by("answer")
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path)
    desk.act(f"/calls/{call}/transfer", target="12366", how="warm")
    until(lambda: house.transfer(call)["state"] == "consulting", 10, "agent and sub-centre")

    tax.cli("channel request hangup all")

    ends(house, call, "declined")
    until(lambda: house.people(call) == 2, 5, "agent and caller")
    assert desk.state() == "talking"


@pytest.mark.parametrize(
    ("how", "mode", "state", "result"),
    [
        ("cold", "ring", "ringing", "caller_gone"),
        ("warm", "ring", "ringing", "caller_gone"),
        ("cold", "answer", "completed", "handed_over"),
        ("warm", "answer", "consulting", "caller_gone"),
    ],
)
def test_a_caller_who_hangs_up_is_told_as_that_and_nothing_is_left_ringing(
    house: House, tax: Centre, caller: str, tmp_path: Path,
    how: str, mode: str, state: str, result: str,
) -> None:  # fmt: skip
    tax.takes_calls_by(mode)
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path)
    desk.act(f"/calls/{call}/transfer", target="12366", how=how)
    until(lambda: house.transfer(call)["state"] == state, 10)
    until(lambda: tax.talks() == 1, 5, "the sub-centre has the call")

    house.put_down(call)

    ends(house, call, result)
    if how == "warm":  # the agent is still there, and puts down
        house.put_down("8001")
    until(lambda: tax.talks() == 0, 10, "nothing rings, nobody holds a line")
    until(lambda: desk.state() == "wrapup", 5, "the agent is done")


@pytest.mark.parametrize(("mode", "outcome"), [("ring", "abandoned"), ("answer", "sub_centre")])
def test_who_dialled_12366_and_hangs_up_leaves_nothing_ringing(
    house: House, tax: Centre, caller: str, tmp_path: Path, mode: str, outcome: str
) -> None:
    tax.takes_calls_by(mode)
    house.carrier(tmp_path).place([Dial("12366", caller, stay=60)])
    until(lambda: tax.talks() == 1, 15, "the sub-centre has the call")
    call = until(lambda: house.call_of(caller), 5)

    house.put_down(call)

    until(lambda: tax.talks() == 0, 10, "nothing rings, nobody holds a line")
    until(lambda: house.outcome(call) == outcome, 5, outcome)


def test_a_ticket_in_every_case_and_the_agents_own_where_there_is_one(
    house: House, tax: Centre, caller: str, others: list[str], tmp_path: Path
) -> None:
    tax.takes_calls_by("answer")
    calls = []
    for seat, who in zip(("8001", "8002"), others, strict=False):
        desk = house.desk(seat, tmp_path)
        calls.append(house.talk(desk, who, tmp_path, stay=60))
        if seat == "8002":
            written = desk.act("/tickets", call_id=calls[-1], **WORDS)
            assert written.status_code == 201, written.text
        desk.act(f"/calls/{calls[-1]}/transfer", target="12366", how="cold")
        ends(house, calls[-1], "handed_over")
    for seat in ("8001", "8002"):
        assert house.log_in(seat).post("/me/agent/wrapup/end").status_code == 200
    house.carrier(tmp_path).place([Dial("12366", caller, stay=60)])
    until(lambda: tax.talks() == 3, 15, "three speak with the sub-centre")
    direct = until(lambda: house.call_of(caller), 5)
    assert house.tickets(calls[0]) == house.tickets(direct) == [], "not before the call is over"

    for call in (*calls, direct):
        house.put_down(call)

    (opened,) = until(lambda: house.tickets(calls[0]), 10, "the system opens one")
    assert opened[1:] == ("@system", "转接12366 全国税务系统统一电话：已转出（直接转）")
    (of_direct,) = until(lambda: house.tickets(direct), 10, "and one for who dialled 12366")
    assert of_direct[1] == "@system"
    assert [ticket[1] for ticket in house.tickets(calls[1])] == ["seat8002"]
    desk = house.log_in("8001")
    listed = desk.get("/tickets").json()["items"]
    assert (opened[0], "@system") in [(one["number"], one["created_by"]) for one in listed]

    late = desk.post("/tickets", json={"call_id": calls[0], **WORDS})
    assert late.json()["number"] == opened[0], "an agent's words, come late, complete it"
    assert [ticket[2] for ticket in house.tickets(calls[0])] == [WORDS["title"]]


def test_after_all_this_each_has_one_ticket_and_the_figures_are_those_of_asterisks_own_logs(
    house: House,
) -> None:
    until(lambda: house.open_calls() == 0, 20, "every call is over")
    sent_on = house.sent_on()
    assert sent_on
    until(lambda: all(house.tickets(call) for call in sent_on), 10, "a ticket in every case")
    assert {len(house.tickets(call)) for call in sent_on} == {1}
    assert "all equal" in house.city.hotline("figures", "--check")
