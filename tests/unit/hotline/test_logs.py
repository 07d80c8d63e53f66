"""Every line a process writes is one JSON object, with the call it is about."""

import json
import subprocess
import sys

PROGRAM = """
import logging, structlog
from hotline.logs import log_as_json
log_as_json("record")
structlog.get_logger("ours").warning("not_known_in_time", call_id="t1-1.1", why="slow")
logging.getLogger("theirs").error("event not understood: %s", "X", extra={"call_id": "t1-2.2"})
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger("ours").exception("next_step_failed", call_id="t1-3.3")
"""


def test_each_line_is_an_object_that_names_its_call() -> None:
    command = (sys.executable, "-c", PROGRAM)
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    ours, theirs, failed = (json.loads(line) for line in done.stdout.splitlines())
    assert (ours["said"], ours["call_id"], ours["why"]) == ("not_known_in_time", "t1-1.1", "slow")
    assert (theirs["said"], theirs["call_id"]) == ("event not understood: X", "t1-2.2")
    assert (failed["call_id"], failed["level"]) == ("t1-3.3", "error")
    assert "ZeroDivisionError" in failed["exception"]
    assert {one["process"] for one in (ours, theirs, failed)} == {"record"}
    assert [one["logger"] for one in (ours, theirs)] == ["ours", "theirs"]
    assert all("at" in one for one in (ours, theirs, failed))
