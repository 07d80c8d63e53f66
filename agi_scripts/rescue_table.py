"""The first step of every number and what follows, frozen as a table for the rescue script.

The script must start in a tenth of a second, so it cannot load the catalogue; it looks up here.
Hours are as of the day the table was made; the last day of a notice is kept.
"""

import json
from datetime import date, datetime, time, timedelta
from typing import Final

from routing.catalogue import Catalogue, Hotline
from routing.next_step import arrival_speech, next_step
from routing.steps import Call, Outcome

from .wire import step_variables

# How a call goes on, by what was tried first; "queue" is for whatever is not named here.
_LATER: Final = {
    "subcentre": (Outcome("subcentre:tried", "NOANSWER"),),
    "emergency": (Outcome("emergency:tried", "NOANSWER"),),
    "served": (Outcome("subcentre:tried", "ANSWER"),),
    "survey": (Outcome("queue:tried", "CONTINUE"), Outcome("survey", "SILENCE")),
}


def rescue_table(catalogue: Catalogue, now: datetime) -> str:
    """Return JSON as of `now`: "first" steps by number ("" is any other) and "later" ones.

    "notices" are what is said to the callers of a cancelled number up to a day in the city's
    "zone", and after it.
    """

    def variables(number: str, *path: Outcome) -> dict[str, str]:
        return step_variables(next_step(catalogue, Call("rescue", number, "", "", path), now))

    def said(hotline: Hotline, day: date) -> str:
        noon = datetime.combine(day, time(12), catalogue.index.zone)
        return "&".join(arrival_speech(catalogue, hotline, noon).prompts)

    def notice(hotline: Hotline, until: date) -> dict[str, str]:
        after = said(hotline, until + timedelta(days=1))
        return {"until": until.isoformat(), "during": said(hotline, until), "after": after}

    numbers = ["", *(hotline.number for hotline in catalogue.hotlines)]
    table = {
        "zone": catalogue.city.timezone,
        "notices": {
            hotline.number: notice(hotline, hotline.notice.until)
            for hotline in catalogue.hotlines
            if hotline.notice is not None and hotline.notice.until is not None
        },
        "first": {number: variables(number) for number in numbers},
        "later": {
            "queue": variables("", Outcome(f"queue:{catalogue.general.name}", "TIMEOUT")),
            **{tried: variables("", *path) for tried, path in _LATER.items()},
        },
    }
    return json.dumps(table, indent=1, sort_keys=True) + "\n"
