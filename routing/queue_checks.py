"""Checks on queues and seats: every road ends in the general queue, where somebody sits."""

from __future__ import annotations

from collections.abc import Iterator

from .catalogue import QueueKind
from .draft import Draft
from .entry_faults import hints
from .faults import Fault, Place, fault

MAX_SEATS_IN_RANGE = 5000
# Asterisk reads this section of queues.conf as settings, so such a queue would never exist.
RESERVED_QUEUE_NAMES = frozenset({"general"})


def names_are_given_once(draft: Draft) -> Iterator[Fault]:
    """Queues, pause reasons and policy categories have names of their own."""
    named = [(q.name, ("queues", i, "name")) for i, q in draft.queues.items()]
    named += [(r.code, ("pause_reasons", i, "code")) for i, r in draft.pause_reasons.items()]
    categories = draft.policy_categories.items()
    named += [(c.code, ("policy_categories", i, "code")) for i, c in categories]
    seen: dict[tuple[str, str], Place] = {}
    for name, path in named:
        place = draft.at(*path)
        first = seen.setdefault((path[0], name), place)
        if first is not place:
            yield fault(place, "name_twice", name=name, first=first)
        if path[0] == "queues" and name in RESERVED_QUEUE_NAMES:
            yield fault(place, "queue_reserved", name=name)


def queues_exist(draft: Draft) -> Iterator[Fault]:
    """Every queue that is named anywhere is listed."""
    known = draft.names("queues", "name")
    for name, place in _named_queues(draft):
        if name not in known:
            yield fault(place, "queue_unknown", name=name, **hints(name, known))


def _named_queues(draft: Draft) -> Iterator[tuple[str, Place]]:
    for i, line in draft.hotlines.items():
        yield line.queue, draft.at("hotlines", i, "queue")
        if line.expert_queue is not None:
            yield line.expert_queue, draft.at("hotlines", i, "expert_queue")
        for key, target in line.keys.items():
            yield target, draft.at("hotlines", i, "keys", key)
    if draft.open_list is not None:
        yield draft.open_list.queue, draft.at("open_list", "queue")
    for i, queue in draft.queues.items():
        if queue.overflow is not None:
            yield queue.overflow, draft.at("queues", i, "overflow")
    for i, group in draft.seats.items():
        for name in group.queues:
            yield name, draft.at_key("seats", i, "queues", name)


def language_queues_say_which(draft: Draft) -> Iterator[Fault]:
    """A queue of kind language says in which prompts are spoken to its callers; no other does."""
    for i, queue in draft.queues.items():
        if (queue.kind is QueueKind.LANGUAGE) != (queue.language is not None):
            yield fault(draft.at("queues", i, "language"), "language_of_queue", name=queue.name)


def one_general_queue(draft: Draft) -> Iterator[Fault]:
    """One queue is the end of every road: it never closes and never sends a caller on."""
    general = [(i, q) for i, q in draft.queues.items() if q.kind is QueueKind.GENERAL]
    if not general and draft.queues and draft.whole("queues"):
        yield fault(draft.at("queues"), "general_count")
    for i, _ in general[1:]:
        yield fault(draft.at("queues", i, "kind"), "general_count")
    for i, queue in general:
        for field in ("overflow", "hours", "holiday_hours", "wait_seconds"):
            if getattr(queue, field):
                yield fault(draft.at_key("queues", i, field), "general_leaves", key=field)
        told = draft.announcements is None or draft.announcements.full is not None
        if queue.most_waiting and not told:
            yield fault(draft.at_key("queues", i, "most_waiting"), "full_untold")


def calls_are_rung_back_through_a_trunk(draft: Draft) -> Iterator[Fault]:
    """Promised calls go out through a carrier link that is listed."""
    rule = draft.call_backs
    known = draft.names("trunks", "name")
    if rule is not None and rule.trunk is not None and rule.trunk not in known:
        place = draft.at("call_backs", "trunk")
        yield fault(place, "trunk_unknown", name=rule.trunk, **hints(rule.trunk, known))


def every_queue_ends_in_the_general_one(draft: Draft) -> Iterator[Fault]:
    """Following the overflow of any queue leads to the general queue, never round in a circle."""
    by_name = {queue.name: queue for queue in draft.queues.values()}
    told: set[str] = set()
    for i, queue in draft.queues.items():
        if queue.kind is QueueKind.GENERAL:
            continue
        if queue.overflow is None or queue.wait_seconds == 0:
            yield fault(draft.at("queues", i), "overflow_missing", name=queue.name)
        trail = [queue.name]
        while (queue_at := by_name.get(trail[-1])) and queue_at.overflow:
            trail.append(queue_at.overflow)
            if trail[-1] in trail[:-1]:
                break
        in_circle = trail[-1] == queue.name and len(trail) > 1
        if in_circle and queue.name not in told:
            told.update(trail)
            cycle = " → ".join(trail)
            yield fault(draft.at("queues", i, "overflow"), "overflow_cycle", cycle=cycle)


def seats_are_listed_once(draft: Draft) -> Iterator[Fault]:
    """Seat ranges run upwards, do not overlap, and share no number with a hotline."""
    numbers = draft.names("hotlines", "number")
    seen: dict[str, Place] = {}
    for i, group in draft.seats.items():
        place = draft.at("seats", i, "extensions")
        first, _, last = group.extensions.partition("-")
        last = last or first
        size = int(last) - int(first) + 1
        if len(first) != len(last) or not 0 < size <= MAX_SEATS_IN_RANGE:
            value, limit = group.extensions, MAX_SEATS_IN_RANGE
            yield fault(place, "seats_bad", value=value, limit=limit)
            continue
        twice = next((seat for seat in group.numbers if seat in seen), None)
        if twice is not None:
            yield fault(place, "seats_overlap", seat=twice, first=seen[twice])
        for seat in sorted(numbers.intersection(group.numbers)):
            yield fault(place, "seat_is_number", seat=seat)
        for seat in group.numbers:
            seen.setdefault(seat, place)


def general_queue_has_seats(draft: Draft) -> Iterator[Fault]:
    """Somebody sits in the general queue, or nobody would ever answer."""
    general = [q.name for q in draft.queues.values() if q.kind is QueueKind.GENERAL]
    staffed = {name for group in draft.seats.values() for name in group.queues}
    if general and general[0] not in staffed and draft.seats and draft.whole("seats"):
        yield fault(draft.at("seats"), "general_unstaffed", general=general[0])
