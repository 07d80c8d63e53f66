"""The transfers of calls, as the story of each call tells them: started, moved, completed, failed.

A cold transfer is told by the loop's steps: what follows an agent's wish goes to the target, and
the step after it means that nobody took the call there.
"""

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from .call_state import Call
from .changes import Tell
from .events import EventType
from .packets import Packet
from .transfers import How, Transfer, TransferState, TransferVerb, transfer_of, with_whom

WISH: Final = "transfer:"
_SENT_ON: Final = re.compile(r"(?:^|/)agent:([0-9]+)-[a-z]+=transfer:[^/=]*$")
RULE: Final = "transfer"
# The leg of the agent enters the room later than a quick answer by no more than this.
LATE: Final = timedelta(seconds=2)


class TransferStory:
    """Keeps `call.transfers` and tells what becomes of each."""

    def __init__(self, tell: Callable[[], Tell]) -> None:
        self._tell = tell

    def stepped(self, call: Call, step: Mapping[str, Any], agent: str | None, at: datetime) -> None:
        """The loop decided: does a transfer begin, has one come to nothing?"""
        last = str(step["last"] or "")
        self.heard(call, TransferVerb.REFUSED, at, last)
        if step["reason"] == RULE:
            _, _, target = str(step["step"]).partition(":")
            self.begun(call, target, How.COLD, agent, at)
        elif last.startswith(WISH):
            self.begun(call, last.removeprefix(WISH), How.COLD, agent, at)
            self.heard(call, TransferVerb.REFUSED, at, "JOINEMPTY")

    def in_room(self, call: Call, packet: Packet, at: datetime) -> None:
        """What the dialplan says of a room: who came, who left, whom nobody reached."""
        match packet.get("Word"), packet.get("Who"):
            case "begun", _:
                self._open(call, packet, at, LATE)
            case "left", who if who in _LEFT:
                self.heard(call, _LEFT[who], at)
            case word, _ if word in _SAID:
                # Who answers or declines within milliseconds is heard before the agent's own leg.
                self._open(call, packet, at)
                self._vain(call, packet)
                self.heard(call, _SAID[word], at, packet.get("Status", ""))

    def _vain(self, call: Call, packet: Packet) -> None:
        """Experts whom an agent asked for and nobody found owe the caller a call."""
        if packet.get("Wanted") and packet.get("Status") not in ("CANCEL", ""):
            call.wants_expert = packet["Wanted"][:64]

    def _open(
        self, call: Call, packet: Packet, at: datetime, within: timedelta = timedelta.max
    ) -> None:
        """Begin the transfer a packet speaks of, unless it has begun (`within` this time)."""
        how = How.CONFERENCE if packet.get("How") == How.CONFERENCE else How.WARM
        agent = packet.get("Agent", "").partition("-")[0] or None
        target = packet.get("Target", "")
        last = transfer_of(call.transfers[-1]) if call.transfers else None
        same = last and (last.target, last.how, last.agent) == (target[:48], how, agent)
        if last is None or not same or (last.over and at - last.started_at > within):
            self.begun(call, target, how, agent, at)

    def begun(self, call: Call, target: str, how: How, agent: str | None, at: datetime) -> None:
        """An agent sends the caller on."""
        transfer = Transfer(len(call.transfers) + 1, target[:48], how, agent, at)
        self._keep(call, transfer, EventType.TRANSFER_STARTED, at)

    def heard(self, call: Call, verb: TransferVerb, at: datetime, reason: str = "") -> None:
        """What Asterisk says about the call's open transfer, if it has one."""
        transfer = open_transfer(call)
        before = transfer.state if transfer else None
        if transfer is None or not transfer.move(verb, reason):
            return
        if call.asked is not None and call.asked[0] == transfer.number:
            transfer.expert = call.asked[1]
        kind = _TOLD.get(transfer.state, EventType.TRANSFER_MOVED)
        self._keep(call, transfer, kind, at)
        if (before, transfer.state) == (TransferState.WAITING, TransferState.FAILED):
            call.talking_to = None  # the agent who would have the caller again has left
        elif verb is TransferVerb.AGENT_LEFT or (transfer.over and transfer.how is not How.COLD):
            call.talking_to = with_whom(call.agent, call.transfers, call.path)

    def _keep(self, call: Call, transfer: Transfer, kind: EventType, at: datetime) -> None:
        call.transfers = [*call.transfers[: transfer.number - 1], transfer.as_json()]
        self._tell()(kind, call, at, transfer.as_json(), agent=transfer.agent)


def sender(path: str) -> str | None:
    """The seat whose wish, `agent:8009-desk=transfer:water`, is the last thing that happened."""
    found = _SENT_ON.search(path)
    return found[1] if found else None


def open_transfer(call: Call) -> Transfer | None:
    """The transfer that goes on, or None."""
    if not call.transfers:
        return None
    transfer = transfer_of(call.transfers[-1])
    return None if transfer.over else transfer


_LEFT: Final = {
    "caller": TransferVerb.CALLER_LEFT,
    "agent": TransferVerb.AGENT_LEFT,
    "other": TransferVerb.OTHER_LEFT,
}
_SAID: Final = {
    "answered": TransferVerb.ANSWERED,
    "joined": TransferVerb.JOINED,
    "refused": TransferVerb.REFUSED,
}
_TOLD: Final = {
    TransferState.COMPLETED: EventType.TRANSFER_COMPLETED,
    TransferState.FAILED: EventType.TRANSFER_FAILED,
}
