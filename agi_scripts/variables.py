"""The channel variables that carry a step, by name, and the one AGI command that sets them all.

``SET VARIABLE`` accepts a dialplan function as the name, so ``ARRAY(a,b,…)`` carries a whole step
in one round trip. ``HL_MARK`` comes last: a command cut short by a reset leaves it unset, and the
dialplan then knows that it has no answer (AGISTATUS says SUCCESS all the same).

Stdlib only: the rescue script starts a process for each call.
"""

import re
from collections.abc import Mapping
from typing import Final

VARIABLES: Final = (
    "HL_VERB",
    "HL_TARGET",
    "HL_PEER",
    "HL_NUMBER",
    "HL_WAIT",
    "HL_LIMIT",
    "HL_LONG",
    "HL_WANTED",
    "QUEUE_PRIO",
    "HL_SAY",
    "HL_KEYS",
    "HL_RULE",
    "CHANNEL(language)",
    "TIMEOUT(absolute)",
    "HL_MARK",
)
ARRAY: Final = f"ARRAY({','.join(VARIABLES)})"

# Asterisk cuts an AGI command over 8,191 bytes and runs the tail as a command of its own.
MAX_VALUE_BYTES: Final = 7_000

_WORDS = re.compile(r"[A-Za-z0-9+_<>&*#/-]*\Z")


def array_value(step: Mapping[str, str], sequence: int) -> str:
    """Return the value for `ARRAY`; what a step does not name is empty.

    Raises ValueError for anything but plain words: a quote or line break would be a second command.
    """
    row = {**step, "TIMEOUT(absolute)": "0", "HL_MARK": f"<{sequence}>"}
    values = [row.get(name, "") for name in VARIABLES]
    for name, value in zip(VARIABLES, values, strict=True):
        if not _WORDS.match(value):
            raise ValueError(f"{name} is not a catalogue word: {value!r}")
    joined = ",".join(values)
    if len(joined) > MAX_VALUE_BYTES:
        raise ValueError(f"step is {len(joined)} bytes, more than {MAX_VALUE_BYTES}")
    return joined
