"""The catalogue's lines, queues and choices as the page needs them."""

from __future__ import annotations

from fastapi import APIRouter

from routing.catalogue import QueueRule

from .access import Anyone, Parts
from .call_view import hotline_json
from .schemas import ChoiceRead, HotlineRead, QueueRead

router = APIRouter(tags=["catalogue"])


def queue_read(queue: QueueRule, penalty: int | None = None) -> QueueRead:
    """A queue by its names."""
    return QueueRead(
        name=queue.name,
        name_zh=queue.name_zh,
        name_en=queue.name_en,
        kind=queue.kind,
        wrapup_seconds=queue.wrapup_seconds,
        penalty=penalty,
    )


@router.get("/pause-reasons")
async def pause_reasons(_user: Anyone, deps: Parts) -> list[ChoiceRead]:
    """Why an agent may pause."""
    return [
        ChoiceRead(code=reason.code, zh=reason.zh, en=reason.en)
        for reason in deps.catalogue.pause_reasons
    ]


@router.get("/policy-categories")
async def policy_categories(_user: Anyone, deps: Parts) -> list[ChoiceRead]:
    """What an enterprise may ask about."""
    return [
        ChoiceRead(code=category.code, zh=category.zh, en=category.en)
        for category in deps.catalogue.policy_categories
    ]


@router.get("/hotlines")
async def hotlines(_user: Anyone, deps: Parts) -> list[HotlineRead]:
    """Every number of the plan's annex, in the catalogue's order."""
    return [
        HotlineRead(
            **hotline_json(deps.catalogue, line.number, line.mode.value),
            queue=line.queue,
            expert_queue=line.expert_queue,
            joined=line.joined,
            clause=line.clause,
        )
        for line in deps.catalogue.hotlines
    ]


@router.get("/queues")
async def queues(_user: Anyone, deps: Parts) -> list[QueueRead]:
    """Every queue, in the catalogue's order."""
    return [queue_read(queue) for queue in deps.catalogue.queues]
