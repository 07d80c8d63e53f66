"""What agents and supervisors may ask of Asterisk; every command is built here, on the server."""

import re
from collections.abc import Iterable, Mapping

from routing.numbers import dialable

from .call_state import RUNG_BACK
from .errors import ActionRefused, ActionUnanswered, LinkDown, UnsafeAction
from .link import AmiLink
from .outcome import DONE, ActionOutcome, ActionStatus, failed, unknown
from .packets import Packet

EXTENSION = re.compile(r"[0-9]{2,10}")
QUEUE = re.compile(r"[a-z][a-z0-9-]{1,30}")
REASON = re.compile(r"[a-z][a-z0-9_-]{0,30}")
TRUNK = re.compile(r"[a-z][a-z0-9-]{0,47}")
CALL_ID = re.compile(r"[A-Za-z0-9_.-]{1,64}")
PHONES = ("web", "desk")
# On the caller's channel: whose pause of the recording it is.
PAUSED_BY = "HL_PAUSED"


class Control:
    """Moves agents in and out of queues and ends calls, over the controller's AMI account."""

    def __init__(self, link: AmiLink) -> None:
        self._link = link

    async def ready(self, extension: str, phone: str, queues: Mapping[str, int]) -> ActionOutcome:
        """The agent takes calls on this phone: a member of each queue at its penalty, unpaused.

        Membership on the other phone or of other queues ends. Reasons when it fails:
        `bad_extension`, `bad_phone`, `bad_queue`, `no_queues`, `queue_unknown:<name>`, `link_down`;
        nothing is half-done then.
        """
        if not EXTENSION.fullmatch(extension):
            return failed("bad_extension")
        if phone not in PHONES:
            return failed("bad_phone")
        if not queues:
            return failed("no_queues")
        if not all(QUEUE.fullmatch(queue) for queue in queues):
            return failed("bad_queue")
        wanted = interface(extension, phone)
        before = await self._memberships(extension)
        for queue, penalty in queues.items():
            outcome = await self._add(extension, wanted, queue, penalty)
            if not outcome.done:
                await self._leave((wanted, q) for q in queues if (wanted, q) not in before)
                return outcome
        await self._leave(place for place in before if place[0] != wanted or place[1] not in queues)
        return await self._ask(pause_action(wanted, None), "not_member")

    async def pause(self, extension: str, reason: str) -> ActionOutcome:
        """No more calls for this agent until `unpause`; `reason` is a code of the catalogue.

        Reasons when it fails: `bad_extension`, `bad_reason`, `not_member`, `link_down`.
        """
        if not REASON.fullmatch(reason):
            return failed("bad_reason")
        return await self._set_pause(extension, reason)

    async def unpause(self, extension: str) -> ActionOutcome:
        """The agent takes calls again; also ends a wrap-up early."""
        return await self._set_pause(extension, None)

    async def offline(self, extension: str) -> ActionOutcome:
        """The agent leaves every queue on every phone; a call in progress goes on."""
        if not EXTENSION.fullmatch(extension):
            return failed("bad_extension")
        try:
            memberships = await self._memberships(extension, must=True)
        except (LinkDown, ActionUnanswered) as failure:
            return unknown(failure.code)
        return await self._leave(memberships)

    async def record(self, call_id: str, going_on: bool, seat: str) -> ActionOutcome:
        """This seat pauses or resumes the recording of a call; a pause is silence in the file.

        It ends when the seat leaves the call. Reasons: `bad_call`, `bad_extension`, `not_recorded`,
        `link_down`.
        """
        if not CALL_ID.fullmatch(call_id):
            return failed("bad_call")
        if not EXTENSION.fullmatch(seat):
            return failed("bad_extension")
        if not going_on:
            whose = {"Action": "Setvar", "Channel": call_id, "Variable": PAUSED_BY, "Value": seat}
            outcome = await self._ask(whose, "not_recorded")
            if not outcome.done:
                return outcome
        return await self._ask(recording_action(call_id, going_on), "not_recorded")

    async def ring_back(
        self, number: str, call_id: str, hotline: str, trunk: str, seconds: int
    ) -> ActionOutcome:
        """Ring a citizen for `seconds`; who answers walks on as a call to `hotline`.

        `call_id` must be new: Asterisk refuses one that it knows, so nobody is rung twice. Reasons:
        `bad_number`, `bad_call`, `refused`, `link_down`.
        """
        if not dialable(number) or not hotline.isdecimal() or not TRUNK.fullmatch(trunk):
            return failed("bad_number")
        if not CALL_ID.fullmatch(call_id):
            return failed("bad_call")
        known = {
            "HL_DNIS": hotline,
            "HL_TRUNK": trunk,
            "HL_LANDED": RUNG_BACK,
            "HL_CITIZEN": number,
        }
        return await self._ask(
            {
                "Action": "Originate",
                # /n: the pair of channels stays, since one of them is the call.
                "Channel": f"Local/{number}@ring-back/n",
                "ChannelId": call_id,
                "Account": call_id,
                "Context": "hotline",
                "Exten": "rungback",
                "Priority": "1",
                "Timeout": str(seconds * 1000),
                "Async": "true",
                "Variable": ",".join(f"{name}={value}" for name, value in known.items()),
            }
        )

    async def _add(self, extension: str, member: str, queue: str, penalty: int) -> ActionOutcome:
        action = {
            "Action": "QueueAdd",
            "Queue": queue,
            "Interface": member,
            "MemberName": extension,
            "StateInterface": member,
            "Penalty": str(penalty),
        }
        outcome = await self._ask(action, refused=f"queue_unknown:{queue}")
        if outcome.status is ActionStatus.FAILED:
            # QueueAdd refuses who is already there; the penalty may still have changed.
            return await self._ask(
                {
                    "Action": "QueuePenalty",
                    "Queue": queue,
                    "Interface": member,
                    "Penalty": str(penalty),
                },
                refused=f"queue_unknown:{queue}",
            )
        return outcome

    async def _leave(self, places: Iterable[tuple[str, str]]) -> ActionOutcome:
        outcome = DONE
        for member, queue in places:
            left = await self._ask({"Action": "QueueRemove", "Queue": queue, "Interface": member})
            if left.status is ActionStatus.UNKNOWN:
                outcome = left
        return outcome

    async def _set_pause(self, extension: str, reason: str | None) -> ActionOutcome:
        if not EXTENSION.fullmatch(extension):
            return failed("bad_extension")
        outcomes = [
            await self._ask(pause_action(interface(extension, phone), reason), "not_member")
            for phone in PHONES
        ]
        # The agent is on one of the two phones; Asterisk refuses the other.
        for outcome in outcomes:
            if outcome.done:
                return outcome
        return next((o for o in outcomes if o.status is ActionStatus.UNKNOWN), outcomes[0])

    async def _memberships(self, extension: str, must: bool = False) -> list[tuple[str, str]]:
        """(interface, queue) pairs as Asterisk holds them now."""
        found: list[tuple[str, str]] = []
        for phone in PHONES:
            member = interface(extension, phone)
            try:
                answers = await self._link.listing({"Action": "QueueStatus", "Member": member})
            except (LinkDown, ActionUnanswered):
                if must:
                    raise
                return found
            found.extend((member, a["Queue"]) for a in answers if _is_member(a, member))
        return found

    async def _ask(self, action: Mapping[str, str], refused: str = "refused") -> ActionOutcome:
        return await asked(self._link, action, refused)


