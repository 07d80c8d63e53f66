"""What Asterisk is asked for when its clock was set back: by the answers of a real one."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

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


class Answers:
    """Five channels, and a queue whose caller joined an hour from now and is then put through."""

    def __init__(self) -> None:
        self.waits = ["-3590", "-3589", ""]

    def __call__(self, action: dict[str, str]) -> Sequence[bytes]:
        success = packet(Response="Success", EventList="start")
        if action["Action"] == "CoreShowChannels":
            end = packet(Event="CoreShowChannelsComplete", EventList="Complete")
            names = {"a": WAITS, "b": TALKS, "c": RINGS, "d": SPEAKS, "e": MENU}
            return [success, *(channel(name, facts) for name, facts in names.items()), end]
        if action["Action"] == "QueueStatus":
            wait = self.waits.pop(0)
            entry = [packet(Event="QueueEntry", Queue="general-seats", Wait=wait)] if wait else []
            return [success, *entry, packet(Event="QueueStatusComplete", EventList="Complete")]
        return ()


async def test_who_waits_looks_again_who_rings_is_left_and_times_are_forgotten_to_the_last() -> (
    None
):
    async with FakeAsterisk(Answers()) as asterisk:
        controller = AmiLink("127.0.0.1", asterisk.port, "controller", "right")
        running = asyncio.create_task(controller.run())
        await controller.wait_up(5)
        set_back = SetBack(controller)
        set_back.begin()
        await asyncio.to_thread(until, lambda: len(asterisk.asked("QueueReset")) == 3)
        assert [key["Channel"] for key in asterisk.asked("PlayDTMF")] == ["PJSIP/a"]
        assert [leg["Channel"] for leg in asterisk.asked("Hangup")] == ["PJSIP/c"]
        assert asterisk.asked("PlayDTMF")[0]["Receive"] == "true", "heard by app_queue, not said"
        set_back.stop()
        running.cancel()


def test_a_queue_shows_that_its_clock_was_set_back() -> None:
    waits, member = {"Event": "QueueEntry"}, {"Event": "QueueMember"}
    last = int(NOW.timestamp())
    assert not shows([waits | {"Wait": "0"}, member | {"LastCall": str(last)}], NOW)
    assert shows([waits | {"Wait": "-3590"}], NOW)
    assert shows([member | {"LastCall": str(last + 3600)}], NOW)
    assert not shows([waits | {"Wait": "long"}, member], NOW)
