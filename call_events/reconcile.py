"""After a gap: make our picture equal to what Asterisk holds now."""

import logging
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from .agent_state import AgentVerb
from .call_state import CallState
from .errors import LinkError
from .link import AmiLink
from .member_story import member
from .packets import Packet
from .story import Story

log = logging.getLogger(__name__)

SEAT: Final = re.compile(r"PJSIP/([0-9]+)-(?:web|desk)-[0-9a-f]+")
CONTROLLER_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class Picture:
    """What Asterisk holds at a moment; `channels` is None where nobody could be asked for them."""

    asked: datetime
    queues: list[Packet]
    channels: list[Packet] | None


async def reconcile(story: Story, reader: AmiLink, controller: AmiLink) -> None:
    """Ask both accounts what is there, then apply it. Errors: LinkError of the reader's link."""
    apply_picture(story, await take_picture(reader, controller))


async def take_picture(reader: AmiLink, controller: AmiLink) -> Picture:
    """Ask both accounts what is there. Errors: LinkError of the reader's link."""
    asked = datetime.now(UTC)
    queues = await reader.listing({"Action": "QueueStatus"})
    try:
        # The reader may write nothing, so the channels are asked for by the controller.
        await controller.wait_up(CONTROLLER_SECONDS)
        return Picture(asked, queues, await controller.listing({"Action": "CoreShowChannels"}))
    except LinkError as failure:
        log.warning("channels not compared: %s", failure.code)
        return Picture(asked, queues, None)


def apply_picture(story: Story, picture: Picture) -> None:
    """Make our picture equal to Asterisk's."""
    apply_queues(story, picture.queues, picture.asked)
    if picture.channels is not None:
        apply_channels(story, picture.channels, picture.asked)


def apply_queues(story: Story, answers: list[Packet], now: datetime) -> None:
    """Members and their pauses, and callers who wait though we never heard them join."""
    seen: set[tuple[str, str, str]] = set()
    for answer in answers:
        match answer.get("Event"):
            case "QueueMember":
                name, place = answer["Name"], answer["Location"]
                seen.add((name, answer["Queue"], place))
                member(story.agents, name, place, answer, now)
            case "QueueEntry" if answer.get("Uniqueid") not in story.calls:
                waited = timedelta(seconds=int(answer.get("Wait") or 0))
                story.hear(answer | {"Event": "QueueCallerJoin"}, (now - waited).timestamp())
    for agent in list(story.agents.agents.values()):
        for queue in sorted(agent.queues):
            if (agent.agent, queue, agent.interface) not in seen:
                story.agents.removed(agent.agent, queue, agent.interface or "", now)
        if not agent.queues:
            story.agents.verb(agent.agent, AgentVerb.REMOVED, now)


def apply_channels(story: Story, answers: list[Packet], now: datetime) -> None:
    """Calls that ended, were answered or came while nobody listened."""
    channels = {a["Uniqueid"]: a for a in answers if a.get("Event") == "CoreShowChannel"}
    for call in list(story.calls.values()):
        if call.call_id not in channels and call.arrived_at < now:
            story.end(call, now, lost=True)
    talking = {
        channel["BridgeId"]: seat[1]
        for channel in channels.values()
        if channel.get("BridgeId") and (seat := SEAT.fullmatch(channel["Channel"]))
    }
    for call_id, channel in channels.items():
        # Only a caller's channel carries its own id as account code: the dialplan set it.
        if channel.get("AccountCode") != call_id:
            continue
        agent = talking.get(channel.get("BridgeId", ""))
        known = story.calls.get(call_id)
        if agent and (known is None or known.state not in (CallState.TALKING, CallState.HELD)):
            queue = known.queue if known and known.queue else ""
            said = {"Event": "AgentConnect", "MemberName": agent, "Queue": queue}
            story.hear(channel | said, now.timestamp())
        elif known is None:
            story.found(channel, now)
    for busy in list(story.agents.agents.values()):
        if busy.call_id is not None and busy.call_id not in story.calls:
            story.agents.released(busy.agent, now, busy.call_id)
