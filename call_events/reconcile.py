"""After a gap: make our picture equal to what Asterisk holds now."""

import logging
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from .agent_state import AgentState, AgentVerb
from .call_state import Call, CallState
from .errors import LinkError
from .link import AmiLink
from .member_story import member
from .packets import Packet
from .story import Story
from .wall_clock import SET_SECONDS

log = logging.getLogger(__name__)

SEAT: Final = re.compile(r"PJSIP/([0-9]+)-(?:web|desk)-[0-9a-f]+")
CONTROLLER_SECONDS: Final = 3.0
TALKS: Final = (CallState.TALKING, CallState.HELD)
WAITS: Final = (CallState.QUEUED, CallState.RINGING)
BUSY: Final = (AgentState.RINGING, AgentState.TALKING)
# A phone that is being rung, before and after it says so.
RINGS: Final = ("Down", "Ringing")


@dataclass(frozen=True, slots=True)
class Picture:
    """What Asterisk holds at a moment; `channels` is None where nobody could be asked for them."""

    asked: datetime
    queues: list[Packet]
    channels: list[Packet] | None


async def take_picture(reader: AmiLink, controller: AmiLink) -> Picture:
    """Ask both accounts what is there, and mark in the reader's events where it was there.

    Errors: LinkError of the reader's link.
    """
    asked = datetime.now(UTC)
    queues = await reader.listing({"Action": "QueueStatus"})
    channels: list[Packet] | None = None
    try:
        # The reader may write nothing, so the channels are asked for by the controller.
        await controller.wait_up(CONTROLLER_SECONDS)
        channels = await controller.listing({"Action": "CoreShowChannels"})
    except LinkError as failure:
        log.warning("channels not compared: %s", failure.code)
    await reader.mark()
    return Picture(asked, queues, channels)


