"""Who is at work, as the recorder last wrote it down."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from database.engine import reading

from .agent_state import AgentState
from .tables import agent_states

AWAY: Final = frozenset((AgentState.PAUSED, AgentState.OFFLINE))


class AgentsAtWork:
    """Asked by the loop before a caller is given back to an agent. Errors: SQLAlchemyError.

    Asterisk's queues know a break only as a pause, and work after a call is one too.
    """

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def away(self, seat: str) -> bool:
        """Whether the agent of a phone ("8001-web") has a break or is off; wrap-up is neither."""
        state = select(agent_states.c.state).where(agent_states.c.agent == seat.partition("-")[0])
        async with reading(self._engine) as connection:
            return await connection.scalar(state) in AWAY
