"""A transfer of one call, from the first ring at the other side to its outcome: one table."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final


class How(StrEnum):
    """Cold: the caller goes at once. Warm: the agent speaks first. Conference: three at once."""

    COLD = "cold"
    WARM = "warm"
    CONFERENCE = "conference"


class TransferState(StrEnum):
    """`consulting`: agent and other side speak, the caller hears music. `joined`: all three.
    `waiting`: it rings, and the agent has left the caller to it.
    """

    RINGING = "ringing"
    WAITING = "waiting"
    CONSULTING = "consulting"
    JOINED = "joined"
    COMPLETED = "completed"
    FAILED = "failed"


class TransferVerb(StrEnum):
    """What Asterisk says about a transfer."""

    ANSWERED = "answered"
    REFUSED = "refused"
    JOINED = "joined"
    AGENT_LEFT = "agent_left"
    OTHER_LEFT = "other_left"
    CALLER_LEFT = "caller_left"


_THIRD_PARTY: Final = re.compile(r"(.+)-t([0-9]{1,4})(?:;[12])?", re.ASCII)

H, S, V = How, TransferState, TransferVerb
MOVES: Final[Mapping[tuple[How, TransferState, TransferVerb], TransferState]] = {
    (H.COLD, S.RINGING, V.ANSWERED): S.COMPLETED,
    (H.COLD, S.RINGING, V.REFUSED): S.FAILED,
    (H.COLD, S.RINGING, V.CALLER_LEFT): S.FAILED,
    (H.WARM, S.RINGING, V.ANSWERED): S.CONSULTING,
    (H.WARM, S.RINGING, V.REFUSED): S.FAILED,
    (H.WARM, S.RINGING, V.AGENT_LEFT): S.WAITING,
    (H.WARM, S.RINGING, V.CALLER_LEFT): S.FAILED,
    (H.WARM, S.CONSULTING, V.JOINED): S.JOINED,
    (H.WARM, S.CONSULTING, V.AGENT_LEFT): S.COMPLETED,
    (H.WARM, S.CONSULTING, V.OTHER_LEFT): S.FAILED,
    (H.WARM, S.CONSULTING, V.CALLER_LEFT): S.FAILED,
    (H.WARM, S.JOINED, V.AGENT_LEFT): S.COMPLETED,
    (H.WARM, S.JOINED, V.OTHER_LEFT): S.COMPLETED,
    (H.WARM, S.JOINED, V.CALLER_LEFT): S.COMPLETED,
    (H.CONFERENCE, S.RINGING, V.ANSWERED): S.JOINED,
    (H.CONFERENCE, S.RINGING, V.REFUSED): S.FAILED,
    (H.CONFERENCE, S.RINGING, V.AGENT_LEFT): S.WAITING,
    (H.CONFERENCE, S.RINGING, V.CALLER_LEFT): S.FAILED,
    (H.WARM, S.WAITING, V.ANSWERED): S.COMPLETED,
    (H.WARM, S.WAITING, V.REFUSED): S.FAILED,
    (H.WARM, S.WAITING, V.CALLER_LEFT): S.FAILED,
    (H.CONFERENCE, S.WAITING, V.ANSWERED): S.COMPLETED,
    (H.CONFERENCE, S.WAITING, V.REFUSED): S.FAILED,
    (H.CONFERENCE, S.WAITING, V.CALLER_LEFT): S.FAILED,
    (H.CONFERENCE, S.JOINED, V.AGENT_LEFT): S.COMPLETED,
    (H.CONFERENCE, S.JOINED, V.OTHER_LEFT): S.COMPLETED,
    (H.CONFERENCE, S.JOINED, V.CALLER_LEFT): S.COMPLETED,
}
HANDED_OVER: Final = "handed_over"
OVER: Final = frozenset((S.COMPLETED, S.FAILED))
# Asterisk's word for how a leg or a wait in a queue ended -> why a transfer failed.
REASONS: Final[Mapping[str, str]] = {
    "BUSY": "busy",
    "NOANSWER": "no_answer",
    "TIMEOUT": "no_answer",
    "CHANUNAVAIL": "unreachable",
    "CONGESTION": "unreachable",
    "JOINEMPTY": "nobody_there",
    "LEAVEEMPTY": "nobody_there",
    "CANCEL": "cancelled",
}


@dataclass(slots=True)
class Transfer:
    """One transfer; `as_json` is what the call's row and its events hold.

    `expert`: the seat that answered in a room, where our own people were asked.
    """

    number: int
    target: str
    how: How
    agent: str | None
    started_at: datetime
    state: TransferState = TransferState.RINGING
    result: str = ""
    expert: str | None = None

    @property
    def over(self) -> bool:
        return self.state in OVER

    def move(self, verb: TransferVerb, reason: str = "") -> bool:
        """Make the move; False when the table knows none. `reason`: Asterisk's word."""
        before = self.state
        state = MOVES.get((self.how, before, verb))
        if state is None:
            return False
        self.state = state
        if state is S.COMPLETED:
            self.result = "conference" if verb in _OUTSIDE else HANDED_OVER
        elif state is S.FAILED:
            self.result = _why(verb, reason)
        return True

    def as_json(self) -> dict[str, Any]:
        """The transfer in the call's row."""
        return {
            "number": self.number,
            "target": self.target,
            "how": self.how,
            "agent": self.agent,
            "state": self.state,
            "result": self.result,
            "expert": self.expert,
            "at": self.started_at.isoformat(),
        }


