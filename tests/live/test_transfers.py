"""An agent sends a caller on, cold: to whom, what becomes of it, and who gets the caller back."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.house import House, running_house
from tests.support.sipp import Dial
from tests.support.until import until

# Sooner than in the city, and beyond the 12.8 s after which a peer that says nothing is given up.
RING = ("ring_seconds: 25", "ring_seconds: 14")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("house"), RING) as running:
        yield running


def test_a_caller_is_sent_on_to_the_water_company(
    house: House, caller: str, tmp_path: Path
) -> None:
    water = house.stands_as("partners", tmp_path)
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path)

    assert desk.act(f"/calls/{call}/transfer", target="water", how="cold").status_code == 200

    until(lambda: water.counts()["created"] == 1, 5, "the water company rings")
    until(lambda: desk.state() == "wrapup", 5, "the agent is done with the caller")
    until(lambda: "TransferCompleted handed_over" in house.events(call), 5)
    assert house.steps("12345")[-1] == "partner:water transfer"
    (sent,) = desk.story(call)["transfers"]
    assert (sent["name_zh"], sent["how"], sent["agent"]) == ("供水服务热线", "cold", "8001")


def test_a_busy_partner_gives_the_caller_back_to_the_same_agent(
    house: House, caller: str, tmp_path: Path
) -> None:
    house.stands_as("partners", tmp_path, "refuser.xml")
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path)

    desk.act(f"/calls/{call}/transfer", target="gas", how="cold")

    until(lambda: "TransferFailed busy" in house.events(call), 10, "the gas company is busy")
    until(lambda: desk.state() == "talking", 10, "the same agent has the caller again")
    assert desk.call_id() == call
    assert house.entered(caller) == ["general-seats"], "no second wait in a queue"
    assert "agent:8001-desk transfer-return" in house.steps("12345")
    assert desk.act("/me/call/hangup").status_code == 200
    until(lambda: desk.state() == "wrapup", 10, "work after the call, as after any")


def test_with_nobody_at_the_partner_and_the_agent_gone_the_caller_is_first_in_line(
    house: House, caller: str, tmp_path: Path
) -> None:
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path, stay=60)
    other = "13600009999"
    house.carrier(tmp_path).place([Dial("12345", other, stay=50)])
    until(lambda: house.entered(other), 12, "somebody waits already")

    desk.act(f"/calls/{call}/transfer", target="power", how="cold")
    desk.phone.stop()

    until(lambda: "TransferFailed unreachable" in house.events(call), 20, "nobody there")
    until(lambda: len(house.entered(caller)) == 2, 30, "the caller is in the queue again")
    assert house.steps("12345")[-1] == "queue:general-seats transfer-return"
    assert house.positions(caller)[-1] == 1, "before the one who waited already"


def test_an_agent_who_has_gone_for_a_break_is_not_rung_and_the_caller_waits_first_in_line(
    house: House, caller: str, tmp_path: Path
) -> None:
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path, stay=60)

    desk.act(f"/calls/{call}/transfer", target="power", how="cold")
    assert desk.act("/me/agent/pause", reason="break").status_code == 200

    until(lambda: "TransferFailed unreachable" in house.events(call), 20, "nobody there")
    until(lambda: len(house.entered(caller)) == 2, 10, "the caller is in the queue again")
    assert house.steps("12345")[-2:] == [
        "partner:power transfer",
        "queue:general-seats transfer-return",
    ]
    assert desk.state() == "paused"


def test_an_expert_asked_for_in_vain_is_owed_a_call_back(
    house: House, caller: str, tmp_path: Path
) -> None:
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path)

    desk.act(f"/calls/{call}/transfer", target="expert-12316", how="cold")

    until(lambda: "TransferFailed nobody_there" in house.events(call), 10, "no farming expert")
    until(lambda: desk.state() == "talking", 10, "the same agent has the caller again")
    assert desk.story(call)["wants_expert"] == "expert-12316"


def test_an_expert_takes_the_caller(house: House, caller: str, tmp_path: Path) -> None:
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path)
    lawyer = house.desk("8009", tmp_path)

    desk.act(f"/calls/{call}/transfer", target="expert-12348", how="cold")

    until(lambda: lawyer.state() == "talking", 10, "the legal expert talks")
    assert lawyer.call_id() == call, "the same call, with all that is known of it"
    until(lambda: "TransferCompleted handed_over" in house.events(call), 5)


@pytest.mark.parametrize(
    ("target", "code"),
    [
        ("119", "emergency_by_button"),
        ("025110", "emergency_by_button"),
        ("+86025122", "emergency_by_button"),
        ("nobody", "target_unknown"),
        ("general-seats", "target_unknown"),
        ("water@emergency", "target_unknown"),
    ],
)
def test_no_transfer_leads_to_an_emergency_number_or_nowhere(
    house: House, target: str, code: str
) -> None:
    answer = house.log_in("8002").post(
        "/calls/none-1.1/transfer", json={"target": target, "how": "cold"}
    )
    assert (answer.status_code, answer.json()["code"]) == (422, code)


def test_after_all_this_the_figures_are_those_of_asterisks_own_logs(house: House) -> None:
    until(lambda: house.open_calls() == 0, 70, "every call is over")
    assert "all equal" in house.city.hotline("figures", "--check")
