"""The hall for those who oversee it."""

from __future__ import annotations

from typing import cast

from fastapi import APIRouter, Request

from .access import Overseer
from .floor import Floor
from .schemas import FloorRead

router = APIRouter(prefix="/floor", tags=["floor"])


@router.get("")
async def floor(_user: Overseer, request: Request) -> FloorRead:
    """Queues, agents and the day's figures."""
    return await cast(Floor, request.app.state.floor).read()
