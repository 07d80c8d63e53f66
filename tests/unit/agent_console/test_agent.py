"""What an agent does with the phone."""

from datetime import UTC, datetime

import pytest

from call_events.outcome import failed, unknown
from tests.support.console import Console


async def test_an_agent_gets_ready_in_the_seats_queues_and_pauses_for_a_reason(
    console: Console,
) -> None:
    agent = await console.logged_in("first", extension="8001")
    assert (await agent.get("/me/agent")).json()["state"] == "offline"
    assert (await agent.post("/me/agent/ready", json={"phone": "web"})).json() == {"status": "done"}
    reason = (await agent.get("/pause-reasons")).json()[0]["code"]
    assert (await agent.post("/me/agent/pause", json={"reason": reason})).status_code == 200
    queues = list(console.catalogue.seat_queues("8001"))
    assert console.control.asked == [
        ("ready", "8001", "web", *queues),
        ("pause", "8001", reason),
    ]


async def test_what_is_not_a_phone_or_a_reason_is_refused(console: Console) -> None:
    agent = await console.logged_in("first", extension="8001")
    phone = await agent.post("/me/agent/ready", json={"phone": "pocket"})
    assert (phone.status_code, phone.json()["field"]) == (422, "phone")
    reason = await agent.post("/me/agent/pause", json={"reason": "boredom"})
    assert (reason.status_code, reason.json()["code"]) == (422, "pause_reason_unknown")
    assert console.control.asked == []


@pytest.mark.parametrize(
    ("outcome", "status", "code"),
    [
        (failed("link_down"), 503, "asterisk_unavailable"),
        (unknown("action_unanswered"), 504, "action_unknown"),
        (failed("not_member"), 409, "not_signed_in"),
        (failed("queue_unknown:general"), 409, "queue_not_applied"),
        (failed("bad_queue"), 409, "action_refused"),
    ],
)
async def test_what_asterisk_does_not_do_is_said(
    console: Console, outcome: object, status: int, code: str
) -> None:
    agent = await console.logged_in("first", extension="8001")
    console.control.outcome = outcome  # type: ignore[assignment]
    answer = await agent.post("/me/agent/offline")
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json()["zh"]


async def test_only_the_call_one_talks_on_can_be_hung_up(console: Console) -> None:
    agent = await console.logged_in("first", extension="8001")
    await console.recorded_call("n1-1.1", state="ringing")
    await console.recorded_agent("8001", "ringing", "n1-1.1")
    assert (await agent.post("/me/call/hangup")).json()["code"] == "no_call"
    await console.recorded_agent("8001", "talking", "n1-1.1")
    assert (await agent.post("/me/call/hangup")).status_code == 200
    assert console.transfers.asked == [("put_down", "n1-1.1", "8001")]
    shown = (await agent.get("/me/agent")).json()
    assert shown["call"]["caller_masked"] == "138****5678"


async def test_wrap_up_ends_only_where_there_is_one(console: Console) -> None:
    agent = await console.logged_in("first", extension="8001")
    assert (await agent.post("/me/agent/wrapup/end")).json()["code"] == "not_in_wrapup"
    await console.recorded_agent("8001", "wrapup")
    assert (await agent.post("/me/agent/wrapup/end")).status_code == 200
    assert console.control.asked == [("unpause", "8001")]


async def test_a_seat_is_told_its_two_phones_and_nobody_elses(console: Console) -> None:
    agent = await console.logged_in("first", extension="8001")
    phone = (await agent.get("/me/phone")).json()
    assert (phone["user"], phone["password"]) == ("8001-web", "seat-one")
    assert phone["desk"]["user"] == "8001-desk"
    boss = await console.logged_in("boss", "supervisor")
    assert (await boss.get("/me/phone")).status_code == 403


@pytest.mark.parametrize(
    ("role", "status"), [("supervisor", 200), ("admin", 200), ("officer", 403), ("agent", 403)]
)
async def test_the_floor_is_for_those_who_oversee_it(
    console: Console, role: str, status: int
) -> None:
    extension = "8001" if role == "agent" else None
    browser = await console.logged_in("somebody", role, extension)
    queue = console.catalogue.general.name
    await console.recorded_call("n1-1.1", state="queued", queue=queue)
    answer = await browser.get("/floor")
    assert answer.status_code == status
    if status == 200:
        general = next(q for q in answer.json()["queues"] if q["name"] == queue)
        assert general["waiting"] == 1
        assert answer.json()["today"]["offered"] == 1


async def test_an_agents_day_is_counted(console: Console) -> None:
    agent = await console.logged_in("first", extension="8001")
    await console.recorded_call(
        "n1-1.1", "8001", "ended", answered_at=datetime.now(UTC), talk_ms=90_000
    )
    today = (await agent.get("/me/today")).json()
    assert today == {"answered": 1, "missed": 0, "talk_ms": 90_000, "tickets": 0}


async def test_the_recording_is_paused_on_the_agents_own_call_only(console: Console) -> None:
    agent = await console.logged_in("first", extension="8001")
    assert (await agent.post("/me/call/recording/pause")).json()["code"] == "no_call"
    await console.recorded_agent("8001", "talking", "n1-1.1")
    assert (await agent.post("/me/call/recording/pause")).status_code == 200
    assert (await agent.post("/me/call/recording/resume")).status_code == 200
    asked = [("record", "n1-1.1", "off", "8001"), ("record", "n1-1.1", "on", "8001")]
    assert console.control.asked == asked
    console.control.outcome = failed("not_recorded")
    refused = await agent.post("/me/call/recording/pause")
    assert (refused.status_code, refused.json()["code"]) == (409, "not_recorded")
