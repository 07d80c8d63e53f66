"""What Asterisk said and wrote about one call, told again about as many calls as are wanted."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

ONE_CALL: Final = Path(__file__).parent / "one_call"
"""`everything.ami`: all that AMI said of one answered call, unfiltered; `cel.csv` and `queue_log`:
what was written of it. Recorded from Asterisk 22.10."""
CALL: Final = re.compile(rb"\bt1-([0-9]{10})\.([0-9]+)\b")
CALLER: Final = b"13800000001"
STAMP: Final = re.compile(rb"(Timestamp: |^\"[A-Z_]+\",\"|^)([0-9]{10})(?=[.|])", re.MULTILINE)
START: Final = datetime(2026, 11, 1, tzinfo=UTC)
APART: Final = timedelta(seconds=4)


def copies(text: bytes, count: int, apart: timedelta = APART, first: int = 0) -> Iterator[bytes]:
    """The same words about `count` calls, each with ids, caller and times of its own."""
    for number in range(first, first + count):
        at = START + apart * number
        yield _told_of(text, number, round(at.timestamp()))


def _told_of(text: bytes, number: int, second: int) -> bytes:
    began = min(int(found[2]) for found in STAMP.finditer(text))
    moved = STAMP.sub(lambda found: b"%b%d" % (found[1], int(found[2]) - began + second), text)
    renamed = CALL.sub(lambda found: b"t1-%010d.%d" % (number, int(found[2]) % 10), moved)
    return renamed.replace(CALLER, b"139%08d" % number)


def wanted_only(stream: bytes, names: frozenset[bytes]) -> bytes:
    """An AMI stream as Asterisk's own filter by event name would have sent it."""
    keep: Callable[[bytes], bool] = lambda packet: packet[7 : packet.find(b"\r\n")] in names  # noqa: E731
    packets = [packet + b"\r\n\r\n" for packet in stream.split(b"\r\n\r\n")]
    return b"".join(packet for packet in packets if keep(packet))
