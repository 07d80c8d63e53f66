"""To whom an agent may transfer a caller, and where a transferred call goes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from .opening_hours import OpeningHours
from .steps import SILENT, AgentReturn, Outcome, PartnerLine, Reason, Rule, SubCentre

if TYPE_CHECKING:
    from .catalogue import Catalogue

# A path's word for "this seat sent the caller on": `agent:8001-web=transfer:water`.
AGENT: Final = "agent"
TRANSFER: Final = "transfer:"
PARTNER: Final = "partner"
EXPERT_WAYS: Final = ("warm", "cold")


class TargetKind(StrEnum):
    """Who stands at the other end."""

    PARTNER = "partner"
    SUB_CENTRE = "sub_centre"
    EXPERT = "expert"


@dataclass(frozen=True, slots=True)
class Target:
    """One place a caller may be transferred to; `ways` are "warm" and "cold", the usual one first.

    `number` is what is dialled, "" for a queue of experts. `windows` None is always.
    """

    name: str
    kind: TargetKind
    group: str
    number: str
    peer: str
    ring_seconds: int
    name_zh: str
    name_en: str
    ways: tuple[str, ...]
    windows: tuple[str, ...] | None
    hours: OpeningHours | None
    source: str

    def open_at(self, now: datetime) -> bool:
        """Whether somebody answers there now, as far as the catalogue knows."""
        return self.hours is None or self.hours.open_at(now)


def build_targets(catalogue: Catalogue, hours: dict[str, OpeningHours]) -> dict[str, Target]:
    """Every target by its name: partners, sub-centres, experts; never an emergency number."""
    found = [*_partners(catalogue, hours), *_sub_centres(catalogue), *_experts(catalogue, hours)]
    return {target.name: target for target in found}


def sent_on(path: tuple[Outcome, ...]) -> Outcome | None:
    """The last transfer by an agent that is not settled yet, or None.

    It is settled once that agent was rung again, or the caller waits in another queue.
    """
    waited_in = set[str]()
    for outcome in reversed(path):
        kind, _, name = outcome.step.partition(":")
        if kind == "queue":
            waited_in.add(name)
        if kind == AGENT:
            wished = outcome.result.startswith(TRANSFER)
            target = outcome.result.removeprefix(TRANSFER)
            return outcome if wished and waited_in <= {target} else None
    return None


def transfer_step(catalogue: Catalogue, name: str) -> SubCentre | PartnerLine | None:
    """The leg a transfer dials; None where the target is a queue or not in the catalogue."""
    target = catalogue.index.targets.get(name)
    if target is None or target.kind is TargetKind.EXPERT:
        return None
    reason = Reason(Rule.TRANSFER, target.source)
    if target.kind is TargetKind.SUB_CENTRE:
        return SubCentre(target.number, target.peer, target.ring_seconds, SILENT, reason)
    number, ring = target.number, target.ring_seconds
    return PartnerLine(target.name, number, target.peer, ring, SILENT, reason)


def back_to_agent(sent: Outcome, ring_seconds: int, wanted: str) -> AgentReturn:
    """The agent who sent the caller on is rung again, if free."""
    seat = sent.step.removeprefix(f"{AGENT}:")
    reason = Reason(Rule.TRANSFER_RETURN, sent.result.removeprefix(TRANSFER))
    return AgentReturn(seat, ring_seconds, SILENT, reason, wanted)


def _partners(catalogue: Catalogue, hours: dict[str, OpeningHours]) -> list[Target]:
    ways_out = {way.peer: way for way in catalogue.ways_out}
    return [
        Target(
            line.name, TargetKind.PARTNER, line.group.value, line.number, line.peer,
            ways_out[line.peer].ring_seconds, line.name_zh, line.name_en,
            tuple(way.value for way in line.transfer), line.hours, hours.get(line.name),
            line.source,
        )
        for line in catalogue.partner_lines
    ]  # fmt: skip


def _sub_centres(catalogue: Catalogue) -> list[Target]:
    names = {line.number: line for line in catalogue.hotlines}
    return [
        Target(
            centre.number, TargetKind.SUB_CENTRE, "sub_centre", centre.number, centre.peer,
            centre.ring_seconds, names[centre.number].name_zh, names[centre.number].name_en,
            ("warm", "cold"), None, None, names[centre.number].source,
        )
        for centre in catalogue.sub_centres
    ]  # fmt: skip


def _experts(catalogue: Catalogue, hours: dict[str, OpeningHours]) -> list[Target]:
    return [
        Target(
            queue.name, TargetKind.EXPERT, "expert", "", "", queue.ring_seconds, queue.name_zh,
            queue.name_en, EXPERT_WAYS, queue.hours, hours.get(queue.name), queue.source,
        )
        for queue in catalogue.queues
        if queue.kind in ("expert", "service", "enterprise", "language")
    ]  # fmt: skip
