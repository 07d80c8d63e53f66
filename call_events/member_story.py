"""What app_queue says of its members, who are our agents: one table from event name to function."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Final

from .agent_story import AgentStory
from .packets import Packet

UNREACHABLE_STATUS: Final = frozenset(("4", "5"))  # AST_DEVICE_INVALID, AST_DEVICE_UNAVAILABLE


def member(agents: AgentStory, name: str, interface: str, packet: Packet, at: datetime) -> None:
    """A queue has this member, as QueueMemberAdded or QueueStatus describes it."""
    agents.added(
        name, packet["Queue"], interface, at, reachable=_reachable(packet), pause=_pause(packet)
    )


def _added(agents: AgentStory, packet: Packet, at: datetime) -> None:
    member(agents, packet["MemberName"], packet["Interface"], packet, at)


def _removed(agents: AgentStory, packet: Packet, at: datetime) -> None:
    agents.removed(packet["MemberName"], packet["Queue"], packet["Interface"], at)


def _paused(agents: AgentStory, packet: Packet, at: datetime) -> None:
    agents.paused(packet["MemberName"], _pause(packet), at)


def _status(agents: AgentStory, packet: Packet, at: datetime) -> None:
    agents.phone(packet["MemberName"], _reachable(packet), at)


def _reachable(packet: Packet) -> bool:
    return packet.get("Status") not in UNREACHABLE_STATUS


def _pause(packet: Packet) -> str | None:
    return (packet.get("PausedReason") or "paused")[:64] if packet.get("Paused") == "1" else None


MEMBERS: Final[Mapping[str, Callable[[AgentStory, Packet, datetime], None]]] = {
    "QueueMemberAdded": _added,
    "QueueMemberRemoved": _removed,
    "QueueMemberPause": _paused,
    "QueueMemberStatus": _status,
}
