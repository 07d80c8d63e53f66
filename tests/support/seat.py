"""A seat with a desk phone that rings and, unless told otherwise, is not picked up."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from .line import Line
from .ports import free_port
from .sipp import SCENARIOS, Carrier

SEAT: Final = "127.0.0.5"


@contextmanager
def ringing_seat(
    line: Line, folder: Path, extension: str, *queues: str, scenario: str = "ringing_phone.xml"
) -> Iterator[None]:
    """Register the seat's desk phone and make it a member of these queues while it lasts."""
    with Carrier(SEAT, line.target, folder) as phone:
        port = free_port(SEAT, socket.SOCK_DGRAM)
        phone.register(f"{extension}-desk", line.secrets.seats[extension], port)
        phone.answer(port, SCENARIOS / scenario)
        member = f"PJSIP/{extension}-desk"
        for queue in queues:
            line.cli(f"queue add member {member} to {queue} penalty 0 as {extension}")
        yield
        for queue in queues:
            line.cli(f"queue remove member {member} from {queue}")
