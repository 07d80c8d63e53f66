"""The pause after a talk: as long as it was to be, whatever the clock does."""

import asyncio
from datetime import UTC, datetime, timedelta

from call_events.agent_state import WRAPUP_REASON, Agent, AgentState
from call_events.link import AmiLink
from call_events.wrapup import WrapUpClock
from tests.support.ami import FakeAsterisk


async def test_given_a_clock_set_back_an_hour_a_wrapup_that_went_on_is_not_an_hour_long() -> None:
    began = datetime.now(UTC) + timedelta(hours=1)  # as the clock said it then
    agent = Agent("8001", AgentState.WRAPUP, WRAPUP_REASON, began)
    agent.interface, agent.pause = "PJSIP/8001-web", WRAPUP_REASON
    agent.until = began + timedelta(seconds=0.3)
    async with FakeAsterisk() as asterisk:
        controller = AmiLink("127.0.0.1", asterisk.port, "controller", "right")
        running = asyncio.create_task(controller.run())
        await controller.wait_up(5)
        clock = WrapUpClock(controller, {"8001": agent}.get)
        clock.resume([agent])
        async with asyncio.timeout(5):
            while not asterisk.asked("QueuePause"):
                await asyncio.sleep(0.01)
        (action,) = asterisk.asked("QueuePause")
        assert action["Paused"] in ("0", "false")
        clock.stop()
        running.cancel()
