"""`make bench` measures and prints every figure; what the figures are is not judged here."""

import subprocess
import sys

import pytest

from tests.support.line import REPOSITORY

FIGURES = {
    "loop": (
        "plain dialplan into a queue",
        "the loop into a queue",
        "loop ÷ plain",
        "added set-up delay at 50 calls/s, p50",
        "added set-up delay at 50 calls/s, p99",
        "added set-up delay at 100 calls/s, p50",
        "added set-up delay at 100 calls/s, p99",
    ),
    "delay": (
        "5 calls/s: ring → screen, p50",
        "5 calls/s: ring → screen, p99",
        "5 calls/s: every event → screen, p50",
        "5 calls/s: every event → screen, p99",
    ),
    "whole": (
        "highest rate carried, every row committed",
        "last row after the last call, at that rate",
    ),
    "storm": (
        "33/s: offered",
        "33/s: answered",
        "33/s: lost: no row",
        "33/s: failed without our refusal",
        "33/s: rang in vain and owed nothing",
    ),
    "events": (
        "parse, seven names: stock panoramisk",
        "parse, seven names: ours ÷ stock",
        "parse, seven names: bare splitter",
        "parse, everything: ours ÷ stock",
        "whole path: what Asterisk says, published",
        "500 calls from the logs into an empty database",
        "a call at 10000 ÷ at 1000",
    ),
    "fanout": (
        "50 sockets, 100 events/s: ours, p50",
        "50 sockets, 100 events/s: ours, p99",
        "50 sockets, 100 events/s: bare relay, p50",
    ),
    "soak": (
        "the recorder: memory, last third ÷ first",
        "descriptors, last third ÷ first",
        "channels left between stretches, most",
        "calls that failed",
    ),
    "memory": (
        "the loop",
        "the recorder",
        "the console",
        "the supervisor",
        "hotline up",
        "redis (apart)",
        "asterisk (apart)",
        "all of ours together",
    ),
}


@pytest.mark.parametrize("name", FIGURES)
def test_prints_every_figure(name: str) -> None:
    # It takes all there is of the machine; the tests beside it go first.
    done = subprocess.run(
        ("nice", "-n", "5", sys.executable, "-m", "bench", "--quick", name),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    for figure in FIGURES[name]:
        assert any(line.startswith(f"  {figure} ") for line in lines), done.stdout


def test_an_unknown_bench_is_named() -> None:
    done = subprocess.run(
        (sys.executable, "-m", "bench", "louder"),
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert "no bench is called louder" in done.stderr
