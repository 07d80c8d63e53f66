"""Which leg is put down when an agent hangs up on the page, and how.

Asterisk's list of channels is written here; that each way is right is proved on a real Asterisk
(tests/live/test_survey.py, test_recording.py, test_rooms.py).
"""

from collections.abc import Mapping
from typing import Any

import pytest

from call_events.errors import ActionUnanswered, LinkDown, LinkError
from call_events.link import AmiLink
from call_events.outcome import failed
from call_events.transfer_control import TransferControl

CALL = "hl1-1795817170.0"


class Listed(AmiLink):
    """A link that lists these channels, or breaks, and remembers what was asked."""

    def __init__(
        self,
        channels: list[dict[str, str]],
        broken: LinkError | None = None,
        then: list[dict[str, str]] | None = None,
    ) -> None:
        super().__init__("127.0.0.1", 1, "controller", "")
        self.asked: list[dict[str, str]] = []
        self._channels, self._then = channels, then or channels
        self._broken = broken

    async def listing(self, action: Mapping[str, str], **_: Any) -> list[Any]:
        if self._broken is not None:
            raise self._broken
        listed, self._channels = self._channels, self._then
        return listed

    async def request(self, action: Mapping[str, str], **_: Any) -> Any:
        self.asked.append(dict(action))


def channel(name: str, application: str, bridge: str, unique: str = "other") -> dict[str, str]:
    return {
        "Event": "CoreShowChannel",
        "Channel": name,
        "Application": application,
        "BridgeId": bridge,
        "Uniqueid": unique,
    }


CALLER = channel("PJSIP/carrier-00000001", "Queue", "talk", CALL)
AGENT = channel("PJSIP/8001-desk-00000002", "AppQueue", "talk")


async def put_down(*channels: dict[str, str], seat: str = "8001") -> list[dict[str, str]]:
    link = Listed(list(channels))
    assert (await TransferControl(link).put_down(CALL, seat)).done
    return link.asked


async def test_a_phone_just_picked_up_is_put_down_once_it_is_with_the_caller() -> None:
    link = Listed([CALLER, channel(AGENT["Channel"], "AppQueue", "")], then=[CALLER, AGENT])
    assert (await TransferControl(link).put_down(CALL, "8001")).done
    assert [asked["Channel"] for asked in link.asked] == [AGENT["Channel"]]


async def test_who_talks_on_no_phone_is_told_so() -> None:
    link = Listed([CALLER])
    assert await TransferControl(link).put_down(CALL, "8001") == failed("no_such_channel")
    assert link.asked == []


async def test_an_agent_of_a_queue_is_led_to_where_app_queue_hears_the_hanging_up() -> None:
    (asked,) = await put_down(CALLER, AGENT)
    assert (asked["Action"], asked["Channel"]) == ("Redirect", AGENT["Channel"])
    assert (asked["Context"], asked["Exten"]) == ("seat", "put-down")


async def test_who_holds_the_caller_and_speaks_with_a_colleague_puts_down_the_callers_leg() -> None:
    own = channel("PJSIP/8001-desk-00000003", "Dial", "colleague")
    (asked,) = await put_down(own, CALLER, AGENT)
    assert asked["Channel"] == AGENT["Channel"]


async def test_in_a_room_the_agent_leaves_alone() -> None:
    caller = channel("PJSIP/carrier-00000001", "ConfBridge", "music", CALL)
    agent = channel("PJSIP/8001-desk-00000002", "ConfBridge", "room")
    (asked,) = await put_down(caller, agent)
    assert (asked["Action"], asked["Channel"]) == ("Hangup", agent["Channel"])


async def test_an_expert_who_was_asked_is_led_there_too() -> None:
    expert = channel("PJSIP/8009-desk-00000004", "AppQueue", "third")
    (asked,) = await put_down(CALLER, AGENT, expert, seat="8009")
    assert (asked["Action"], asked["Channel"]) == ("Redirect", expert["Channel"])


