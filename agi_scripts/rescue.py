#!/usr/bin/env python3
"""Rescue: the classic AGI script that answers for the loop when the loop is down.

Asterisk starts one process a call, at most a handful at once; what it needs is a table of first
steps (``rescue.json`` beside Asterisk's configuration). If this fails too, the dialplan puts the
caller in the general queue by itself.
"""

import json
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

# Asterisk starts the script, so nothing has put the project on the path.
sys.path[0] = os.fspath(Path(__file__).resolve().parent.parent)

from agi_scripts.variables import ARRAY, array_value  # noqa: E402

Table = dict[str, Any]


def rescued_step(table: Table, dnis: str, path: str, now: datetime) -> dict[str, str]:
    """Return the variables of the step: a number's first step, later on the general queue.

    A merger notice is said up to and including its last day in the city.
    """
    if not path:
        step = table["first"].get(dnis, table["first"][""])
        if notice := table["notices"].get(dnis):
            today = now.astimezone(ZoneInfo(table["zone"])).date().isoformat()
            said = notice["during"] if today <= notice["until"] else notice["after"]
            step = {**step, "HL_SAY": said}
    elif path.endswith(("=ANSWER", "=CONTINUE")):
        step = table["later"]["served"]
    elif "survey=" in path:
        step = table["later"]["survey"]
    else:  # no greeting again, and before those who just came
        step = table["later"].get(path.partition(":")[0], table["later"]["queue"])
    return {**step, "HL_KEYS": ""}


def main() -> None:
    """Answer one call on standard input and output."""
    table_path = Path(sys.argv[1])
    # pyst2 echoes the environment and every command, the caller's number included, to stderr
    sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115
    from asterisk.agi import AGI, AGIException

    try:
        agi = AGI()
        arguments = [agi.env.get(f"agi_arg_{n}", "") for n in range(2, 6)]
        sequence, dnis, _trunk, path = arguments
        table = json.loads(table_path.read_text("utf-8"))
        step = rescued_step(table, dnis, path, datetime.now(UTC))
        step["CHANNEL(language)"] = agi.env.get("agi_language", step["CHANNEL(language)"])
        agi.set_variable(ARRAY, array_value(step, int(sequence)))
    except (AGIException, OSError, ValueError, KeyError):
        sys.exit(1)  # the caller hung up, or the dialplan takes over


if __name__ == "__main__":
    main()
