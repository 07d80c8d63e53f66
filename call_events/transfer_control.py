"""What an agent may have done with a caller: sent on. Each command is built here, on the server.

Asterisk is told names of the catalogue and ids of its own, never a word a browser sent.
"""

import asyncio
import re
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Any, Final, ParamSpec

from .control import CALL_ID, EXTENSION, PHONES, asked
from .errors import LinkDown, LinkError
from .link import AmiLink
from .outcome import ActionOutcome, failed
from .packets import Packet
from .reconcile import SEAT
from .transfers import call_of_third_party, third_party

# Above the longest ring of any peer: the dialplan gives up first, and says how.
RING_MOST_MS: Final = 150_000
# What a channel runs, as CoreShowChannels tells it.
IN_ROOM: Final = "ConfBridge"
OF_QUEUE: Final = "AppQueue"
TARGET: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,47}")
LOOKS: Final = 4
LOOK_SECONDS: Final = 0.1


P = ParamSpec("P")


def _unless_down(
    doing: Callable[P, Coroutine[Any, Any, ActionOutcome]],
) -> Callable[P, Coroutine[Any, Any, ActionOutcome]]:
    """Where Asterisk cannot be asked what channels there are, nothing has been done yet."""

    @wraps(doing)
    async def done(*args: P.args, **facts: P.kwargs) -> ActionOutcome:
        try:
            return await doing(*args, **facts)
        except LinkError:
            return failed(LinkDown.code)

    return done


class TransferControl:
    """Moves callers, over the controller's AMI account."""

    def __init__(self, link: AmiLink) -> None:
        self._link = link

    @_unless_down
    async def send_on(self, call_id: str, seat: str, phone: str, target: str) -> ActionOutcome:
        """A cold transfer: the caller leaves this agent for a target of the catalogue.

        The loop decides how it is reached, and brings the caller back. Reasons when it fails:
        `bad_call`, `bad_extension`, `bad_target`, `no_such_channel`, `link_down`.
        """
        bad = _fault(call_id, seat, phone, target)
        if bad:
            return failed(bad)
        outcome = await self._set(call_id, {"HL_AGENT": f"{seat}-{phone}", "HL_TO": target})
        if not outcome.done:
            return outcome
        return await self._part(call_id, seat, ("hotline", "sent-on"), ("seat", "put-down"))

    async def _part(
        self, call_id: str, seat: str, caller: tuple[str, str], agent: tuple[str, str]
    ) -> ActionOutcome:
        """Lead caller and agent out of their talk at one moment, each to (context, extension)."""
        leg = await self._leg(call_id, seat)
        if leg is None:
            return failed("no_such_channel")
        return await self._redirect_both(call_id, leg.channel, caller, agent)

    @_unless_down
    async def bring_in(
        self, call_id: str, seat: str, phone: str, target: str, number: int, *, emergency: bool
    ) -> ActionOutcome:
        """Have a third party dialled while the caller is kept: at music, or, in an emergency, with
        the agent and all three. `number` counts the call's transfers. Reasons as for `send_on`.
        """
        bad = _fault(call_id, seat, phone, target)
        if bad:
            return failed(bad)
        leg = await self._leg(call_id, seat)
        if leg is None:
            return failed("no_such_channel")
        how = "conference" if emergency else "warm"
        facts = {"HL_ROOM": call_id, "HL_TO": target, "HL_HOW": how, "HL_AGENT": f"{seat}-{phone}"}
        for channel in (call_id, leg.in_room):
            outcome = await self._set(channel, facts)
            if not outcome.done:
                return outcome
        if leg.asked:
            # Who was the third party is the one who asks now: their leg rings nobody any more.
            outcome = await self._set_one(f"{leg.asked};2", "GROUP(dialling)", "")
            if not outcome.done:
                return outcome
        place = ("room", "first" if emergency else "music")
        outcome = await self._redirect_both(call_id, leg.in_room, place, ("room", "agent"))
        if not outcome.done:
            return outcome
        context = "call-emergency" if emergency else "call-out"
        outcome = await asked(self._link, _originate(call_id, number, context, target, facts))
        if not outcome.done:
            await self.join(call_id)
        return outcome

    async def join(self, call_id: str) -> ActionOutcome:
        """The caller at music comes to those in the room."""
        if not CALL_ID.fullmatch(call_id):
            return failed("bad_call")
        return await self._redirect(call_id, ("room", "caller"))

    async def take_back(self, call_id: str, number: int) -> ActionOutcome:
        """The third party's leg ends, ringing or not; the dialplan brings the caller back."""
        if not CALL_ID.fullmatch(call_id):
            return failed("bad_call")
        return await self._hang_up(third_party(call_id, number))

    @_unless_down
    async def leave(self, call_id: str, seat: str) -> ActionOutcome:
        """The agent's leg ends; the dialplan leaves caller and third party together.

        A recording that this agent had paused goes on (pauses.py).
        """
        if not CALL_ID.fullmatch(call_id) or not EXTENSION.fullmatch(seat):
            return failed("bad_call")
        channels = await self._channels()
        for leg in _legs(channels, seat):
            if leg.get("Application") == IN_ROOM or leg["BridgeId"] in _asked(channels, call_id):
                return await self._put_down(leg)
        return failed("no_such_channel")

    @_unless_down
    async def put_down(self, call_id: str, seat: str) -> ActionOutcome:
        """The leg on which this seat speaks in this call ends, and nobody else's.

        A seat may hold the caller and speak with a colleague on a second leg. A phone that has just
        been picked up is in no bridge yet: then it is looked again, for a moment. Reasons:
        `bad_call`, `bad_extension`, `no_such_channel`, `link_down`.
        """
        if not CALL_ID.fullmatch(call_id):
            return failed("bad_call")
        if not EXTENSION.fullmatch(seat):
            return failed("bad_extension")
        for look in range(LOOKS):
            await asyncio.sleep(LOOK_SECONDS if look else 0)
            channels = await self._channels()
            if legs := _legs(channels, seat):
                leg = min(legs, key=lambda leg: _how_far(leg, channels, call_id))
                return await self._put_down(leg)
        return failed("no_such_channel")

    async def _put_down(self, leg: Packet) -> ActionOutcome:
        if leg.get("Application") == OF_QUEUE:
            # app_queue would count the talk on if AMI hung its agent up (docs/adr/0009).
            return await self._redirect(leg["Channel"], ("seat", "put-down"))
        return await self._hang_up(leg["Channel"])

    async def _hang_up(self, channel: str) -> ActionOutcome:
        action = {"Action": "Hangup", "Channel": channel, "Cause": "16"}
        return await asked(self._link, action, "no_such_channel")

    async def _set(self, channel: str, facts: Mapping[str, str]) -> ActionOutcome:
        return await self._set_one(channel, f"ARRAY({','.join(facts)})", ",".join(facts.values()))

    async def _set_one(self, channel: str, name: str, value: str) -> ActionOutcome:
        action = {"Action": "Setvar", "Channel": channel, "Variable": name, "Value": value}
        return await asked(self._link, action, "no_such_channel")

    async def _redirect(self, channel: str, place: tuple[str, str]) -> ActionOutcome:
        action = {
            "Action": "Redirect",
            "Channel": channel,
            "Context": place[0],
            "Exten": place[1],
            "Priority": "1",
        }
        return await asked(self._link, action, "no_such_channel")

    async def _redirect_both(
        self, call_id: str, leg: str, caller: tuple[str, str], agent: tuple[str, str]
    ) -> ActionOutcome:
        action = {
            "Action": "Redirect",
            "Channel": call_id,
            "Context": caller[0],
            "Exten": caller[1],
            "Priority": "1",
            "ExtraChannel": leg,
            "ExtraContext": agent[0],
            "ExtraExten": agent[1],
            "ExtraPriority": "1",
        }
        return await asked(self._link, action, "no_such_channel")

    async def _leg(self, call_id: str, seat: str) -> "_Leg | None":
        """The seat's part in the talk with the caller now, whoever answered first."""
        channels = await self._channels()
        with_caller, asked_for = _bridges(channels, call_id), _asked(channels, call_id)
        for leg in _legs(channels, seat):
            bridge = leg["BridgeId"]
            if bridge in with_caller or asked_for.get(bridge, ("", ""))[1] in with_caller:
                return _Leg(leg["Channel"], asked_for.get(bridge, ("", ""))[0])
        return None

    async def _channels(self) -> list[Packet]:
        """Every channel as Asterisk shows it. Errors: LinkError."""
        answers = await self._link.listing({"Action": "CoreShowChannels"})
        return [answer for answer in answers if answer.get("Event") == "CoreShowChannel"]