async def asked(
    link: AmiLink, action: Mapping[str, str], refused: str = "refused"
) -> ActionOutcome:
    """Ask Asterisk for one action; `refused` is the reason where it says no."""
    try:
        await link.request(action)
    except (ActionRefused, UnsafeAction):
        return failed(refused)
    except LinkDown as down:
        return unknown(down.code) if down.sent else failed(down.code)
    except ActionUnanswered as silence:
        return unknown(silence.code)
    return DONE


def interface(extension: str, phone: str) -> str:
    """The endpoint of a seat: each has one in the browser and one on the desk."""
    return f"PJSIP/{extension}-{phone}"


def pause_action(member: str, reason: str | None) -> dict[str, str]:
    """QueuePause in all queues at once."""
    action = {
        "Action": "QueuePause",
        "Interface": member,
        "Paused": "true" if reason else "false",
    }
    return action | {"Reason": reason} if reason else action


def recording_action(call_id: str, going_on: bool) -> dict[str, str]:
    """MixMonitorMute of both directions, or its end."""
    state = "0" if going_on else "1"
    return {"Action": "MixMonitorMute", "Channel": call_id, "Direction": "both", "State": state}


def _is_member(packet: Packet, member: str) -> bool:
    return packet.get("Event") == "QueueMember" and packet.get("Location") == member
