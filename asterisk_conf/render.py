"""Asterisk's configuration as text: base files as they are, templates filled from the catalogue.

Rendering is pure: the same catalogue and instance give the same bytes, so a difference on disk is
a change somebody made.
"""

import hashlib
from collections.abc import Iterable, Mapping
from importlib import resources
from typing import Any, Final

import jinja2

from call_events.packets import READER_EVENTS
from routing.catalogue import Catalogue, City, MergerMode
from routing.neighbours import SipPeer
from routing.numbers import dialled_forms

from .instance import Instance, Secrets

GENERATED: Final = {
    "asterisk.conf": "asterisk.conf.j2",
    "manager.conf": "manager.conf.j2",
    "http.conf": "http.conf.j2",
    "rtp.conf": "rtp.conf.j2",
    "musiconhold.conf": "musiconhold.conf.j2",
    "pjsip.conf": "pjsip.conf.j2",
    "queues.conf": "queues.conf.j2",
    "generated/globals.conf": "globals.conf.j2",
    "generated/numbers.conf": "numbers.conf.j2",
    "generated/seats_dial.conf": "seats_dial.conf.j2",
    "generated/ring_back.conf": "ring_back.conf.j2",
    "generated/targets.conf": "targets.conf.j2",
}

RESCUE_TABLE: Final = "rescue.json"


def render(
    catalogue: Catalogue, instance: Instance, secrets: Secrets, rescue_table: str
) -> dict[str, str]:
    """Return every file below Asterisk's configuration folder, text by relative path.

    `rescue_table` is what the rescue script looks up (`agi_scripts.rescue_table`).
    """
    files = dict(base_files())
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("asterisk_conf"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )
    context = _context(catalogue, instance, secrets)
    for path, template in GENERATED.items():
        body = environment.get_template(template).render(context)
        files[path] = _header(template, body) + body
    files[RESCUE_TABLE] = rescue_table
    return files


def base_files() -> Mapping[str, str]:
    """Return the hand-written files."""
    base = resources.files(__package__) / "base"
    return {
        entry.name: entry.read_text("utf-8")
        for entry in sorted(base.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".conf")
    }


def _header(template: str, body: str) -> str:
    digest = hashlib.sha256(body.encode()).hexdigest()[:16]
    return (
        f"; Generated from {template} and the catalogue; edit those, then: hotline conf apply\n"
        f"; sha256 of what follows: {digest}\n"
    )


def _peers(catalogue: Catalogue) -> tuple[SipPeer, ...]:
    emergency = (catalogue.emergency,) if catalogue.emergency else ()
    return (*catalogue.sub_centres, *catalogue.ways_out, *emergency)


def _spelled(numbers: Iterable[str], city: City) -> list[dict[str, Any]]:
    """Each number with the other forms in which a carrier may send it."""
    return [
        {"digits": number, "forms": [f for f in dialled_forms(number, city) if f != number]}
        for number in numbers
    ]


def _ring_back(catalogue: Catalogue, instance: Instance) -> dict[str, Any]:
    """Where promised call-backs go out; an empty `trunk` is nowhere."""
    rule = catalogue.call_backs
    hosts = {trunk.name: trunk.host for trunk in catalogue.trunks}
    host, port = instance.peers.get(rule.trunk or "", (hosts.get(rule.trunk or "", ""), rule.port))
    return {
        "trunk": rule.trunk or "",
        "host": host,
        "port": port,
        "ring_seconds": rule.ring_seconds,
        "number": catalogue.city.hotline_number,
    }


def _context(catalogue: Catalogue, instance: Instance, secrets: Secrets) -> dict[str, Any]:
    city = catalogue.city
    ours = (city.hotline_number, *city.pilot_numbers)
    emergency = [h.number for h in catalogue.hotlines if h.mode is MergerMode.EMERGENCY]
    centres = {centre.peer: centre.number for centre in catalogue.sub_centres}
    elsewhere = (MergerMode.EMERGENCY, MergerMode.SUB_CENTRE)
    ours_to_answer = [h.number for h in catalogue.hotlines if h.mode not in elsewhere]
    return {
        "etc": instance.etc,
        "modules": instance.modules(),
        "var": instance.var,
        "share": instance.share,
        "spool": instance.spool,
        "messages": instance.voice_messages,
        "run": instance.run,
        "log": instance.log,
        "sbin": instance.root / "usr/sbin",
        "node": instance.node,
        "asterisk_bound": instance.asterisk_bound,
        "ami_port": instance.ami_port,
        "http_port": instance.http_port,
        "agi_port": instance.agi_port,
        "sip_host": instance.sip_host,
        "sip_port": instance.sip_port,
        "rtp_start": instance.rtp_start,
        "rtp_end": instance.rtp_end,
        "moh": instance.prompts / "moh",
        "secrets": secrets,
        "reader_events": READER_EVENTS,
        "trunks": catalogue.trunks,
        "peers": [
            {"name": peer.peer, "host": host, "port": port, "centre": centres.get(peer.peer, "")}
            for peer in _peers(catalogue)
            for host, port in [instance.peers.get(peer.peer, (peer.host, peer.port))]
        ],
        "seats": [
            {"extension": extension, "password": secrets.seats[extension]}
            for extension in catalogue.index.seats
        ],
        "queues": catalogue.queues,
        "ring_back": _ring_back(catalogue, instance),
        "wrapup_guard": instance.wrapup_guard,
        "our_numbers": _spelled((*ours_to_answer, *city.pilot_numbers), city),
        "sub_centre_numbers": _spelled(centres.values(), city),
        "emergency_numbers": _spelled(emergency, city),
        "redirected": _spelled(ours, city),
        "targets": [target for target in catalogue.index.targets.values() if target.number],
        "experts": [q for q in catalogue.queues if q.name in catalogue.index.targets],
        "return_priority": catalogue.limits.return_priority,
        "emergency_calls": emergency if catalogue.emergency else [],
        "emergency": catalogue.emergency,
        "landing_hops": catalogue.limits.landing_hops,
        "rescue_script": instance.share / "agi-bin/rescue",
        "rescue_deadline": instance.rescue_deadline,
        "rescue_limit": instance.rescue_limit,
        "loop_deadline": instance.loop_deadline,
        "step_limit": instance.step_limit,
        "max_calls": instance.max_calls,
        "general_queue": catalogue.general.name,
        "notice": catalogue.announcements.recorded,
    }
