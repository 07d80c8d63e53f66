"""Whose pause of a recording ends when somebody leaves: only their own."""

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

import pytest

from call_events.changes import SeatLeft
from call_events.control import Control
from call_events.errors import ActionRefused, LinkDown, LinkError
from call_events.link import AmiLink
from call_events.packets import Packet
from call_events.pauses import PausesEnd
from call_events.story import Story

CALL = "hl1-1795817170.0"
LOOKED_FOR = ("Getvar", "")


@pytest.fixture
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("call_events.pauses.RETRY_SECONDS", 0.0)


class Paused(AmiLink):
    """A link to an Asterisk that remembers whose pause it is; the first answers may be faults.

    `there`: the seats that have a channel on the call.
    """

    def __init__(self, whose: str = "", *faults: LinkError, there: Collection[str] = ()) -> None:
        super().__init__("127.0.0.1", 1, "controller", "")
        self.asked: list[tuple[str, str]] = []
        self._whose = whose
        self._faults = list(faults)
        self._there = there

    async def wait_up(self, seconds: float) -> None:
        """It is up; what breaks is told by the faults."""

    async def listing(self, action: Mapping[str, str], **_: Any) -> list[Packet]:
        self.asked.append((action["Action"], ""))
        names = [f"PJSIP/{seat}-desk-00000001" for seat in self._there]
        shown = [{"Event": "CoreShowChannel", "Channel": one, "Linkedid": CALL} for one in names]
        return [*shown, {"Event": "CoreShowChannelsComplete"}]

    async def request(self, action: Mapping[str, str], **_: Any) -> Packet:
        if self._faults:
            raise self._faults.pop(0)
        if action["Action"] == "Setvar":
            self._whose = action["Value"]
        self.asked.append((action["Action"], action.get("State", "")))
        return {"Response": "Success", "Value": self._whose}


async def left(link: Paused, seat: str | None) -> list[tuple[str, str]]:
    """What is asked when this seat has left; None: when nobody listened for a while."""
    pauses = PausesEnd(link)
    pauses.look([CALL]) if seat is None else pauses.start([SeatLeft(CALL, seat)])
    await asyncio.gather(*pauses._running)
    return link.asked


async def test_who_paused_leaves_and_the_recording_goes_on() -> None:
    link = Paused()
    assert (await Control(link).record(CALL, False, "8001")).done
    assert (await left(link, "8001"))[2:] == [LOOKED_FOR, ("MixMonitorMute", "0")]


async def test_somebody_else_leaves_and_it_stays_paused() -> None:
    assert await left(Paused("8009"), "8001") == [LOOKED_FOR]


async def test_a_call_that_is_over_is_asked_for_once() -> None:
    assert await left(Paused("8001", ActionRefused("Getvar", "No such channel")), "8001") == []


async def test_a_link_that_is_down_for_long_is_asked_until_it_answers(at_once: None) -> None:
    link = Paused("8001", *[LinkDown("closed")] * 50)
    assert (await left(link, "8001"))[-1] == ("MixMonitorMute", "0")


async def test_who_is_back_when_the_link_is_keeps_the_pause(at_once: None) -> None:
    link = Paused("8001", LinkDown("closed"), there=["8001"])
    assert await left(link, "8001") == [LOOKED_FOR, ("CoreShowChannels", "")]


@pytest.mark.parametrize(
    ("whose", "there", "goes_on"),
    [
        ("8001", ["8009"], True),
        ("8009", ["8009"], False),
        ("8001", [], True),
        ("", ["8001"], False),
    ],
)
async def test_after_a_gap_the_pause_of_who_is_there_no_more_is_over(
    whose: str, there: list[str], goes_on: bool
) -> None:
    asked = await left(Paused(whose, there=there), None)
    assert (("MixMonitorMute", "0") in asked) is goes_on


def said(event: str, **headers: str) -> Packet:
    return {"Event": event, "Uniqueid": CALL, "AccountCode": CALL} | headers


def given_a_talk(*, paused: bool) -> Story:
    story = Story("nj1")
    step = {
        "Seq": "1",
        "Step": "queue:general-seats",
        "Reason": "main",
        "Path": "",
        "Dnis": "12345",
    }
    story.hear(said("UserEvent", UserEvent="HotlineStep", CallId=CALL, **step), 100.0)
    story.hear(said("AgentConnect", MemberName="8001", Queue="general-seats"), 104.0)
    story.hear(said("MixMonitorMute", State="1" if paused else "0"), 105.0)
    story.take()
    return story


@pytest.mark.parametrize(
    "leaves",
    [
        said("AgentComplete", MemberName="8001", Queue="general-seats"),
        said("UserEvent", UserEvent="HotlineRoom", CallId=CALL, Word="left", Who="agent",
             Agent="8001-desk"),
        {"Event": "AgentComplete", "Uniqueid": f"{CALL}-t1;2", "AccountCode": CALL,
         "MemberName": "8001", "Queue": "expert-12348"},
    ],
)  # fmt: skip
def test_whichever_way_a_seat_leaves_a_paused_call_it_is_looked_after(leaves: Packet) -> None:
    story = given_a_talk(paused=True)
    story.hear(leaves, 110.0)
    assert story.take().left == [SeatLeft(CALL, "8001")]
    story = given_a_talk(paused=False)
    story.hear(leaves, 110.0)
    assert story.take().left == []


def test_with_the_end_of_the_call_nothing_is_left_to_go_on() -> None:
    story = given_a_talk(paused=True)
    story.hear(said("Hangup", Cause="16"), 110.0)
    story.hear(said("AgentComplete", MemberName="8001", Queue="general-seats"), 110.1)
    assert story.take().left == []