class Reconciliation:
    """Makes our picture equal to Asterisk's: agents at once, calls when what led there is heard.

    Between the link's coming up and the picture events go on their way to us. A call that they
    tell of is told by them, in its order; the picture tells only of those that nothing was heard
    of. No time is compared: the clock may have been set back.
    """

    def __init__(self, story: Story) -> None:
        self._story = story
        self._picture: Picture | None = None
        self._moves: dict[str, int] = {}
        self._busy: dict[str, tuple[AgentState, str | None]] = {}

    def begin(self, picture: Picture) -> None:
        """A picture was taken: members and their pauses are as it shows."""
        agents = self._story.agents.agents
        self._picture = picture
        self._moves = {call.call_id: call.moves for call in self._story.calls.values()}
        self._busy = {a.agent: (a.state, a.call_id) for a in agents.values() if a.state in BUSY}
        self._members(picture)

    def drop(self) -> None:
        """The link broke: another picture will be taken."""
        self._picture = None

    def finish(self) -> bool:
        """All that led to the picture was heard: calls are as it shows. False: there is none."""
        picture, self._picture = self._picture, None
        self._story.by_files.until.clear()
        if picture is None:
            return False
        self._waiting(picture)
        if picture.channels is not None:
            channels = {
                channel["Uniqueid"]: channel
                for channel in picture.channels
                if channel.get("Event") == "CoreShowChannel"
            }
            self._calls(channels, picture.asked)
            self._agents(channels, picture.asked)
        return True

    def _members(self, picture: Picture) -> None:
        agents, seen = self._story.agents, set[tuple[str, str, str]]()
        for answer in picture.queues:
            if answer.get("Event") == "QueueMember":
                name, place = answer["Name"], answer["Location"]
                seen.add((name, answer["Queue"], place))
                member(agents, name, place, answer, picture.asked)
        for agent in list(agents.agents.values()):
            for queue in sorted(agent.queues):
                if (agent.agent, queue, agent.interface) not in seen:
                    agents.removed(agent.agent, queue, agent.interface or "", picture.asked)
            if not agent.queues:
                agents.verb(agent.agent, AgentVerb.REMOVED, picture.asked)

    def _still(self, call_id: str) -> bool:
        """Whether nothing was heard of this call since the picture was taken."""
        call = self._story.calls.get(call_id)
        if call is None:
            return not self._story.over(call_id)
        return self._moves.get(call_id) == call.moves

    def _waiting(self, picture: Picture) -> None:
        """Callers who wait though we never heard them join."""
        for answer in picture.queues:
            if answer.get("Event") != "QueueEntry" or not self._still(answer["Uniqueid"]):
                continue
            call = self._story.calls.get(answer["Uniqueid"])
            if call is None or call.state is CallState.ARRIVED:
                # Below 0 where the clock was set back since: how long it was nobody knows.
                waited = timedelta(seconds=max(0, int(answer.get("Wait") or 0)))
                joined = answer | {"Event": "QueueCallerJoin"}
                self._story.hear(joined, (picture.asked - waited).timestamp())

    def _calls(self, channels: dict[str, Packet], at: datetime) -> None:
        """Calls that ended, were answered, ring or came while nobody listened."""
        story, seats = self._story, legs(channels.values())
        for call_id in self._moves.keys() - channels.keys():
            if call_id in story.calls:
                story.end(story.calls[call_id], at, lost=True)
        for call_id, channel in channels.items():
            # Only a caller's channel carries its own id as account code: the dialplan set it.
            if channel.get("AccountCode") == call_id and self._still(call_id):
                self._call(channel, seats.get(call_id, {}), at)

    def _call(self, channel: Packet, legs: Mapping[str, Packet], at: datetime) -> None:
        story, call_id = self._story, channel["Uniqueid"]
        call = story.calls.get(call_id)
        said = channel | {"Queue": call.queue if call and call.queue else ""}
        talking = _talking(channel, legs, call)
        if talking is not None and (call is None or call.state not in TALKS):
            story.hear(said | {"Event": "AgentConnect", "MemberName": talking}, at.timestamp())
        call = story.calls.get(call_id) or story.found(channel, at)
        if talking is not None:
            self._is(talking, AgentVerb.CONNECTED, call_id, at)
        if call.state not in WAITS:
            return
        for seat in (seat for seat, leg in legs.items() if leg.get("ChannelStateDesc") in RINGS):
            agent = story.agents.agents.get(seat)
            if agent and (agent.state, agent.call_id) == (AgentState.RINGING, call_id):
                call.ringing.add(seat)  # it rang before the gap already
            story.hear(said | {"Event": "AgentCalled", "MemberName": seat}, at.timestamp())
            self._is(seat, AgentVerb.RANG, call_id, at)

    def _is(self, seat: str, verb: AgentVerb, call_id: str, at: datetime) -> None:
        """An agent of whose part in a call only the files had told."""
        agent = self._story.agents.agents.get(seat)
        if agent is None or (agent.state, agent.call_id) != (_STATE[verb], call_id):
            self._story.agents.verb(seat, verb, at, call_id)

    def _agents(self, channels: dict[str, Packet], at: datetime) -> None:
        """Agents whose talk, or whose ringing, ended while nobody listened."""
        there = {seat[1] for c in channels.values() if (seat := SEAT.fullmatch(c["Channel"]))}
        for agent in list(self._story.agents.agents.values()):
            before = self._busy.get(agent.agent)
            if before == (agent.state, agent.call_id) and agent.agent not in there:
                self._story.agents.released(agent.agent, at, agent.call_id or "")


_STATE: Final = {AgentVerb.CONNECTED: AgentState.TALKING, AgentVerb.RANG: AgentState.RINGING}


def was_set_back(story: Story, now: datetime) -> float:
    """Seconds by which what is known of lies in the future, at the most: the clock was set back."""
    known = [call.newest for call in story.calls.values()]
    known += [agent.since for agent in story.agents.agents.values() if agent.since is not None]
    ahead = (max(known, default=now) - now).total_seconds()
    return ahead if ahead >= SET_SECONDS else 0.0


def clock_set(story: Story, seconds: float) -> None:
    """The clock that Asterisk tells the time by was set: what goes on keeps its age."""
    by = timedelta(seconds=seconds)
    for call in story.calls.values():
        call.clock_set(by)
    story.changes.calls.update(story.calls)
    story.agents.clock_set(by)


def legs(channels: Iterable[Packet]) -> dict[str, dict[str, Packet]]:
    """By call: the channel of each seat's phone that is on it."""
    found: dict[str, dict[str, Packet]] = {}
    for channel in channels:
        if seat := SEAT.fullmatch(channel.get("Channel", "")):
            for call_id in {channel.get("AccountCode", ""), channel.get("Linkedid", "")}:
                found.setdefault(call_id, {})[seat[1]] = channel
    return found


def _talking(caller: Packet, legs: Mapping[str, Packet], call: Call | None) -> str | None:
    """The seat that speaks with the caller, or in a room about the caller, who hears music."""
    for seat, leg in legs.items():
        bridge = leg.get("BridgeId")
        if bridge and (bridge == caller.get("BridgeId") or (call and call.talking_to == seat)):
            return seat
    return None