def third_party(call_id: str, number: int) -> str:
    """The id we give the leg to the third party of a call's `number`th transfer."""
    return f"{call_id}-t{number}"


def call_of_third_party(unique_id: str) -> str | None:
    """The call of a third party's leg, either half of it; None for every other channel."""
    found = _THIRD_PARTY.fullmatch(unique_id)
    return found[1] if found else None


def leg_number(unique_id: str) -> int | None:
    """Of which transfer of its call a third party's leg is; None for every other channel."""
    found = _THIRD_PARTY.fullmatch(unique_id)
    return int(found[2]) if found else None


def expert_of(transfer: Mapping[str, Any]) -> str | None:
    """The seat that has the call by this transfer; None where it went elsewhere, or nowhere."""
    return transfer.get("expert") if transfer["result"] == HANDED_OVER else None


def took_over(transfers: Iterable[Mapping[str, Any]], seat: str) -> bool:
    """Whether this seat took the call over as an expert."""
    return any(expert_of(transfer) == seat for transfer in transfers)


def with_whom(
    agent: str | None, transfers: Sequence[Mapping[str, Any]], path: Sequence[Mapping[str, Any]]
) -> str | None:
    """The seat that a call in progress is with: who answered it, or who has it since by a room."""
    if not speaks_in_room(transfers, path):
        return agent
    last = transfers[-1]
    if last["result"] == HANDED_OVER or last["state"] == S.WAITING:
        return expert_of(last)
    return str(last["agent"]) if last["agent"] else agent


def speaks_in_room(
    transfers: Sequence[Mapping[str, Any]], path: Sequence[Mapping[str, Any]]
) -> bool:
    """Whether the talk is in a room, where it goes on when an agent leaves: since it, no step."""
    last = transfers[-1] if transfers else None
    since = str(path[-1]["at"]) if path else ""
    return last is not None and last["how"] != How.COLD and str(last["at"]) > since


def transfer_of(row: Mapping[str, Any]) -> Transfer:
    """A transfer back from the call's row."""
    return Transfer(
        row["number"], row["target"], How(row["how"]), row["agent"],
        datetime.fromisoformat(row["at"]), TransferState(row["state"]), row["result"],
        row.get("expert"),
    )  # fmt: skip


def _why(verb: TransferVerb, reason: str) -> str:
    match verb:
        case V.CALLER_LEFT:
            return "caller_gone"
        case V.OTHER_LEFT:
            return "declined"
        case _:
            return REASONS.get(reason, "unreachable")


_OUTSIDE: Final = (V.OTHER_LEFT, V.CALLER_LEFT)
