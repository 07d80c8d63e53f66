"""Experts whom an agent asks while the caller hears music: their queue rings them on a third leg.

What app_queue says of that leg is about the expert alone; the call goes on with its agent.
"""

from collections.abc import Mapping
from datetime import datetime

from .agent_state import AgentState, AgentVerb
from .agent_story import AgentStory
from .call_state import Call
from .packets import Packet
from .transfers import call_of_third_party, leg_number

# How app_queue's words about a member read as ours.
_VERBS = {
    "AgentCalled": AgentVerb.RANG,
    "AgentRingNoAnswer": AgentVerb.MISSED,
    "AgentConnect": AgentVerb.CONNECTED,
}
_ENDS = ("QueueCallerAbandon", "Hangup")
_OF_A_LEG = frozenset((*_VERBS, *_ENDS, "AgentComplete", "QueueCallerJoin", "QueueCallerLeave"))


def heard(agents: AgentStory, calls: Mapping[str, Call], packet: Packet, at: datetime) -> bool:
    """Take what app_queue says of a third party's leg; False for any other packet."""
    event, name = packet["Event"], packet.get("MemberName", "")
    call_id = call_of_third_party(packet.get("Uniqueid", "")) if event in _OF_A_LEG else None
    if call_id is None:
        return False
    call, number = calls.get(call_id), leg_number(packet["Uniqueid"]) or 0
    if event in _VERBS:
        agents.verb(name, _VERBS[event], at, call_id)
        if call is not None and event == "AgentConnect":
            call.asked = (number, name)
    elif event == "AgentComplete":
        agents.completed(name, packet.get("Queue", ""), at, call_id)
    elif event in _ENDS and (call is None or len(call.transfers) <= number):
        # The leg of a transfer before the last rings nobody: its expert has had others rung since.
        _rings_no_more(agents, call_id, at)
    return True


def _rings_no_more(agents: AgentStory, call_id: str, at: datetime) -> None:
    for agent in list(agents.agents.values()):
        if agent.call_id == call_id and agent.state is AgentState.RINGING:
            agents.released(agent.agent, at, call_id)