@dataclass(frozen=True, slots=True)
class _Leg:
    """A seat's channel in a talk with a caller.

    `asked`: the id of the half that stands in the room for an expert, whom a queue rang.
    """

    channel: str
    asked: str = ""

    @property
    def in_room(self) -> str:
        """What is, or can be led, in a room for this seat."""
        return self.asked or self.channel


def _asked(channels: list[Packet], call_id: str) -> dict[str, tuple[str, str]]:
    """Experts who were asked about a call speak with one half of a leg, the other is in the room:
    from where the expert is, to the id of that other half and to where it is.
    """
    at = {c.get("Uniqueid", ""): c.get("BridgeId", "") for c in channels}
    ours = (one for one in at if one and call_of_third_party(one) == call_id)
    return {other: (one, at[one]) for one in ours if (other := at.get(f"{one};2"))}


def _legs(channels: list[Packet], seat: str) -> list[Packet]:
    """The channels of a seat's phones that speak with somebody."""
    names = ((channel, SEAT.fullmatch(channel.get("Channel", ""))) for channel in channels)
    return [leg for leg, name in names if name and name[1] == seat and leg.get("BridgeId")]


def _bridges(channels: list[Packet], call_id: str) -> set[str]:
    """Where the caller is; empty where the caller speaks with nobody."""
    return {a["BridgeId"] for a in channels if a.get("Uniqueid") == call_id and a.get("BridgeId")}


def _how_far(leg: Packet, channels: list[Packet], call_id: str) -> int:
    """How little a leg has to do with a call: with its caller, in a room, for a queue, for none."""
    if leg.get("BridgeId") in _bridges(channels, call_id):
        return 0
    return {IN_ROOM: 1, OF_QUEUE: 2}.get(leg.get("Application", ""), 3)


def _fault(call_id: str, seat: str, phone: str, target: str) -> str:
    """Why these words are none of ours; "" where they are."""
    if not CALL_ID.fullmatch(call_id):
        return "bad_call"
    if not EXTENSION.fullmatch(seat) or phone not in PHONES:
        return "bad_extension"
    return "" if TARGET.fullmatch(target) else "bad_target"


def _originate(
    call_id: str, number: int, context: str, target: str, facts: Mapping[str, str]
) -> dict[str, str]:
    return {
        "Action": "Originate",
        "Channel": f"Local/{target}@{context}/n",
        "ChannelId": third_party(call_id, number),
        "Context": "room",
        "Exten": "other",
        "Priority": "1",
        "Timeout": str(RING_MOST_MS),
        "Account": call_id,
        "Variable": ",".join(f"{name}={value}" for name, value in facts.items()),
        "Async": "true",
    }
