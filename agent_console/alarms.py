"""What is wrong with the line at this moment, for the floor page and for Prometheus alike."""

from __future__ import annotations

import time
from enum import StrEnum
from typing import Final

from call_events.heartbeat import Pulse

# The log reader works every 0.3 s; so far behind, figures are visibly old.
LAG_SECONDS: Final = 30.0
# How long an event that came out of order is worth a look.
ILLEGAL_SECONDS: Final = 900.0
# Packets heard and not handled yet: the database is slower than the calls.
BACKLOG_PACKETS: Final = 5_000


class Alarm(StrEnum):
    """A stable word for each; the page has the sentence."""

    RECORDER_SILENT = "recorder_silent"
    LINK_DOWN = "link_down"
    NOT_COMMITTING = "not_committing"
    BACKLOG = "backlog"
    LOG_LAG = "log_lag"
    ILLEGAL_MOVES = "illegal_moves"


def alarms(pulse: Pulse | None, now: float | None = None) -> list[Alarm]:
    """Which alarms a recorder's pulse raises, the gravest first; None is a recorder not heard."""
    if pulse is None:
        return [Alarm.RECORDER_SILENT]
    last = pulse.last_illegal_move
    raised = {
        Alarm.LINK_DOWN: not (pulse.reading and pulse.controlling),
        Alarm.NOT_COMMITTING: not pulse.committing,
        Alarm.BACKLOG: pulse.backlog > BACKLOG_PACKETS,
        Alarm.LOG_LAG: pulse.lag > LAG_SECONDS,
        Alarm.ILLEGAL_MOVES: last is not None and (now or time.time()) - last < ILLEGAL_SECONDS,
    }
    return [alarm for alarm, on in raised.items() if on]
