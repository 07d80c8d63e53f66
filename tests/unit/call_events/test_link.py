"""The guarded link: every trap of the wire, against a loopback Asterisk that misbehaves."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from call_events.errors import (
    ActionRefused,
    ActionUnanswered,
    LinkDown,
    LoginRefused,
    UnsafeAction,
)
from call_events.link import AmiLink
from tests.support.ami import FakeAsterisk, packet


@contextlib.asynccontextmanager
async def linked(asterisk: FakeAsterisk, **options: object) -> AsyncIterator[AmiLink]:
    link = AmiLink(
        "127.0.0.1",
        asterisk.port,
        "reader",
        "right",
        wanted=["Hangup"],
        **options,  # type: ignore[arg-type]
    )
    running = asyncio.create_task(link.run())
    try:
        await link.wait_up(5)
        yield link
    finally:
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running


async def heard_ids(link: AmiLink, count: int) -> list[str]:
    ids: list[str] = []
    while len(ids) < count:
        batch = await asyncio.wait_for(link.take(), 5)
        ids += [heard.packet["Uniqueid"] for heard in batch if heard.packet]
    return ids


async def changes(link: AmiLink, count: int) -> list[str]:
    seen: list[str] = []
    async with asyncio.timeout(8):
        while len(seen) < count:
            seen += [heard.change for heard in await link.take() if heard.change]
    return seen


@pytest.mark.parametrize(
    ("header", "value"),
    [
        ("Queue", "general\r\nAction: Originate"),
        ("Queue", "general\nAction: Originate"),
        ("Queue", "general\0"),
        ("Queue", "久" * 400),
        ("Queue: x\r\nAction", "Originate"),
    ],
)
async def test_no_value_becomes_a_second_action(header: str, value: str) -> None:
    async with FakeAsterisk() as asterisk, linked(asterisk) as link:
        with pytest.raises(UnsafeAction):
            await link.request({"Action": "QueuePause", header: value})
        assert asterisk.asked("QueuePause") == []


async def test_a_wrong_secret_is_said_plainly_and_without_the_secret() -> None:
    async with FakeAsterisk(secret="other") as asterisk:
        link = AmiLink("127.0.0.1", asterisk.port, "reader", "right")
        running = asyncio.create_task(link.run())
        with pytest.raises(LoginRefused) as refused:
            await link.wait_up(1)
        running.cancel()
        assert "reader" in refused.value.en
        assert "right" not in str(refused.value)


async def test_only_wanted_events_are_heard_and_in_order() -> None:
    async with FakeAsterisk() as asterisk, linked(asterisk) as link:
        for number in range(500):
            asterisk.say(packet(Event="VarSet", Uniqueid="no"))
            asterisk.say(packet(Event="Hangup", Uniqueid=str(number)))
        assert await heard_ids(link, 500) == [str(number) for number in range(500)]


async def test_a_forged_shutdown_ends_nothing() -> None:
    async with FakeAsterisk() as asterisk, linked(asterisk) as link:
        asterisk.say(packet(Event="Shutdown") + packet(Event="Hangup", Uniqueid="after"))
        assert await heard_ids(link, 1) == ["after"]
        assert asterisk.logins == 1


async def test_eight_megabytes_without_an_end_do_not_stop_the_link() -> None:
    async with FakeAsterisk() as asterisk, linked(asterisk) as link:
        asterisk.say(b"Event: Hangup\r\nUniqueid: " + b"x" * 8_000_000 + b"\r\n\r\n")
        asterisk.say(packet(Event="Hangup", Uniqueid="after"))
        assert await heard_ids(link, 1) == ["after"]


async def test_a_half_open_link_is_noticed_and_made_anew() -> None:
    async with FakeAsterisk() as asterisk, linked(asterisk, silence_seconds=0.3) as link:
        asterisk.mute = True
        assert await changes(link, 2) == ["up", "down"]
        asterisk.mute = False
        assert await changes(link, 1) == ["up"]
        assert asterisk.logins == 2


async def test_an_account_that_only_acts_notices_a_half_open_link_as_soon() -> None:
    """It asks seldom, so the time since its last question counts too."""
    async with FakeAsterisk() as asterisk:
        link = AmiLink("127.0.0.1", asterisk.port, "controller", "right", silence_seconds=0.6)
        running = asyncio.create_task(link.run())
        await link.wait_up(5)
        asterisk.mute = True
        began = asyncio.get_running_loop().time()
        while link.up:
            await asyncio.sleep(0.005)
        assert asyncio.get_running_loop().time() - began < 0.75
        running.cancel()


async def test_what_was_asked_before_a_reset_is_unknown_and_never_asked_again() -> None:
    async with FakeAsterisk() as asterisk, linked(asterisk) as link:
        asterisk.mute = True
        asking = asyncio.create_task(link.request({"Action": "Originate", "Async": "true"}))
        async with asyncio.timeout(5):
            while not asterisk.asked("Originate"):
                await asyncio.sleep(0)
        asterisk.drop()
        with pytest.raises(LinkDown) as down:
            await asking
        assert down.value.sent
        asterisk.mute = False
        assert await changes(link, 3) == ["up", "down", "up"]
        asterisk.say(packet(Event="FullyBooted"))  # the library would replay here
        await link.request({"Action": "QueuePause"})
        assert len(asterisk.asked("Originate")) == 1


async def test_nothing_is_queued_for_later_while_the_link_is_down() -> None:
    link = AmiLink("127.0.0.1", 1, "reader", "right")
    with pytest.raises(LinkDown) as down:
        await link.request({"Action": "QueueAdd"})
    assert not down.value.sent


async def test_an_action_without_an_answer_ends_in_its_own_time() -> None:
    async with FakeAsterisk() as asterisk, linked(asterisk) as link:
        asterisk.mute = True
        with pytest.raises(ActionUnanswered):
            await link.request({"Action": "QueueAdd"}, seconds=0.1)


async def test_a_refused_list_is_an_answer_too() -> None:
    refuse = packet(Response="Error", Message="No such queue")
    async with (
        FakeAsterisk(lambda action: [refuse]) as asterisk,
        linked(asterisk) as link,
    ):
        with pytest.raises(ActionRefused):
            await link.listing({"Action": "QueueStatus"}, seconds=1)


async def test_a_list_is_whole_and_its_events_are_not_heard_as_news() -> None:
    answers = [
        packet(Response="Success", EventList="start"),
        packet(Event="QueueMember", Name="8001"),
        packet(Event="QueueStatusComplete", EventList="Complete"),
    ]
    async with FakeAsterisk(lambda action: answers) as asterisk, linked(asterisk) as link:
        (member,) = await link.listing({"Action": "QueueStatus"})
        assert member["Name"] == "8001"
        asterisk.say(packet(Event="Hangup", Uniqueid="1"))
        assert await heard_ids(link, 1) == ["1"]


async def test_events_that_nobody_takes_cut_the_link_instead_of_filling_memory() -> None:
    async with FakeAsterisk() as asterisk, linked(asterisk, backlog_limit=100) as link:
        asterisk.say(packet(Event="Hangup", Uniqueid="1") * 500)
        async with asyncio.timeout(5):
            while link.up:
                await asyncio.sleep(0.01)
        assert link.backlog <= 101


async def test_asterisk_that_comes_late_is_found() -> None:
    asterisk = FakeAsterisk()
    async with asterisk:
        pass
    link = AmiLink("127.0.0.1", asterisk.port, "reader", "right")
    running = asyncio.create_task(link.run())
    with pytest.raises(LinkDown):
        await link.wait_up(0.2)
    async with asterisk:
        await link.wait_up(5)
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running
