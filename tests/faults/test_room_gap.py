"""The recorder is dead while an agent sends a caller on: back again, it knows what became of it."""

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


def back(house: House, killed: psutil.Process) -> None:
    """Wait until another recorder records."""
    killed.wait(5)
    until(lambda: recorder(house).pid != killed.pid and house.city.ready(), 15, "it records again")


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

    gone = recorder(house)
    gone.kill()
    house.put_down("8001")  # the caller gets the water company
    back(house, gone)

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

    gone = recorder(house)
    gone.kill()
    assert desk.act(f"/calls/{call}/transfer", target="water", how="warm").status_code == 200
    back(house, gone)

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

    gone = recorder(house)
    gone.kill()
    assert desk.act(f"/calls/{call}/transfer", target="water", how="cold").status_code == 200
    back(house, gone)

    until(lambda: house.transfer(call)["result"] == "handed_over", RIGHT_SECONDS, "it is told")
    until(lambda: desk.state() in ("wrapup", "ready"), RIGHT_SECONDS, "the agent is free")
    house.put_down("partners")
    until(lambda: house.open_calls() == 0, 10, "the call is over")
    kept = house.events(call)
    assert kept.count("TransferStarted") == kept.count("TransferCompleted handed_over") == 1, kept
    assert kept.count("CallConnected") == 2, "the agent, then the water company"