# An expert who took the call over: one half of the leg is in the room with the caller.
IN_ROOM = channel("PJSIP/carrier-00000001", "ConfBridge", "room", CALL)
HALVES = [
    channel("Local/expert-12348@call-out-00000001;1", "ConfBridge", "room", f"{CALL}-t1"),
    channel("Local/expert-12348@call-out-00000001;2", "Queue", "asked", f"{CALL}-t1;2"),
]
EXPERT = channel("PJSIP/8009-desk-00000004", "AppQueue", "asked")


async def test_an_expert_who_has_the_call_sends_the_caller_on_and_is_put_down() -> None:
    link = Listed([IN_ROOM, *HALVES, EXPERT])
    assert (await TransferControl(link).send_on(CALL, "8009", "desk", "water")).done
    asked = link.asked[-1]
    assert (asked["Channel"], asked["Exten"]) == (CALL, "sent-on")
    assert (asked["ExtraChannel"], asked["ExtraExten"]) == (EXPERT["Channel"], "put-down")


async def test_what_joined_the_expert_to_the_room_is_led_back_there_and_the_phone_stays() -> None:
    link = Listed([IN_ROOM, *HALVES, EXPERT])
    done = await TransferControl(link).bring_in(CALL, "8009", "desk", "gas", 2, emergency=False)
    assert done.done
    (led,) = [one for one in link.asked if one["Action"] == "Redirect"]
    assert (led["ExtraChannel"], led["ExtraContext"]) == (f"{CALL}-t1", "room")
    grouped = [one for one in link.asked if one.get("Variable") == "GROUP(dialling)"]
    assert [one["Channel"] for one in grouped] == [f"{CALL}-t1;2"], "it rings nobody any more"


async def test_an_expert_who_is_still_asked_sends_nobody_on() -> None:
    music = IN_ROOM | {"BridgeId": "music"}
    link = Listed([music, *HALVES, EXPERT])
    outcome = await TransferControl(link).send_on(CALL, "8009", "desk", "water")
    assert (outcome.done, outcome.reason) == (False, "no_such_channel")


async def test_while_the_caller_is_in_no_talk_a_seats_talk_with_a_colleague_is_left_alone() -> None:
    colleague = channel("PJSIP/8001-desk-00000003", "Dial", "colleague")
    link = Listed([CALLER | {"BridgeId": ""}, colleague])
    outcome = await TransferControl(link).send_on(CALL, "8001", "desk", "water")
    assert (outcome.done, outcome.reason) == (False, "no_such_channel")
    assert not [one for one in link.asked if one["Action"] in ("Redirect", "Hangup")]


async def test_an_agent_rung_again_is_hung_up_as_it_is() -> None:
    (asked,) = await put_down(CALLER, channel("PJSIP/8001-web-00000005", "AppDial", "talk"))
    assert (asked["Action"], asked["Channel"]) == ("Hangup", "PJSIP/8001-web-00000005")


@pytest.mark.parametrize(
    ("link", "call", "seat", "reason"),
    [
        (Listed([CALLER]), CALL, "8001", "no_such_channel"),
        (Listed([CALLER, AGENT | {"BridgeId": ""}]), CALL, "8001", "no_such_channel"),
        (Listed([], LinkDown("closed")), CALL, "8001", "link_down"),
        (Listed([], ActionUnanswered("CoreShowChannels", 5)), CALL, "8001", "link_down"),
        (Listed([CALLER, AGENT]), "a\r\nb", "8001", "bad_call"),
        (Listed([CALLER, AGENT]), CALL, "8001-desk", "bad_extension"),
    ],
)
async def test_what_is_not_done_says_why(link: Listed, call: str, seat: str, reason: str) -> None:
    outcome = await TransferControl(link).put_down(call, seat)
    assert (outcome.done, outcome.reason, link.asked) == (False, reason, [])
