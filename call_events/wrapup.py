"""The pause after each talk: begun right away, ended by the clock or by the agent."""

import asyncio
import logging
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Final

from .agent_state import WRAPUP_REASON, Agent, AgentState
from .changes import WrapUp
from .control import pause_action
from .errors import ActionRefused, LinkError
from .link import AmiLink

log = logging.getLogger(__name__)

TRIES: Final = 5
RETRY_SECONDS: Final = 0.5


class WrapUpClock:
    """Pauses and unpauses phones through the controller's account."""

    def __init__(self, controller: AmiLink, agent: Callable[[str], Agent | None]) -> None:
        self._controller = controller
        self._agent = agent
        self._running: dict[str, asyncio.Task[None]] = {}

    def start(self, wrapups: Iterable[WrapUp]) -> None:
        """Begin each wrap-up now; a newer one of the same agent replaces the older."""
        for wrapup in wrapups:
            self._replace(wrapup, pause_first=not wrapup.over)

    def resume(self, agents: Iterable[Agent]) -> None:
        """Take over the wrap-ups that were running when an earlier recorder ended.

        None lasts longer than it was to last: the clock may have been set back meanwhile.
        """
        now = datetime.now(UTC)
        for agent in agents:
            if agent.state is AgentState.WRAPUP and agent.interface:
                until = agent.until or now
                seconds = (until - (agent.since or until)).total_seconds()
                if agent.agent not in self._running:
                    wrapup = WrapUp(agent.agent, agent.interface, until, seconds)
                    self._replace(wrapup, pause_first=False)

    def stop(self) -> None:
        for task in self._running.values():
            task.cancel()

    def _replace(self, wrapup: WrapUp, *, pause_first: bool) -> None:
        old = self._running.pop(wrapup.agent, None)
        if old is not None:
            old.cancel()
        task = asyncio.ensure_future(self._wrap_up(wrapup, pause_first))
        self._running[wrapup.agent] = task
        task.add_done_callback(lambda done: self._forget(wrapup.agent, done))

    def _forget(self, agent: str, task: "asyncio.Task[None]") -> None:
        if self._running.get(agent) is task:
            del self._running[agent]

    async def _wrap_up(self, wrapup: WrapUp, pause_first: bool) -> None:
        if pause_first:
            await self._ask(wrapup.interface, WRAPUP_REASON)
        left = (wrapup.until - datetime.now(UTC)).total_seconds()
        await asyncio.sleep(max(0.0, min(left, wrapup.seconds)))
        agent = self._agent(wrapup.agent)
        # The agent may have ended it, gone away, or been rung in the moment before our pause.
        if agent is not None and agent.pause == WRAPUP_REASON:
            await self._ask(wrapup.interface, agent.lasting_pause)

    async def _ask(self, interface: str, reason: str | None) -> None:
        # Pausing twice is pausing once, so an unknown outcome is simply asked again.
        for _ in range(TRIES):
            try:
                await self._controller.request(pause_action(interface, reason))
                return
            except ActionRefused:
                return
            except LinkError as failure:
                log.warning("wrap-up pause not set: %s", failure.code)
                await asyncio.sleep(RETRY_SECONDS)
