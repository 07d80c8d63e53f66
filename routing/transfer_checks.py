"""Checks on transfer targets: a way out for each, and no road to an emergency number or to us."""

from __future__ import annotations

from collections.abc import Iterator

from .draft import Draft
from .entry_faults import hints
from .faults import Fault, Place, fault
from .numbers import dialled_forms, emergency_number


def partner_lines_are_told_apart(draft: Draft) -> Iterator[Fault]:
    """A transfer names its target by one word: no two partners, and no queue, share it."""
    seen: dict[str, Place] = {}
    for i, queue in draft.queues.items():
        seen.setdefault(queue.name, draft.at("queues", i, "name"))
    for i, line in draft.partner_lines.items():
        place = draft.at("partner_lines", i, "name")
        if line.name in seen:
            yield fault(place, "name_twice", name=line.name, first=seen[line.name])
        seen.setdefault(line.name, place)


def partner_lines_have_a_way_out(draft: Draft) -> Iterator[Fault]:
    """Each partner is dialled at a peer of `ways_out`; an emergency trunk is none of them."""
    known = draft.names("ways_out", "peer")
    for i, line in draft.partner_lines.items():
        if line.peer not in known:
            place = draft.at("partner_lines", i, "peer")
            yield fault(place, "way_out_unknown", name=line.peer, **hints(line.peer, known))


def partner_lines_are_elsewhere(draft: Draft) -> Iterator[Fault]:
    """No partner's number is an emergency number in any form, nor one that rings with us."""
    ours = {line.number for line in draft.hotlines.values()}
    if draft.city is not None:
        ours |= {*draft.city.pilot_numbers}
        ours |= {form for number in list(ours) for form in dialled_forms(number, draft.city)}
    for i, line in draft.partner_lines.items():
        place = draft.at("partner_lines", i, "number")
        if emergency_number(line.number):
            yield fault(place, "partner_emergency", number=line.number)
        elif line.number in ours:
            yield fault(place, "partner_is_ours", number=line.number)


def partner_lines_say_each_way_once(draft: Draft) -> Iterator[Fault]:
    """`transfer` lists warm, cold or both."""
    for i, line in draft.partner_lines.items():
        if not line.transfer or len(set(line.transfer)) != len(line.transfer):
            yield fault(draft.at("partner_lines", i, "transfer"), "transfer_ways", name=line.name)


def returned_callers_are_first(draft: Draft) -> Iterator[Fault]:
    """Who comes back from a transfer has waited twice: nobody in the queue is before them but who
    rang an emergency number that nobody took, since a life may depend on that call."""
    limits = draft.limits
    if limits is None:
        return
    others = [limits.overflow_priority, limits.repeat_priority]
    others += [draft.call_backs.priority] if draft.call_backs else []
    if limits.return_priority <= max(others):
        place = draft.at("limits", "return_priority")
        yield fault(place, "return_not_first", highest=max(others))
    if limits.emergency_priority <= limits.return_priority:
        place = draft.at("limits", "emergency_priority")
        yield fault(place, "emergency_not_first", returned=limits.return_priority)
