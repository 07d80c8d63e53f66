"""What an agent may send a caller on to, and what the console refuses."""

from typing import Any

import pytest

from call_events.outcome import failed
from tests.support.console import Console

CALL = "n1-1.1"


async def talking(console: Console, **facts: Any) -> Any:
    browser = await console.logged_in("wang", extension="8001")
    await console.recorded_call(CALL, agent="8001", **facts)
    await console.recorded_agent("8001", "talking", CALL)
    return browser


async def test_the_list_tells_numbers_hours_and_ways_and_no_emergency(console: Console) -> None:
    browser = await console.logged_in("wang", extension="8001")
    listed = {one["name"]: one for one in (await browser.get("/transfer-targets")).json()}
    assert listed["water"]["number"] == "96889"
    assert listed["water"]["hours"] is None
    assert listed["metro"]["hours"] == ["mon-sun 06:00-23:00"]
    assert listed["12366"]["kind"] == "sub_centre"
    assert listed["expert-12348"]["ways"] == ["warm", "cold"]
    assert not {"110", "119", "120", "122"} & {one["number"] for one in listed.values()}


async def test_a_caller_is_sent_on(console: Console) -> None:
    browser = await talking(console)
    answer = await browser.post(f"/calls/{CALL}/transfer", json={"target": "gas", "how": "cold"})
    assert answer.status_code == 200
    assert console.transfers.asked == [("send_on", CALL, "8001", "web", "gas")]


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("119", 422, "emergency_by_button"),
        ("0250120", 422, "emergency_by_button"),
        ("+8625122", 422, "emergency_by_button"),
        ("", 422, "field_missing"),
        ("general-seats", 422, "target_unknown"),
        ("gas\r\nAction: Command", 422, "target_unknown"),
    ],
)
async def test_no_other_target_reaches_asterisk(
    console: Console, target: str, status: int, code: str
) -> None:
    browser = await talking(console)
    answer = await browser.post(f"/calls/{CALL}/transfer", json={"target": target, "how": "cold"})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert console.transfers.asked == []


async def test_only_the_agent_who_talks_sends_a_caller_on(console: Console) -> None:
    await talking(console)
    other = await console.logged_in("li", extension="8002")
    form = {"target": "gas", "how": "cold"}
    answer = await other.post(f"/calls/{CALL}/transfer", json=form)
    assert (answer.status_code, answer.json()["code"]) == (409, "no_call")
    await console.recorded_agent("8002", "talking", "n1-2.2")
    answer = await other.post(f"/calls/{CALL}/transfer", json=form)
    assert (answer.status_code, answer.json()["code"]) == (403, "call_not_yours")
    assert console.transfers.asked == []


async def test_one_transfer_at_a_time(console: Console) -> None:
    going = {"number": 1, "target": "gas", "how": "cold", "agent": "8001", "state": "ringing"}
    browser = await talking(
        console, transfers=[going | {"result": "", "at": "2026-11-23T00:00:00+00:00"}]
    )
    answer = await browser.post(f"/calls/{CALL}/transfer", json={"target": "gas", "how": "cold"})
    assert (answer.status_code, answer.json()["code"]) == (409, "transfer_goes_on")
    shown = (await browser.get(f"/calls/{CALL}")).json()["transfers"]
    assert shown[0]["name_en"] == "Gas supply"


async def test_a_caller_who_is_gone_is_said_so(console: Console) -> None:
    browser = await talking(console)
    console.transfers.outcome = failed("no_such_channel")
    answer = await browser.post(f"/calls/{CALL}/transfer", json={"target": "gas", "how": "cold"})
    assert (answer.status_code, answer.json()["code"]) == (409, "no_call")


def going(state: str, how: str = "warm") -> list[dict[str, Any]]:
    facts = {"number": 1, "target": "gas", "how": how, "agent": "8001", "state": state}
    return [facts | {"result": "", "at": "2026-11-23T00:00:00+00:00"}]


async def test_a_partner_is_spoken_with_first(console: Console) -> None:
    browser = await talking(console)
    answer = await browser.post(f"/calls/{CALL}/transfer", json={"target": "gas", "how": "warm"})
    assert answer.status_code == 200
    assert console.transfers.asked == [("warm", CALL, "8001", "web", "gas", "1")]


@pytest.mark.parametrize("number", ["110", "119", "120", "122"])
async def test_the_emergency_button_brings_in_an_emergency_service(
    console: Console, number: str
) -> None:
    browser = await talking(console)
    answer = await browser.post(f"/calls/{CALL}/emergency", json={"number": number})
    assert answer.status_code == 200
    assert console.transfers.asked == [("emergency", CALL, "8001", "web", number, "1")]


@pytest.mark.parametrize("number", ["12345", "gas", "12366", "1\r\n1", "025119"])
async def test_the_emergency_button_brings_in_nobody_else(console: Console, number: str) -> None:
    browser = await talking(console)
    answer = await browser.post(f"/calls/{CALL}/emergency", json={"number": number})
    assert answer.status_code == 422
    assert console.transfers.asked == []


@pytest.mark.parametrize(
    ("state", "moves"),
    [
        ("ringing", {"back"}),
        ("consulting", {"join", "back", "leave"}),
        ("joined", {"back", "leave"}),
    ],
)
async def test_each_move_has_its_moment(console: Console, state: str, moves: set[str]) -> None:
    browser = await talking(console, transfers=going(state))
    for move in ("join", "back", "leave"):
        answer = await browser.post(f"/calls/{CALL}/transfer/{move}")
        assert answer.status_code == (200 if move in moves else 409), move
    assert len(console.transfers.asked) == len(moves)


async def test_a_cold_transfer_is_out_of_the_agents_hands(console: Console) -> None:
    browser = await talking(console, transfers=going("ringing", how="cold"))
    answer = await browser.post(f"/calls/{CALL}/transfer/back")
    assert (answer.status_code, answer.json()["code"]) == (409, "transfer_not_there")


async def test_an_expert_who_is_asked_leaves_it_to_who_asked_and_puts_down_their_own_phone(
    console: Console,
) -> None:
    await talking(console, transfers=going("joined"))
    await console.recorded_agent("8009", "talking", CALL)
    expert = await console.logged_in("lawyer", extension="8009")
    for move in ("join", "back", "leave"):
        answer = await expert.post(f"/calls/{CALL}/transfer/{move}")
        assert answer.status_code in (403, 409), move
    assert console.transfers.asked == []
    assert (await expert.post("/me/call/hangup")).status_code == 200
    assert console.transfers.asked == [("put_down", CALL, "8009")]
    assert console.control.asked == [], "the caller is not hung up"
