"""The first step of every number and what follows, frozen as a table for the rescue script.

The script must start in a tenth of a second, so it cannot load the catalogue; it looks up here.
"""

import json
from datetime import datetime
from typing import Final

from routing.catalogue import Catalogue
from routing.next_step import next_step
from routing.steps import Call, Outcome

from .wire import step_variables

# How a call goes on, by what was tried first; "queue" is for whatever is not named here.
_LATER: Final = {
    "subcentre": Outcome("subcentre:tried", "NOANSWER"),
    "emergency": Outcome("emergency:tried", "NOANSWER"),
    "served": Outcome("subcentre:tried", "ANSWER"),
}


def rescue_table(catalogue: Catalogue, now: datetime) -> str:
    """Return JSON as of `now`: "first" steps by number ("" is any other) and "later" ones."""

    def variables(number: str, *path: Outcome) -> dict[str, str]:
        return step_variables(next_step(catalogue, Call("rescue", number, "", "", path), now))

    numbers = ["", *(hotline.number for hotline in catalogue.hotlines)]
    table = {
        "first": {number: variables(number) for number in numbers},
        "later": {
            "queue": variables("", Outcome(f"queue:{catalogue.general.name}", "TIMEOUT")),
            **{tried: variables("", outcome) for tried, outcome in _LATER.items()},
        },
    }
    return json.dumps(table, indent=1, sort_keys=True) + "\n"
