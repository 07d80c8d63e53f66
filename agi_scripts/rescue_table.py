"""The first step of every number, frozen as a table for the rescue script.

The script must start in a tenth of a second, so it cannot load the catalogue; it looks up here.
"""

import json
from datetime import datetime

from routing.catalogue import Catalogue
from routing.next_step import next_step
from routing.steps import Call

from .wire import step_variables


def rescue_table(catalogue: Catalogue, now: datetime) -> str:
    """Return JSON: number → variables of its first step as of `now`; "" is any other number."""
    numbers = ["", *(hotline.number for hotline in catalogue.hotlines)]
    table = {
        number: step_variables(next_step(catalogue, Call("rescue", number, "", ""), now))
        for number in numbers
    }
    return json.dumps(table, indent=1, sort_keys=True) + "\n"
