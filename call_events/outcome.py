"""What became of an action we asked Asterisk for."""

from dataclasses import dataclass
from enum import StrEnum


class ActionStatus(StrEnum):
    """`unknown`: the link broke or stayed silent, so Asterisk may or may not have done it."""

    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class ActionOutcome:
    """The status and, where it failed, the stable word for why."""

    status: ActionStatus
    reason: str = ""

    @property
    def done(self) -> bool:
        return self.status is ActionStatus.DONE


DONE = ActionOutcome(ActionStatus.DONE)


def failed(reason: str) -> ActionOutcome:
    return ActionOutcome(ActionStatus.FAILED, reason)


def unknown(reason: str) -> ActionOutcome:
    return ActionOutcome(ActionStatus.UNKNOWN, reason)
