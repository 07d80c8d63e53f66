"""The recorder is dead while an agent sends a caller on, or leaves with the recording paused: back
again, it knows what became of it."""

from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.faults.callers import dials
from tests.support.house import Desk, House, running_house
from tests.support.until import until

RIGHT_SECONDS = 5.0


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("house")) as running:
        yield running


@pytest.fixture
def house(running: House) -> Iterator[House]:
    yield running
    running.close()


def recorder(house: House) -> psutil.Process:
    """The recorder that runs now, or the one that its supervisor has just started again."""

    def found() -> list[psutil.Process]:
        everything = psutil.Process(house.city.process.pid).children(recursive=True)
        return [one for one in everything if one.cmdline()[-1:] == ["record"]]

    return until(found, 10, "a recorder runs")[0]


def links(house: House) -> int:
    """How often a recorder's links to Asterisk have come up: two for each recorder."""
    return (house.city.home / "log/record.log").read_text("utf-8").count("ami link up")


def dies(house: House) -> int:
    """Kill the recorder; return how many links came up before."""
    before, killed = links(house), recorder(house)
    killed.kill()
    killed.wait(5)
    return before


def back(house: House, before: int) -> None:
    """Wait until another recorder records."""
    # The dead one's last pulse counts for some seconds more, so readiness alone tells nothing.
    until(lambda: links(house) >= before + 2 and house.city.ready(), 30, "it records again")


def talk(house: House, desk: Desk, folder: Path) -> str:
    return house.talk(desk, dials(1, 0)[0].caller, folder, stay=60)


def once(house: House, call: str, *told: str) -> None:
    """The call's story holds each of these events, once."""
    kept = house.events(call)
    assert {event: kept.count(event) for event in told} == dict.fromkeys(told, 1), kept
    assert kept.count("CallConnected") == 1


def test_given_a_room_that_ends_meanwhile_the_transfer_is_told_and_the_agent_is_free(
    house: House, tmp_path: Path
) -> None:
    house.stands_as("partners", tmp_path)
    desk = house.desk("8001", tmp_path)
    call = talk(house, desk, tmp_path)
    desk.act(f"/calls/{call}/transfer", target="water", how="warm")
    until(lambda: house.transfer(call)["state"] == "consulting", 15, "agent and water company")

    before = dies(house)
    house.put_down("8001")  # the caller gets the water company
    back(house, before)

    until(lambda: house.transfer(call)["result"] == "handed_over", RIGHT_SECONDS, "it is told")
    until(lambda: desk.state() in ("wrapup", "ready"), RIGHT_SECONDS, "the agent is free")
    assert house.open_calls() == 1, "caller and water company speak on"
    house.put_down("partners")
    until(lambda: house.open_calls() == 0, 10, "the call is over")
    once(house, call, "TransferStarted", "TransferCompleted handed_over", "CallEnded")


def test_given_a_room_that_begins_meanwhile_the_agent_is_seen_in_it_and_goes_on(
    house: House, tmp_path: Path
) -> None:
    house.stands_as("partners", tmp_path)
    desk = house.desk("8001", tmp_path)
    call = talk(house, desk, tmp_path)

    before = dies(house)
    assert desk.act(f"/calls/{call}/transfer", target="water", how="warm").status_code == 200
    back(house, before)

    until(lambda: house.transfer(call)["state"] == "consulting", RIGHT_SECONDS, "it is told")
    assert desk.state() == "talking"
    assert desk.act(f"/calls/{call}/transfer/back").status_code == 200
    until(lambda: house.transfer(call)["result"] == "declined", 15, "the agent has the caller back")
    assert desk.state() == "talking"
    house.put_down("8001")
    until(lambda: house.open_calls() == 0, 10, "the call is over")
    once(house, call, "TransferStarted", "TransferFailed declined", "CallEnded")


def test_given_a_caller_sent_on_meanwhile_the_transfer_is_told_once(
    house: House, tmp_path: Path
) -> None:
    house.stands_as("partners", tmp_path)
    desk = house.desk("8001", tmp_path)
    call = talk(house, desk, tmp_path)

    before = dies(house)
    assert desk.act(f"/calls/{call}/transfer", target="water", how="cold").status_code == 200
    back(house, before)

    until(lambda: house.transfer(call)["result"] == "handed_over", RIGHT_SECONDS, "it is told")
    until(lambda: desk.state() in ("wrapup", "ready"), RIGHT_SECONDS, "the agent is free")
    house.put_down("partners")
    until(lambda: house.open_calls() == 0, 10, "the call is over")
    kept = house.events(call)
    assert kept.count("TransferStarted") == kept.count("TransferCompleted handed_over") == 1, kept
    assert kept.count("CallConnected") == 2, "the agent, then the water company"


def all_three_speak(house: House, desk: Desk, call: str, target: str) -> None:
    """The agent speaks with others first, then has the caller come to them."""
    desk.act(f"/calls/{call}/transfer", target=target, how="warm")
    until(lambda: house.transfer(call)["state"] == "consulting", 15, "agent and third party")
    assert desk.act(f"/calls/{call}/transfer/join").status_code == 200
    until(lambda: house.transfer(call)["state"] == "joined", 10, "all three")


def pauses(house: House, desk: Desk, call: str) -> None:
    """This seat pauses the recording."""
    assert desk.act("/me/call/recording/pause").status_code == 200
    until(lambda: "RecordingPaused" in house.events(call), 5, "it is paused")


def test_given_who_paused_the_recording_leaves_meanwhile_it_goes_on(
    house: House, tmp_path: Path
) -> None:
    house.stands_as("partners", tmp_path)
    desk = house.desk("8001", tmp_path)
    call = talk(house, desk, tmp_path)
    all_three_speak(house, desk, call, "water")
    pauses(house, desk, call)

    before = dies(house)
    house.put_down("8001")  # caller and water company speak on
    back(house, before)

    until(lambda: "RecordingResumed" in house.events(call), RIGHT_SECONDS, "it goes on")
    assert house.open_calls() == 1, "while they speak"


def test_given_an_expert_who_paused_it_stays_when_the_agent_leaves_meanwhile_it_stays_paused(
    house: House, tmp_path: Path
) -> None:
    desk, expert = house.desk("8001", tmp_path), house.desk("8009", tmp_path)
    call = talk(house, desk, tmp_path)
    all_three_speak(house, desk, call, "expert-12348")
    pauses(house, expert, call)

    before = dies(house)
    house.put_down("8001")
    back(house, before)

    until(lambda: house.transfer(call)["result"] == "handed_over", RIGHT_SECONDS, "it is told")
    until(lambda: desk.state() in ("wrapup", "ready"), RIGHT_SECONDS, "the agent is free")
    assert "RecordingResumed" not in house.events(call)
    assert expert.act("/me/call/recording/resume").status_code == 200
    until(lambda: "RecordingResumed" in house.events(call), 5, "the expert has it go on")
