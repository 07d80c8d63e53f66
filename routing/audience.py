"""For whom does a caller speak: for themselves, or for an enterprise?"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from .catalogue import Catalogue, QueueKind


class Audience(StrEnum):
    """企业群众: who asks."""

    PERSONAL = "personal"
    ENTERPRISE = "enterprise"


def audience_of(catalogue: Catalogue, number: str, steps: Iterable[tuple[str, str]]) -> Audience:
    """An enterprise where the call was bound for the enterprise line (一企来), else a person.

    `steps` are a call's steps with what became of the one before: ("queue:general-seats", "key:1").
    It counts where the caller was bound, also when its seats were busy or closed.
    """
    index = catalogue.index
    dialled = index.hotlines.get(number, index.main)
    served = index.hotlines.get(dialled.joined, dialled) if dialled.joined else dialled
    bound = {served.expert_queue or served.queue}
    for step, result in steps:
        bound |= {step.removeprefix("queue:"), served.keys.get(result.removeprefix("key:"), "")}
    found = (index.queues.get(name) for name in bound)
    enterprise = any(queue is not None and queue.kind is QueueKind.ENTERPRISE for queue in found)
    return Audience.ENTERPRISE if enterprise else Audience.PERSONAL
