"""Agent, caller and a third party: warm transfers, and the emergency services brought in."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ear import Ear
from tests.support.house import House, running_house
from tests.support.until import until

# Sooner than in the city, and beyond the 12.8 s after which a peer that says nothing is given up.
RING = ("ring_seconds: 25", "ring_seconds: 14")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("house"), RING) as running:
        yield running


def in_state(house: House, call: str, state: str) -> None:
    until(lambda: house.transfer(call)["state"] == state, 15, f"the transfer is {state}")


def ends_with(house: House, call: str, result: str) -> None:
    until(lambda: house.transfer(call)["result"] == result, 15, f"the transfer ends: {result}")


def test_speak_first_then_all_three_then_the_agent_leaves(
    house: House, caller: str, ear: Ear, tmp_path: Path
) -> None:
    water = house.stands_as("partners", tmp_path)
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path, ear_port=ear.port, stay=60)
    before = ear.heard_seconds

    assert desk.act(f"/calls/{call}/transfer", target="water", how="warm").status_code == 200

    in_state(house, call, "consulting")
    until(lambda: house.people(call) == 2, 5, "agent and water company")
    until(lambda: house.people(f"{call}-music") == 1, 5, "the caller")
    until(lambda: ear.heard_seconds > before + 1, 10, "the caller hears music")

    assert desk.act(f"/calls/{call}/transfer/join").status_code == 200
    in_state(house, call, "joined")
    until(lambda: house.people(call) == 3, 5, "all three speak")

    assert desk.act(f"/calls/{call}/transfer/leave").status_code == 200
    ends_with(house, call, "handed_over")
    until(lambda: desk.state() == "wrapup", 5, "the agent is done")
    until(lambda: house.people(call) == 2, 5, "caller and water company speak on")
    house.put_down("partners")
    until(lambda: house.open_calls() == 0, 10, "the water company hangs up, and the call is over")
    assert house.steps("12345")[-1] == "hangup:16 served", "nobody rates an agent who has left"
    assert water.counts()["failed"] == 0
    assert house.entered(caller) == ["general-seats"]


def test_the_agent_leaves_while_they_speak_alone_and_the_caller_gets_the_partner(
    house: House, caller: str, ear: Ear, tmp_path: Path
) -> None:
    house.stands_as("partners", tmp_path)
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path, ear_port=ear.port, stay=60)
    desk.act(f"/calls/{call}/transfer", target="water", how="warm")
    in_state(house, call, "consulting")

    desk.act(f"/calls/{call}/transfer/leave")

    ends_with(house, call, "handed_over")
    until(lambda: house.people(call) == 2, 5, "caller and water company")


def test_a_busy_partner_leaves_agent_and_caller_together(
    house: House, caller: str, ear: Ear, tmp_path: Path
) -> None:
    house.stands_as("partners", tmp_path, "refuser.xml")
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path, ear_port=ear.port, stay=60)

    desk.act(f"/calls/{call}/transfer", target="gas", how="warm")

    ends_with(house, call, "busy")
    until(lambda: house.people(call) == 2, 5, "agent and caller")
    assert desk.state() == "talking"


def test_the_agent_takes_the_caller_back_while_it_rings_and_while_they_speak(
    house: House, caller: str, ear: Ear, tmp_path: Path
) -> None:
    ringing = house.stands_as("partners", tmp_path, "ringing_phone.xml")
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path, ear_port=ear.port, stay=60)

    desk.act(f"/calls/{call}/transfer", target="gas", how="warm")
    until(lambda: ringing.counts()["created"] == 1, 5, "it rings")
    assert desk.act(f"/calls/{call}/transfer/leave").status_code == 409, "nobody has taken it"
    assert desk.act(f"/calls/{call}/transfer/back").status_code == 200
    ends_with(house, call, "cancelled")
    until(lambda: house.people(call) == 2, 5, "agent and caller")

    ringing.stop()
    house.stands_as("partners", tmp_path)
    desk.act(f"/calls/{call}/transfer", target="water", how="warm")
    in_state(house, call, "consulting")
    desk.act(f"/calls/{call}/transfer/back")
    ends_with(house, call, "declined")
    until(lambda: house.people(call) == 2, 5, "agent and caller again")
    assert desk.state() == "talking"


def test_an_agent_who_hangs_up_while_it_rings_in_vain_is_rung_with_the_caller(
    house: House, caller: str, ear: Ear, tmp_path: Path
) -> None:
    house.stands_as("partners", tmp_path, "ringing_phone.xml")
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path, ear_port=ear.port, stay=60)
    desk.act(f"/calls/{call}/transfer", target="gas", how="warm")
    in_state(house, call, "ringing")

    house.put_down("8001")
    in_state(house, call, "waiting")

    until(lambda: house.transfer(call)["result"] == "no_answer", 40, "nobody answers")
    until(lambda: desk.state() == "talking", 10, "the same agent has the caller again")
    assert "agent:8001-desk transfer-return" in house.steps("12345")


def test_a_caller_who_hangs_up_meanwhile_is_told_and_the_others_speak_on(
    house: House, caller: str, ear: Ear, tmp_path: Path
) -> None:
    house.stands_as("partners", tmp_path)
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path, ear_port=ear.port, stay=60)
    desk.act(f"/calls/{call}/transfer", target="water", how="warm")
    in_state(house, call, "consulting")
    until(lambda: house.people(f"{call}-music") == 1, 5, "the caller hears music")

    house.put_down(call)

    ends_with(house, call, "caller_gone")
    until(lambda: house.people(call) == 2, 5, "agent and water company")


def test_an_expert_is_asked_first_then_takes_the_caller_over(
    house: House, caller: str, ear: Ear, tmp_path: Path
) -> None:
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path, ear_port=ear.port, stay=60)
    lawyer = house.desk("8009", tmp_path)
    before = ear.heard_seconds

    assert desk.act(f"/calls/{call}/transfer", target="expert-12348", how="warm").status_code == 200

    in_state(house, call, "consulting")
    until(lambda: lawyer.state() == "talking", 10, "the legal expert talks")
    assert lawyer.call_id() == call, "and sees the call"
    until(lambda: house.people(call) == 2, 5, "agent and expert")
    until(lambda: house.people(f"{call}-music") == 1, 5, "the caller")
    until(lambda: ear.heard_seconds > before + 1, 10, "the caller hears music")
    for move in ("join", "leave", "back"):
        answer = lawyer.act(f"/calls/{call}/transfer/{move}")
        assert answer.json()["code"] == "call_not_yours", "it is for who asked to say"

    assert desk.act(f"/calls/{call}/transfer/join").status_code == 200
    in_state(house, call, "joined")
    until(lambda: house.people(call) == 3, 5, "all three speak")
    assert desk.act(f"/calls/{call}/transfer/leave").status_code == 200
    ends_with(house, call, "handed_over")
    until(lambda: desk.state() == "wrapup", 5, "the agent is done")
    until(lambda: house.people(call) == 2, 5, "caller and expert speak on")

    assert lawyer.act("/me/call/hangup").status_code == 200
    until(lambda: house.open_calls() == 0, 15, "the expert is done, and the call is over")
    until(lambda: lawyer.state() == "wrapup", 10, "work after the call, as after any")
    assert house.entered(caller) == ["general-seats"]
    assert house.steps("12345")[-1] == "hangup:16 served"


def test_an_expert_who_only_advises_puts_down_and_the_agent_has_the_caller_back(
    house: House, caller: str, ear: Ear, tmp_path: Path
) -> None:
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path, ear_port=ear.port, stay=60)
    lawyer = house.desk("8009", tmp_path)
    desk.act(f"/calls/{call}/transfer", target="expert-12348", how="warm")
    in_state(house, call, "consulting")
    until(lambda: lawyer.state() == "talking", 10, "the legal expert talks")

    assert lawyer.act("/me/call/hangup").status_code == 200

    ends_with(house, call, "declined")
    until(lambda: house.people(call) == 2, 5, "agent and caller")
    assert desk.state() == "talking"
    assert house.open_calls() == 1, "the caller is still there"


def test_an_expert_who_is_not_asked_any_more_is_free_again(
    house: House, caller: str, ear: Ear, tmp_path: Path
) -> None:
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path, ear_port=ear.port, stay=60)
    lawyer = house.desk("8009", tmp_path, "ringing_phone.xml")
    desk.act(f"/calls/{call}/transfer", target="expert-12348", how="warm")
    until(lambda: lawyer.state() == "ringing", 10, "the expert's phone rings")

    assert desk.act(f"/calls/{call}/transfer/back").status_code == 200

    ends_with(house, call, "cancelled")
    until(lambda: lawyer.state() == "ready", 10, "free for others")
    until(lambda: house.people(call) == 2, 5, "agent and caller")
    assert desk.story(call)["wants_expert"] is None


def test_where_no_expert_is_there_the_caller_is_owed_their_call(
    house: House, caller: str, ear: Ear, tmp_path: Path
) -> None:
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path, ear_port=ear.port, stay=60)

    desk.act(f"/calls/{call}/transfer", target="expert-12316", how="warm")

    ends_with(house, call, "nobody_there")
    until(lambda: house.people(call) == 2, 5, "agent and caller")
    assert desk.story(call)["wants_expert"] == "expert-12316"


@pytest.mark.parametrize("number", ["110", "119", "120", "122"])
def test_an_emergency_service_is_brought_in_and_takes_over_when_it_says_so(
    house: House, caller: str, ear: Ear, tmp_path: Path, number: str
) -> None:
    service = house.stands_as("emergency", tmp_path)
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path, ear_port=ear.port, stay=60)

    assert desk.act(f"/calls/{call}/emergency", number=number).status_code == 200

    in_state(house, call, "joined")
    until(lambda: service.counts()["created"] == 1, 5, f"{number} rings once")
    assert house.people(call) == 3
    assert house.transfer(call)["how"] == "conference"
    desk.act(f"/calls/{call}/transfer/leave")
    ends_with(house, call, "handed_over")
    until(lambda: house.people(call) == 2, 5, "caller and emergency service")


def test_while_an_emergency_service_rings_the_agent_stays_and_hears_the_caller(
    house: House, caller: str, ear: Ear, tmp_path: Path
) -> None:
    house.stands_as("emergency", tmp_path, "ringing_phone.xml")
    desk = house.desk("8001", tmp_path)
    call = house.talk(desk, caller, tmp_path, ear_port=ear.port, stay=60)
    desk.act(f"/calls/{call}/emergency", number="120")
    in_state(house, call, "ringing")

    until(lambda: house.people(call) == 2, 5, "agent and caller speak on")
    assert desk.act(f"/calls/{call}/transfer/leave").status_code == 409, "nobody has confirmed"

    house.put_down("8001")
    in_state(house, call, "waiting")
    until(lambda: house.people(f"{call}-music") == 1, 5, "the caller is not dropped")


@pytest.mark.parametrize("number", ["12345", "12366", "96889", "119@call-out", "025110", "8002"])
def test_the_emergency_button_reaches_emergency_numbers_alone(house: House, number: str) -> None:
    answer = house.log_in("8002").post("/calls/none-1.1/emergency", json={"number": number})
    assert answer.status_code == 422


def test_after_all_this_the_figures_are_those_of_asterisks_own_logs(house: House) -> None:
    until(lambda: house.open_calls() == 0, 20, "every call is over")
    assert "all equal" in house.city.hotline("figures", "--check")
