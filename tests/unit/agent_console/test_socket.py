"""What reaches which screen."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from websockets.exceptions import InvalidStatus

from agent_console.outbox import MESSAGES_MOST
from call_events.events import STREAM, EventType
from tests.support.console import CALLER, Console, running_console
from tests.support.until import soon


async def test_a_ring_pops_on_its_agent_with_the_call_and_on_nobody_else(
    console: Console,
) -> None:
    first = await console.logged_in("first", extension="8001")
    second = await console.logged_in("second", extension="8002")
    async with console.screen(first) as mine, console.screen(second) as other:
        assert (await mine.next())["data"]["user"]["extension"] == "8001"
        await other.next_of("Hello")
        await console.arrive("n1-1.1", dnis="12333")
        await console.publish(EventType.MEMBER_RANG, "n1-1.1", "8001", queue="general", wait_ms=900)
        ring = await mine.next()
        assert ring["type"] == "MemberRang"
        call = ring["data"]["call"]
        assert call["hotline"]["number"] == "12333"
        assert call["hotline"]["name_zh"]
        assert call["caller_masked"] == "138****5678"
        assert call["wait_ms"] == 900
        assert CALLER not in str(ring)
        # The other's screen has heard of everything up to here, and of nothing.
        assert await other.seen_until_pong() == []


async def test_what_happens_to_the_call_follows_the_agent_who_talks(console: Console) -> None:
    first = await console.logged_in("first", extension="8001")
    second = await console.logged_in("second", extension="8002")
    async with console.screen(first) as mine, console.screen(second) as other:
        await console.arrive("n1-1.1")
        await console.publish(EventType.CALL_CONNECTED, "n1-1.1", "8001", queue="general")
        await console.publish(EventType.CALL_HELD, "n1-1.1")
        await console.publish(EventType.CALL_ENDED, "n1-1.1", outcome="answered", talk_ms=1)
        kinds = [(await mine.next())["type"] for _ in range(4)]
        assert kinds == ["Hello", "CallConnected", "CallHeld", "CallEnded"]
        assert [seen["type"] for seen in await other.seen_until_pong()] == ["Hello"]


async def test_a_call_that_began_before_this_process_is_read_from_the_database(
    console: Console,
) -> None:
    browser = await console.logged_in("first", extension="8001")
    await console.recorded_call("n1-7.7", state="queued")
    async with console.screen(browser) as screen:
        await console.publish(EventType.MEMBER_RANG, "n1-7.7", "8001", queue="general")
        ring = await screen.next_of("MemberRang")
    assert ring["data"]["call"]["caller_masked"] == "138****5678"


async def test_given_a_clock_that_was_set_calls_are_as_old_as_the_recorder_says(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("agent_console.fanout.CLOCK_CHECK_SECONDS", 0.1)
    browser = await console.logged_in("first", extension="8001")
    began = datetime.now(UTC) - timedelta(hours=1)
    async with console.screen(browser) as screen:
        await console.arrive("n1-1.1")
        await console.recorded_call("n1-1.1", state="queued", arrived_at=began)
        # Read when the recorder had noticed already, and we had not.
        await console.recorded_call("n1-2.2", state="queued", arrived_at=began)
        await console.publish(EventType.MEMBER_RANG, "n1-2.2", "8001", queue="general")
        await screen.next_of("MemberRang")
        now = time.time()
        monkeypatch.setattr("time.time", lambda: now - 3600)
        await screen.next_of("Resync")
        for call in ("n1-1.1", "n1-2.2"):
            await console.publish(EventType.MEMBER_RANG, call, "8001", queue="general")
            ring = await screen.next_of("MemberRang")
            assert ring["data"]["call"]["arrived_at"] == began.isoformat()


async def test_a_screen_that_was_away_gets_what_it_missed_once_and_in_order(
    console: Console,
) -> None:
    browser = await console.logged_in("first", extension="8001")
    async with console.screen(browser) as screen:
        await console.arrive("n1-1.1")
        await console.publish(EventType.MEMBER_RANG, "n1-1.1", "8001", queue="general")
        seen = await screen.next_of("MemberRang")
    await console.publish(EventType.CALL_CONNECTED, "n1-1.1", "8001", queue="general")
    await console.publish(EventType.MEMBER_RANG, "n1-2.2", "8002", queue="general")
    last = await console.publish(EventType.CALL_ENDED, "n1-1.1", outcome="answered")
    await soon(lambda: console.app.state.fanout.last_id == last)
    async with console.screen(browser) as screen:
        # One more, between the greeting and the wish to resume: held back, then sent last.
        await screen.next_of("Hello")
        held = await console.publish(EventType.WRAP_UP_STARTED, None, "8001", until="soon")
        await soon(lambda: console.app.state.fanout.last_id == held)
        await screen.say({"type": "resume", "last_id": seen["id"]})
        missed = [await screen.next() for _ in range(3)]
        assert [m["type"] for m in missed] == ["CallConnected", "CallEnded", "WrapUpStarted"]
        assert await screen.seen_until_pong() == []


async def test_where_the_stream_was_trimmed_the_screen_is_told_to_start_afresh(
    console: Console,
) -> None:
    browser = await console.logged_in("first", extension="8001")
    first = await console.arrive("n1-1.1")
    for number in range(5):
        await console.publish(EventType.MEMBER_RANG, f"n1-{number}", "8001", queue="general")
    await console.redis.xtrim(STREAM, maxlen=2, approximate=False)
    async with console.screen(browser) as screen:
        await screen.say({"type": "resume", "last_id": first})
        assert [m["type"] for m in await screen.seen_until_pong()] == ["Hello", "Resync"]


async def test_a_page_that_resumes_too_late_starts_afresh_instead_of_out_of_order(
    console: Console,
) -> None:
    browser = await console.logged_in("first", extension="8001")
    async with console.screen(browser) as screen:
        await console.publish(EventType.MEMBER_RANG, "n1-1", "8001", queue="general")
        ring = await screen.next_of("MemberRang")
        await screen.say({"type": "resume", "last_id": ring["id"]})
        assert (await screen.next())["type"] == "Resync"


async def test_a_supervisor_who_missed_more_than_a_queue_holds_still_gets_all_of_it(
    console: Console,
) -> None:
    browser = await console.logged_in("boss", "supervisor")
    before = await console.arrive("n1-1.1")
    for _ in range(2 * MESSAGES_MOST):
        last = await console.publish(EventType.AGENT_STATE_CHANGED, None, "8001", state="ready")
    await soon(lambda: console.app.state.fanout.last_id == last)
    async with console.screen(browser) as screen:
        await screen.say({"type": "resume", "last_id": before})
        ids = [(await screen.next_of("AgentStateChanged"))["id"] for _ in range(2 * MESSAGES_MOST)]
    assert ids == sorted(ids, key=_place)
    assert ids[-1] == last


async def test_a_resume_after_a_quiet_moment_is_not_overtaken_by_what_happens_now(
    console: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = await console.logged_in("first", extension="8001")
    before = await console.arrive("n1-1.1")
    rang = await console.publish(EventType.MEMBER_RANG, "n1-1.1", "8001", queue="general")
    await soon(lambda: console.app.state.fanout.last_id == rang)
    fanout = console.app.state.fanout
    missed = fanout._missed

    async def slowly(last_id: str, upto: str) -> object:
        now = await console.publish(EventType.CALL_CONNECTED, "n1-1.1", "8001", queue="general")
        await soon(lambda: fanout.last_id == now)
        return await missed(last_id, upto)

    monkeypatch.setattr(fanout, "_missed", slowly)
    async with console.screen(browser) as screen:
        await screen.next_of("Hello")
        (box,) = fanout._desks["8001"]
        await soon(lambda: box.held is None)
        await screen.say({"type": "resume", "last_id": before})
        assert [(await screen.next())["type"] for _ in range(2)] == ["MemberRang", "CallConnected"]


async def test_a_call_that_rang_before_this_process_began_is_ended_on_that_screen(
    console: Console, pages: Path
) -> None:
    await console.recorded_call("n1-9.9", state="ringing")
    await console.recorded_agent("8001", "ringing", "n1-9.9")
    again = running_console(console.engine, console.redis, console.catalogue, pages)
    async with again as console:
        await soon(lambda: console.app.state.fanout.calls.get("n1-9.9"))
        browser = await console.logged_in("first", extension="8001")
        async with console.screen(browser) as screen:
            await screen.next_of("Hello")
            await console.publish(EventType.CALL_ABANDONED, "n1-9.9", queue="general", wait_ms=9)
            await screen.next_of("CallAbandoned")


def _place(stream_id: str) -> list[int]:
    return [int(part) for part in stream_id.split("-")]


@pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1"])
async def test_a_foreign_page_gets_no_socket(console: Console, origin: str) -> None:
    browser = await console.logged_in("first", extension="8001")
    with pytest.raises(InvalidStatus) as refused:
        async with console.screen(browser, origin):
            pass
    assert refused.value.response.status_code == 403


async def test_a_browser_that_is_not_logged_in_is_told_so(console: Console) -> None:
    async with console.screen(console.browser()) as screen:
        assert await screen.close_code() == 4401


async def test_logging_out_closes_the_screen(console: Console) -> None:
    browser = await console.logged_in("first", extension="8001")
    async with console.screen(browser) as screen:
        await screen.next_of("Hello")
        await browser.delete("/session")
        assert await screen.close_code() == 4401


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ("not json", "message_not_json"),
        ("[1]", "message_not_json"),
        ("[" * 1000, "message_not_json"),
        ('{"type":"wish"}', "message_type_unknown"),
        ('{"type":"resume","last_id":"yesterday"}', "resume_id_malformed"),
        ('{"type":"resume","last_id":7}', "resume_id_malformed"),
        ("x" * 2000, "message_too_large"),
    ],
)
async def test_nonsense_is_answered_with_a_sentence(console: Console, sent: str, code: str) -> None:
    browser = await console.logged_in("first", extension="8001")
    async with console.screen(browser) as screen:
        await screen.say(sent)
        error = (await screen.next_of("Error"))["data"]
        assert error["code"] == code
        assert error["zh"]
        assert error["en"]
        assert await screen.seen_until_pong() == []


async def test_ten_pieces_of_nonsense_end_the_connection(console: Console) -> None:
    browser = await console.logged_in("first", extension="8001")
    async with console.screen(browser) as screen:
        for _ in range(10):
            await screen.say("nonsense")
        codes = [(await screen.next_of("Error"))["data"]["code"] for _ in range(10)]
        assert codes[-1] == "too_many_malformed"
        assert await screen.close_code() == 1008


async def test_a_screen_that_falls_behind_is_dropped_and_hurts_no_other(
    console: Console,
) -> None:
    slow = await console.logged_in("slow", extension="8001")
    quick = await console.logged_in("quick", extension="8002")
    async with console.screen(slow) as stuck, console.screen(quick) as screen:
        await stuck.next_of("Hello")
        stuck.socket.transport.pause_reading()  # type: ignore[attr-defined]
        bulk = "x" * 60_000
        fanout = console.app.state.fanout
        while "8001" in fanout._desks:
            last = await console.publish(EventType.MEMBER_RANG, "n1-1", "8001", note=bulk)
            await soon(lambda last=last: fanout.last_id == last)
        await console.publish(EventType.MEMBER_RANG, "n1-2", "8002", queue="general")
        assert (await screen.next_of("MemberRang"))["call_id"] == "n1-2"
        stuck.socket.transport.abort()


async def test_a_supervisor_sees_the_floor_at_most_twice_a_second(console: Console) -> None:
    browser = await console.logged_in("boss", "supervisor")
    await console.user("first", "agent", "8001")
    await console.recorded_agent("8001", "ready")
    async with console.screen(browser) as screen:
        floor = (await screen.next_of("Floor"))["data"]
        assert floor["agents"][0]["state"] == "ready"
        for number in range(50):
            await console.publish(EventType.CALL_QUEUED, f"n1-{number}", queue="general")
        await screen.next_of("Floor")
        seen = await screen.seen_until_pong()
        assert [m["type"] for m in seen].count("Floor") <= 1
        await console.publish(
            EventType.AGENT_STATE_CHANGED, None, "8001", state="paused", reason="meal"
        )
        changed = await screen.next_of("AgentStateChanged")
        assert changed["data"]["state"] == "paused"


async def test_while_two_phones_ring_both_hear_that_the_caller_gave_up(console: Console) -> None:
    first = await console.logged_in("first", extension="8001")
    second = await console.logged_in("second", extension="8002")
    async with console.screen(first) as one, console.screen(second) as two:
        await console.arrive("n1-1.1")
        for seat in ("8001", "8002"):
            await console.publish(EventType.MEMBER_RANG, "n1-1.1", seat, queue="general")
        await console.publish(EventType.CALL_ABANDONED, "n1-1.1", queue="general", wait_ms=9)
        await one.next_of("CallAbandoned")
        await two.next_of("CallAbandoned")


async def test_a_call_that_went_back_to_the_queue_is_no_longer_its_first_agents(
    console: Console,
) -> None:
    browser = await console.logged_in("first", extension="8001")
    async with console.screen(browser) as screen:
        await console.arrive("n1-1.1")
        await console.publish(EventType.CALL_CONNECTED, "n1-1.1", "8001", queue="general")
        await console.publish(EventType.STEP_TAKEN, "n1-1.1", seq=2, step="queue:general")
        last = await console.publish(EventType.CALL_ENDED, "n1-1.1", outcome="abandoned")
        await soon(lambda: console.app.state.fanout.last_id == last)
        seen = [message["type"] for message in await screen.seen_until_pong()]
        assert seen == ["Hello", "CallConnected"]
