"""Checks on the numbers: listed once, joined soundly, and emergencies kept apart."""

from __future__ import annotations

from collections.abc import Iterator

from .catalogue import Hotline, MergerMode, QueueKind
from .draft import Draft
from .faults import Fault, Place, fault
from .numbers import EMERGENCY_NUMBERS, dialled_forms

# Sections of pjsip.conf; a trunk named "seat" would even share the context of the seats.
RESERVED_PEER_NAMES = frozenset(
    {"desk", "global", "lock", "place", "seat", "system", "udp", "web", "ws"}
)


def one_main_number(draft: Draft) -> Iterator[Fault]:
    """One main number, which is the city's own, greets its callers and has people behind it."""
    mains = [(i, line) for i, line in draft.hotlines.items() if line.mode is MergerMode.MAIN]
    city = draft.city
    if city is None or not (draft.hotlines and draft.whole("hotlines")):
        return
    right = [pair for pair in mains if pair[1].number == city.hotline_number]
    if not right:
        place = draft.at("hotlines", mains[0][0], "number") if mains else draft.at("hotlines")
        yield fault(place, "main_count", number=city.hotline_number)
    for i, line in mains:
        if right and i != right[0][0]:
            place = draft.at("hotlines", i, "mode")
            yield fault(place, "main_count", number=city.hotline_number)
        elif line.greeting is None:
            yield fault(draft.at("hotlines", i), "main_without_greeting")
        general = [q.name for q in draft.queues.values() if q.kind is QueueKind.GENERAL]
        if general and line.queue not in general:
            yield fault(draft.at("hotlines", i, "queue"), "main_queue", general=general[0])


def numbers_are_listed_once(draft: Draft) -> Iterator[Fault]:
    """No number twice, not even in another dialled form of the same number."""
    seen: dict[str, Place] = {}
    listed = [(h.number, draft.at("hotlines", i, "number")) for i, h in draft.hotlines.items()]
    pilots = draft.city.pilot_numbers if draft.city else ()
    listed += [(n, draft.at("city", "pilot_numbers", i)) for i, n in enumerate(pilots)]
    for number, place in listed:
        forms = dialled_forms(number, draft.city) if draft.city else (number,)
        first = next((seen[form] for form in forms if form in seen), None)
        if first is not None:
            yield fault(place, "number_twice", number=number, first=first)
        for form in forms:
            seen.setdefault(form, place)


def emergency_numbers_are_never_merged(draft: Draft) -> Iterator[Fault]:
    """110, 119, 120 and 122 stay out of the merger （plan, section 一）, in any dialled form."""
    forbidden = set(EMERGENCY_NUMBERS)
    if draft.city is not None:
        forbidden = {f for n in EMERGENCY_NUMBERS for f in dialled_forms(n, draft.city)}
    forbidden |= {h.number for h in draft.hotlines.values() if h.mode is MergerMode.EMERGENCY}
    for i, line in draft.hotlines.items():
        if line.number in forbidden and line.mode is not MergerMode.EMERGENCY:
            field = "number" if line.line else "mode"
            place = draft.at("hotlines", i, field)
            yield fault(place, "emergency_merged", number=line.number)
        if line.joined in forbidden:
            place = draft.at("hotlines", i, "joined")
            yield fault(place, "emergency_merged", number=line.joined)
    for i, pilot in enumerate(draft.city.pilot_numbers if draft.city else ()):
        if pilot in forbidden:
            place = draft.at("city", "pilot_numbers", i)
            yield fault(place, "emergency_pilot", number=pilot)


def emergency_numbers_go_straight_out(draft: Draft) -> Iterator[Fault]:
    """An emergency call meets no greeting, notice or key, and returns to the general queue."""
    general = [q.name for q in draft.queues.values() if q.kind is QueueKind.GENERAL]
    for i, line in draft.hotlines.items():
        if line.mode is not MergerMode.EMERGENCY:
            continue
        if draft.tree.child("emergency") is None:
            yield fault(draft.at("hotlines", i, "mode"), "emergency_unlinked")
        for extra in ("greeting", "notice", "keys", "joined", "expert_queue"):
            if getattr(line, extra):
                place = draft.at_key("hotlines", i, extra)
                yield fault(place, "emergency_with_menu", key=extra)
        if general and line.queue not in general:
            place = draft.at("hotlines", i, "queue")
            yield fault(place, "emergency_queue", general=general[0])


def joined_numbers_answer_for_themselves(draft: Draft) -> Iterator[Fault]:
    """A number joins one that is listed and that has not itself joined another."""
    listed = draft.names("hotlines", "number")
    by_number = {line.number: line for line in draft.hotlines.values()}
    for i, line in draft.hotlines.items():
        if line.joined is None:
            continue
        place = draft.at("hotlines", i, "joined")
        if line.joined not in listed:
            yield fault(place, "joined_unknown", number=line.joined)
        elif _cannot_be_joined(by_number.get(line.joined), line.number):
            yield fault(place, "joined_chain", number=line.joined)


def _cannot_be_joined(target: Hotline | None, number: str) -> bool:
    if target is None:
        return False
    direct = target.mode in (MergerMode.MAIN, MergerMode.MERGED, MergerMode.PARALLEL)
    return target.joined is not None or target.number == number or not direct


def sub_centres_are_listed_on_both_sides(draft: Draft) -> Iterator[Fault]:
    """A sub-centre has a number that callers dial and a peer that answers it."""
    dialled = {
        line.number: i for i, line in draft.hotlines.items() if line.mode is MergerMode.SUB_CENTRE
    }
    peers = draft.names("sub_centres", "number")
    for number, i in dialled.items():
        if number not in peers:
            place = draft.at("hotlines", i, "number")
            yield fault(place, "sub_centre_unmatched", number=number)
    seen: dict[str, Place] = {}
    for i, centre in draft.sub_centres.items():
        place = draft.at("sub_centres", i, "number")
        if centre.number in seen:
            first = seen[centre.number]
            yield fault(place, "number_twice", number=centre.number, first=first)
        elif centre.number not in dialled and draft.whole("hotlines"):
            yield fault(place, "sub_centre_unmatched", number=centre.number)
        seen.setdefault(centre.number, place)


def peers_can_be_told_apart(draft: Draft) -> Iterator[Fault]:
    """Each SIP neighbour has its own name; each that rings us has an address of its own."""
    names: dict[str, Place] = {}
    hosts: dict[str, Place] = {}
    for name, host, path in _neighbours(draft):
        place = draft.at(*path, "name" if path[0] == "trunks" else "peer")
        if name in names:
            yield fault(place, "peer_twice", name=name, first=names[name])
        names.setdefault(name, place)
        if name in RESERVED_PEER_NAMES:
            yield fault(place, "peer_reserved", name=name)
        if path[0] in ("trunks", "sub_centres"):
            spot = draft.at(*path, "host")
            if host in hosts:
                yield fault(spot, "host_shared", host=host, first=hosts[host])
            hosts.setdefault(host, spot)


def _neighbours(draft: Draft) -> Iterator[tuple[str, str, tuple[str | int, ...]]]:
    for i, trunk in draft.trunks.items():
        yield trunk.name, trunk.host, ("trunks", i)
    for i, centre in draft.sub_centres.items():
        yield centre.peer, centre.host, ("sub_centres", i)
    for i, way in draft.ways_out.items():
        yield way.peer, way.host, ("ways_out", i)
    if draft.emergency is not None:
        yield draft.emergency.peer, draft.emergency.host, ("emergency",)
