"""`python -m bench [--quick] [NAME …]`: every figure with its goal, median and spread."""

import argparse
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Final

from . import delay, events, fanout, loop, memory, soak, storm, whole
from .figures import Figure

BENCHES: Final[dict[str, tuple[str, Callable[[bool], Iterator[Figure]]]]] = {
    "loop": ("what the loop costs, beside a plain dialplan on the same Asterisk", loop.measure),
    "delay": ("from Asterisk's event to the one right screen, commit included", delay.measure),
    "whole": ("short calls the whole system carries, every row committed", whole.measure),
    "storm": ("33, 66 and 198 calls/s at 75 agents: every caller counted", storm.measure),
    "events": ("what an event costs, from its bytes to a published row", events.measure),
    "fanout": ("from an event to one of 2,000 websockets, beside a bare relay", fanout.measure),
    "soak": ("an hour at 20 calls/s: memory, descriptors, channels", soak.measure),
    "memory": ("memory under load, 100 desks connected", memory.measure),
}


def main() -> int:
    """Run the benches asked for; whatever they started is stopped, by Ctrl-C and TERM too."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="few and short rounds")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(BENCHES))
    options = parser.parse_args()
    if unknown := [name for name in options.names if name not in BENCHES]:
        parser.error(f"no bench is called {unknown[0]}: choose from {', '.join(BENCHES)}")
    signal.signal(signal.SIGTERM, _interrupt)
    failed: list[str] = []
    try:
        for name in options.names or BENCHES:
            title, bench = BENCHES[name]
            started = time.monotonic()
            print(f"\n{name}: {title}", flush=True)
            try:
                for figure in bench(options.quick):
                    print(figure.line(), flush=True)
            except Exception:  # the other benches still say what they measure
                failed.append(name)
                traceback.print_exc()
            print(f"  ({time.monotonic() - started:.0f} s)", flush=True)
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130
    if failed:
        print(f"not measured: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
