"""An expert who took a call over has the caller as the first agent had: to send on, to bring in."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.ear import Ear
from tests.support.house import Desk, House, running_house
from tests.support.until import until


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("house")) as running:
        yield running


@dataclass
class TakenOver:
    """8001 has asked the legal expert and left; the expert, 8009, speaks with the caller."""

    house: House
    agent: Desk
    lawyer: Desk
    call: str

    def send_on(self, target: str, how: str) -> None:
        """The expert sends the caller on."""
        answer = self.lawyer.act(f"/calls/{self.call}/transfer", target=target, how=how)
        assert answer.status_code == 200, answer.text

    def move(self, what: str) -> None:
        """The expert goes on with the transfer: join, back or leave."""
        answer = self.lawyer.act(f"/calls/{self.call}/transfer/{what}")
        assert answer.status_code == 200, answer.text

    def in_state(self, state: str, target: str) -> None:
        until(
            lambda: self._last()[:2] == (target, state), 15, f"the transfer to {target} is {state}"
        )

    def ends_with(self, result: str, target: str) -> None:
        until(lambda: self._last()[::2] == (target, result), 15, f"{target}: {result}")

    def _last(self) -> tuple[str, str, str]:
        last = self.house.transfer(self.call)
        return last.get("target", ""), last["state"], last["result"]

    def two_speak(self, who: str) -> None:
        """The room holds two, nobody is at the music, and whoever joined them before is gone."""
        until(lambda: self.house.people(self.call) == 2, 5, who)
        assert self.house.people(f"{self.call}-music") <= 0


@pytest.fixture
def taken(house: House, caller: str, ear: Ear, tmp_path: Path) -> TakenOver:
    agent = house.desk("8001", tmp_path)
    call = house.talk(agent, caller, tmp_path, ear_port=ear.port, stay=90)
    lawyer = house.desk("8009", tmp_path)
    taken = TakenOver(house, agent, lawyer, call)
    agent.act(f"/calls/{call}/transfer", target="expert-12348", how="warm")
    taken.in_state("consulting", "expert-12348")
    assert agent.act(f"/calls/{call}/transfer/leave").status_code == 200
    taken.ends_with("handed_over", "expert-12348")
    taken.two_speak("caller and expert")
    until(lambda: agent.state() == "wrapup", 5, "the first agent is done")
    return taken


def test_the_expert_sends_the_caller_on_to_the_water_company(
    house: House, taken: TakenOver, tmp_path: Path
) -> None:
    water = house.stands_as("partners", tmp_path)

    taken.send_on("water", "cold")

    until(lambda: water.counts()["created"] == 1, 5, "the water company rings")
    taken.ends_with("handed_over", "water")
    assert house.transfer(taken.call)["agent"] == "8009", "the expert did it, not the first agent"
    until(lambda: taken.lawyer.state() == "wrapup", 5, "the expert is done with the caller")
    until(lambda: house.people(taken.call) <= 0, 5, "the room is gone")
    assert house.steps("12345")[-1] == "partner:water transfer"


def test_a_busy_partner_gives_the_caller_back_to_the_expert(
    house: House, taken: TakenOver, tmp_path: Path
) -> None:
    house.stands_as("partners", tmp_path, "refuser.xml")

    taken.send_on("gas", "cold")

    taken.ends_with("busy", "gas")
    until(lambda: taken.lawyer.state() == "talking", 10, "the expert has the caller again")
    assert taken.lawyer.call_id() == taken.call
    assert house.steps("12345")[-1] == "agent:8009-desk transfer-return"
    assert taken.agent.state() != "talking", "not the agent who answered first"


def test_the_expert_speaks_with_the_sub_centre_first_then_all_three_then_leaves(
    house: House, taken: TakenOver, ear: Ear, tmp_path: Path
) -> None:
    centre = house.stands_as("subcentre-12366", tmp_path)
    heard = ear.heard_seconds

    taken.send_on("12366", "warm")

    taken.in_state("consulting", "12366")
    until(lambda: house.people(taken.call) == 2, 5, "expert and sub-centre")
    until(lambda: house.people(f"{taken.call}-music") == 1, 5, "the caller")
    until(lambda: ear.heard_seconds > heard + 1, 10, "the caller hears music")
    assert taken.lawyer.state() == "talking"
    taken.move("join")
    taken.in_state("joined", "12366")
    until(lambda: house.people(taken.call) == 3, 5, "all three speak")
    taken.move("leave")
    taken.ends_with("handed_over", "12366")
    taken.two_speak("caller and sub-centre")
    until(lambda: taken.lawyer.state() == "wrapup", 10, "the expert is done")
    house.put_down("subcentre-12366")
    until(lambda: house.outcome(taken.call) == "answered", 10, "the call is over")
    assert centre.counts()["failed"] == 0


def test_the_expert_takes_the_caller_back_from_a_line_that_rings_in_vain(
    house: House, taken: TakenOver, tmp_path: Path
) -> None:
    house.stands_as("partners", tmp_path, "ringing_phone.xml")
    taken.send_on("gas", "warm")
    taken.in_state("ringing", "gas")

    taken.move("back")

    taken.ends_with("cancelled", "gas")
    taken.two_speak("caller and expert again")
    assert taken.lawyer.state() == "talking"
    assert taken.lawyer.act("/me/call/hangup").status_code == 200
    until(lambda: house.outcome(taken.call) == "answered", 10, "the call is over")
    until(lambda: taken.lawyer.state() == "wrapup", 10, "work after the call, as after any")


def test_the_expert_asks_another_expert_who_takes_over_and_sends_the_caller_on(
    house: House, taken: TakenOver, tmp_path: Path
) -> None:
    house.stands_as("partners", tmp_path)
    other = house.desk("8011", tmp_path)
    taken.send_on("expert-12333", "warm")
    taken.in_state("consulting", "expert-12333")
    until(lambda: other.state() == "talking", 10, "the second expert talks")
    assert other.call_id() == taken.call, "and sees the call"
    taken.move("leave")
    taken.ends_with("handed_over", "expert-12333")
    taken.two_speak("caller and second expert")
    until(lambda: taken.lawyer.state() == "wrapup", 10, "the first expert is done")

    answer = other.act(f"/calls/{taken.call}/transfer", target="water", how="cold")

    assert answer.status_code == 200
    taken.ends_with("handed_over", "water")
    told = other.story(taken.call)["transfers"]
    assert [(one["agent"], one["expert"]) for one in told] == [
        ("8001", "8009"), ("8009", "8011"), ("8011", None),
    ]  # fmt: skip


def test_the_expert_brings_an_emergency_service_in(
    house: House, taken: TakenOver, tmp_path: Path
) -> None:
    service = house.stands_as("emergency", tmp_path)

    answer = taken.lawyer.act(f"/calls/{taken.call}/emergency", number="120")

    assert answer.status_code == 200
    taken.in_state("joined", "120")
    until(lambda: house.people(taken.call) == 3, 5, "caller, expert and 120")
    until(lambda: service.counts()["created"] == 1, 5, "120 rings once")
    taken.move("leave")
    taken.ends_with("handed_over", "120")
    taken.two_speak("caller and emergency service")


def test_the_ticket_is_the_experts_to_write_when_the_work_after_the_call_is_over_too(
    house: House, taken: TakenOver
) -> None:
    refused = taken.agent.act(f"/calls/{taken.call}/transfer", target="water", how="cold")
    assert refused.status_code == 409, "who has left the caller sends nobody on"
    house.put_down(taken.call)
    until(lambda: taken.lawyer.state() == "wrapup", 10, "the caller has hung up")
    assert taken.lawyer.act("/me/agent/wrapup/end").status_code == 200
    until(lambda: taken.lawyer.state() == "ready", 10, "the expert is free again")

    ticket = {"call_id": taken.call, "kind": "consultation", "urgency": "normal"}
    words = {"title": "法律咨询", "content": "租房合同纠纷"}
    answer = taken.lawyer.act("/tickets", **ticket, **words)

    assert answer.status_code == 201, answer.text
    assert answer.json()["requester_phone"], "with the caller's number, masked"
    assert taken.lawyer.story(taken.call)["ticket_numbers"] == [answer.json()["number"]]


def test_after_all_this_the_figures_are_those_of_asterisks_own_logs(house: House) -> None:
    until(lambda: house.open_calls() == 0, 30, "every call is over")
    assert "all equal" in house.city.hotline("figures", "--check")
