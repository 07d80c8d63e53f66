"""The agents' side of what Asterisk says: verbs into states, states into events and rows."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from .agent_state import WRAPUP_REASON, Agent, AgentState, AgentVerb, move, reason_of
from .changes import Changes, Draft, WrapUp
from .events import EventType


class AgentStory:
    """All agents of one node. `wrapup`: seconds by queue; a queue not named has none."""

    def __init__(self, node: str, changes: Changes, wrapup: Mapping[str, int]) -> None:
        self.agents: dict[str, Agent] = {}
        self._node = node
        self._changes = changes
        self._wrapup = wrapup

    def restore(self, agents: Iterable[Agent]) -> None:
        """What the database knew when the recorder started."""
        self.agents.update((agent.agent, agent) for agent in agents)

    def clock_set(self, by: timedelta) -> None:
        """The clock was set: each keeps the time spent in what it is doing."""
        for agent in self.agents.values():
            if agent.since is not None:
                agent.since += by
                agent.until = agent.until + by if agent.until else None
                self._changes.agents[agent.agent] = agent

    def added(
        self,
        name: str,
        queue: str,
        interface: str,
        at: datetime,
        *,
        reachable: bool = True,
        pause: str | None = None,
    ) -> None:
        """The agent is a member of this queue, with the phone and the pause Asterisk names."""
        agent = self._agent(name)
        agent.reachable, agent.pause = reachable, pause
        if pause != WRAPUP_REASON:
            agent.lasting_pause = pause
        if queue not in agent.queues or agent.interface != interface:
            agent.queues.add(queue)
            agent.interface = interface
            self._changes.agents[name] = agent
        self.verb(name, AgentVerb.ADDED, at)

    def write_to(self, changes: Changes) -> None:
        """Where changes go from now on."""
        self._changes = changes

    def removed(self, name: str, queue: str, interface: str, at: datetime) -> None:
        """The agent has left one queue; having left the last, the agent is offline."""
        agent = self._agent(name)
        if interface != agent.interface:
            return  # the phone the agent used before
        agent.queues.discard(queue)
        self._changes.agents[name] = agent
        if not agent.queues:
            agent.pause = agent.lasting_pause = None
            self.verb(name, AgentVerb.REMOVED, at)

    def paused(self, name: str, reason: str | None, at: datetime) -> None:
        """Asterisk holds this pause now (None: none)."""
        agent = self._agent(name)
        agent.pause = reason
        if reason != WRAPUP_REASON:
            agent.lasting_pause = reason
        self.verb(name, AgentVerb.UNPAUSED if reason is None else AgentVerb.PAUSED, at)

    def phone(self, name: str, reachable: bool, at: datetime) -> None:
        """The phone of the seat can be rung, or cannot."""
        agent = self._agent(name)
        if agent.reachable != reachable:
            agent.reachable = reachable
            self.verb(name, AgentVerb.REACHABLE if reachable else AgentVerb.UNREACHABLE, at)

    def completed(self, name: str, queue: str, at: datetime, call_id: str) -> None:
        """The talk is over: wrap-up, where the queue has one."""
        seconds = self._wrapup.get(queue, 0)
        agent = self._agent(name)
        if agent.call_id != call_id:
            return
        if seconds <= 0 or agent.interface is None or not agent.queues:
            self.verb(name, AgentVerb.RELEASED, at)
            return
        agent.until = until = at + timedelta(seconds=seconds)
        self._changes.wrapups.append(WrapUp(name, agent.interface, until, seconds))
        self._add(
            EventType.WRAP_UP_STARTED, at, agent, {"until": until.isoformat()}, call_id, call_id
        )
        self.verb(name, AgentVerb.COMPLETED, at, call_id)

    def rung_again(self, name: str, at: datetime, call_id: str) -> None:
        """A caller the agent sent on comes back, by no queue: the work after the talk is over."""
        agent = self._agent(name)
        if agent.pause == WRAPUP_REASON and agent.interface is not None:
            self._changes.wrapups.append(WrapUp(name, agent.interface, at, over=True))
        self.verb(name, AgentVerb.RANG, at, call_id)

    def released(self, name: str, at: datetime, call_id: str) -> None:
        """The call is over for this agent, without a word from Asterisk about the agent."""
        agent = self.agents.get(name)
        if agent is not None and agent.call_id == call_id and agent.state in _ON_A_CALL:
            self.verb(name, AgentVerb.RELEASED, at)

    def verb(self, name: str, verb: AgentVerb, at: datetime, call_id: str | None = None) -> None:
        """Move one agent; an illegal move is an event too."""
        agent = self._agent(name)
        state = move(agent, verb)
        if state is None:
            self._illegal(agent, verb, at, call_id)
            return
        before = (agent.state, agent.reason, agent.call_id)
        agent.state = state
        agent.call_id = (call_id or agent.call_id) if state in _WITH_CALL else None
        if state is not AgentState.WRAPUP:
            agent.until = None
        agent.reason = reason_of(agent)
        if (state, agent.reason, agent.call_id) == before:
            return
        agent.since = at
        self._changes.agents[name] = agent
        data = {
            "state": state,
            "reason": agent.reason,
            "since": at.isoformat(),
            "until": agent.until.isoformat() if agent.until else None,
            "call_id": agent.call_id,
            "phone": agent.phone,
        }
        self._add(EventType.AGENT_STATE_CHANGED, at, agent, data, agent.call_id, state)

    def _illegal(self, agent: Agent, verb: AgentVerb, at: datetime, call_id: str | None) -> None:
        data = {"machine": "agent", "state": agent.state, "verb": verb}
        self._add(EventType.ILLEGAL_MOVE, at, agent, data, call_id, f"{agent.state}.{verb}")

    def _add(
        self,
        kind: EventType,
        at: datetime,
        agent: Agent,
        data: Mapping[str, object],
        call_id: str | None,
        mark: str,
    ) -> None:
        moment = round(at.timestamp() * 1_000_000)
        source = f"{self._node}:{agent.agent}:{kind}:{mark}:{moment}"
        self._changes.events.append(Draft(kind, at, call_id, agent.agent, data, source))

    def _agent(self, name: str) -> Agent:
        agent = self.agents.get(name)
        if agent is None:
            agent = self.agents[name] = Agent(name)
        return agent


_ON_A_CALL = (AgentState.RINGING, AgentState.TALKING)
_WITH_CALL = (*_ON_A_CALL, AgentState.WRAPUP)
