"""A day at the line: every seat has somebody at its desk phone, and callers ring, all at once."""

import itertools
import re
import socket
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .ear import Ear
from .line import Line
from .ports import free_port
from .sipp import SCENARIOS, Carrier, Dial, Sipp
from .until import until
from .walks import Walk, walks

Call = tuple[str, str]
"""Number dialled and key pressed during what is said first, "" for none."""
CARRIER, SEATS = "127.0.0.2", "127.0.0.5"
ASKED: Final = re.compile(r"INVITE sip:([^@]*)@\S+ From:.*<sip:([^@>]*)[@>]")
DAY_SECONDS: Final = 90
_callers = itertools.count(13700000001)


@dataclass(frozen=True)
class Caller:
    """Somebody who rings a number, listens, and presses one key or none."""

    number: str
    key: str
    caller_id: str
    ear: Ear

    def press(self) -> None:
        """Press the key while the greeting is being said."""
        until(lambda: self.ear.heard_seconds > 0.5, DAY_SECONDS, f"{self.number} says something")
        self.ear.press(self.key)


@dataclass(frozen=True)
class WorkingDay:
    """What is left of a day: sipp's list, what each peer was asked for, what callers heard."""

    counts: dict[str, int]
    errors: str
    asked: dict[str, set[tuple[str, str]]]
    callers: dict[Call, Caller]
    ways: dict[str, Walk]

    def caller(self, call: Call) -> Caller:
        return self.callers[call]

    def walk(self, call: Call) -> Walk:
        return self.ways[self.callers[call].caller_id]


def asked_for(peer: Sipp) -> list[tuple[str, str]]:
    """Return number and caller of each call that reached a `person`, as they arrived."""
    return ASKED.findall(peer.logged())


def working_day(
    line: Line, peers: dict[str, tuple[str, int]], calls: Sequence[Call], folder: Path
) -> WorkingDay:
    """Place all calls while everybody is at work; return when the last caller was served."""
    with ExitStack() as ends:
        listening = {}
        for name, (host, port) in peers.items():
            peer = Carrier(host, line.target, folder)
            ends.callback(peer.stop)
            listening[name] = peer.run(SCENARIOS / "person.xml", ("-p", str(port), line.target))
        ends.enter_context(seats_staffed(line, folder))
        carrier = Carrier(CARRIER, line.target, folder)
        ends.callback(carrier.stop)
        callers = {
            call: Caller(*call, str(next(_callers)), ends.enter_context(closing(Ear(CARRIER))))
            for call in calls
        }
        ringing = carrier.place(
            [Dial(c.number, c.caller_id, c.ear.port) for c in callers.values()],
            per_second=10,
            scenario=SCENARIOS / "patient_caller.xml",
        )
        pressing = [caller for caller in callers.values() if caller.key]
        with ThreadPoolExecutor(len(pressing)) as fingers:
            list(fingers.map(Caller.press, pressing))
        ringing.wait(DAY_SECONDS)
        asked = {name: set(asked_for(peer)) for name, peer in listening.items()}
        return WorkingDay(ringing.counts(), ringing.errors(), asked, callers, walks(line))


@contextmanager
def seats_staffed(line: Line, folder: Path) -> Iterator[None]:
    """Put somebody at each seat's desk phone, in the queues the catalogue gives the seat."""
    phones, port = Carrier(SEATS, line.target, folder), free_port(SEATS, socket.SOCK_DGRAM)
    passwords = {f"{seat}-desk": password for seat, password in line.secrets.seats.items()}
    places = [
        (seat, queue, penalty)
        for seat in line.secrets.seats
        for queue, penalty in line.catalogue.seat_queues(seat).items()
    ]
    phones.register_all(passwords, port)
    phones.run(SCENARIOS / "person.xml", ("-p", str(port), line.target))
    for seat, queue, penalty in places:
        line.cli(f"queue add member PJSIP/{seat}-desk to {queue} penalty {penalty} as {seat}")
    try:
        yield
    finally:
        for seat, queue, _ in places:
            line.cli(f"queue remove member PJSIP/{seat}-desk from {queue}")
        phones.stop()
        phones.register_all(passwords, port, expires=0)
