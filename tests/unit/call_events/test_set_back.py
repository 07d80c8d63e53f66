"""What Asterisk is asked for when its clock was set back: by the answers of a real one."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from call_events.link import AmiLink
from call_events.set_back import SetBack, shows
from tests.support.ami import FakeAsterisk, packet
from tests.support.until import until

WAITS = {"Application": "Queue", "ChannelStateDesc": "Up"}
TALKS = {"Application": "Queue", "ChannelStateDesc": "Up", "BridgeId": "b1"}
RINGS = {"Application": "AppQueue", "ChannelStateDesc": "Ringing"}
SPEAKS = {"Application": "AppQueue", "ChannelStateDesc": "Up", "BridgeId": "b1"}
MENU = {"Application": "Read", "ChannelStateDesc": "Up"}
NOW = datetime(2026, 11, 28, tzinfo=UTC)


def channel(name: str, facts: dict[str, str]) -> bytes:
    return packet(Event="CoreShowChannel", Channel=f"PJSIP/{name}", **facts)


def waits(*seconds: int) -> list[bytes]:
    return [packet(Event="QueueEntry", Queue="general-seats", Wait=str(wait)) for wait in seconds]


def called(later: int) -> bytes:
    last = int(datetime.now(UTC).timestamp()) + later
    return packet(Event="QueueMember", Queue="general-seats", LastCall=str(last))


class Answers:
    """Five channels, and what the queues show at each look."""

    def __init__(self, *looks: list[bytes]) -> None:
        self.looks = list(looks)

    def __call__(self, action: dict[str, str]) -> Sequence[bytes]:
        success = packet(Response="Success", EventList="start")
        if action["Action"] == "CoreShowChannels":
            end = packet(Event="CoreShowChannelsComplete", EventList="Complete")
            names = {"a": WAITS, "b": TALKS, "c": RINGS, "d": SPEAKS, "e": MENU}
            return [success, *(channel(name, facts) for name, facts in names.items()), end]
        if action["Action"] == "QueueStatus":
            end = packet(Event="QueueStatusComplete", EventList="Complete")
            return [success, *self.looks.pop(0), end]
        return ()


@asynccontextmanager
async def set_back_at(*looks: list[bytes]) -> AsyncIterator[FakeAsterisk]:
    """An Asterisk whose clock was set back just now, and whose queues show this one by one."""
    async with FakeAsterisk(Answers(*looks)) as asterisk:
        controller = AmiLink("127.0.0.1", asterisk.port, "controller", "right")
        running = asyncio.create_task(controller.run())
        await controller.wait_up(5)
        set_back = SetBack(controller)
        set_back.begin()
        yield asterisk
        set_back.stop()
        running.cancel()


async def test_who_waits_looks_again_and_who_rings_is_left() -> None:
    async with set_back_at([]) as asterisk:
        await asyncio.to_thread(until, lambda: asterisk.asked("QueueReset"))
        assert [key["Channel"] for key in asterisk.asked("PlayDTMF")] == ["PJSIP/a"]
        assert [leg["Channel"] for leg in asterisk.asked("Hangup")] == ["PJSIP/c"]
        assert asterisk.asked("PlayDTMF")[0]["Receive"] == "true", "heard by app_queue, not said"


async def test_times_are_forgotten_at_once_and_when_somebody_of_the_old_clock_has_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("call_events.set_back.LOOK_SECONDS", 0.02)
    looks = (
        [*waits(-3590, -3580), called(-5)],
        [*waits(-3589, -3579, 1), called(-6)],
        [*waits(-3578), called(-7)],
        [*waits(-3577), called(3500)],
        [*waits(-3576), called(-1)],
        waits(4),
    )
    async with set_back_at(*looks) as asterisk:
        await asyncio.to_thread(until, lambda: len(asterisk.asked("QueueReset")) == 4)
        asked = [action["Action"].removeprefix("Queue") for action in asterisk.actions]
        asked = [word for word in asked if word in ("Status", "Reset")]
        look, forget = "Status", "Reset"
        assert asked == [look, forget, look, look, forget, look, forget, look, look, forget]


def test_a_queue_shows_that_its_clock_was_set_back() -> None:
    waits, member = {"Event": "QueueEntry"}, {"Event": "QueueMember"}
    last = int(NOW.timestamp())
    assert not shows([waits | {"Wait": "0"}, member | {"LastCall": str(last)}], NOW)
    assert shows([waits | {"Wait": "-3590"}], NOW)
    assert shows([member | {"LastCall": str(last + 3600)}], NOW)
    assert not shows([waits | {"Wait": "long"}, member], NOW)
