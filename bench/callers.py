"""Callers of the benchmarks: sipp at the carrier's own address, in steady streams."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.sipp import Carrier, Sipp

CARRIER: Final = "127.0.0.2"
SHORT_CALL: Final = Path(__file__).parent / "short_call.xml"
STAY_MS: Final = 400
"""How long a short call stays after it was answered."""
BOUND_SECONDS: Final = 120


@contextmanager
def carrier_of(target: str) -> Iterator[Carrier]:
    """A carrier that rings `target`; none of its calls outlives the block."""
    with tempfile.TemporaryDirectory(prefix="bench-sipp-") as folder:
        carrier = Carrier(CARRIER, target, Path(folder))
        try:
            yield carrier
        finally:
            carrier.stop()


def place(
    carrier: Carrier,
    numbers: Sequence[str],
    calls: int,
    *,
    rate: int,
    at_once: int = 3000,
    stay_ms: int = STAY_MS,
) -> Sipp:
    """Ring the numbers in turn, `rate` calls a second; return at once."""
    folder = Path(tempfile.mkdtemp(dir=carrier.folder))
    (folder / "numbers.csv").write_text("SEQUENTIAL\n" + "\n".join(numbers) + "\n", "utf-8")
    arguments: tuple[str, ...] = (
        "-inf",
        str(folder / "numbers.csv"),
        "-m",
        str(calls),
        "-r",
        str(rate),
    )
    arguments += ("-l", str(at_once), "-d", str(stay_ms), "-timeout", str(BOUND_SECONDS))
    # 10 ms steps: calls leave evenly instead of in bunches.
    return carrier.run(SHORT_CALL, (*arguments, "-timer_resol", "10", carrier.target))
