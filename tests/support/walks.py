"""What became of each caller, told by Asterisk's own files: channel events and queue_log."""

from dataclasses import dataclass
from datetime import datetime

from call_events.cel import CelRow, Step, parse_cel, step_of
from call_events.queue_log import QueueRow, parse_queue_log

from .line import Line


@dataclass(frozen=True)
class Walk:
    """One caller's way: decisions, what was rung for the caller, and what app_queue saw."""

    call_id: str
    steps: tuple[Step, ...]
    rung: tuple[str, ...]
    """Endpoints that were dialled for the caller, in order: ``8001-desk``, ``emergency``."""
    answered_at: datetime | None
    queue_rows: tuple[QueueRow, ...]

    @property
    def words(self) -> list[str]:
        """The steps, oldest first: ``queue:general-seats``."""
        return [step.step for step in self.steps]

    @property
    def entered(self) -> list[str]:
        """The queues the caller entered, in order."""
        return [row.queue for row in self.queue_rows if row.event == "ENTERQUEUE"]

    @property
    def answered_by(self) -> list[tuple[str, str]]:
        """Queue and seat of each agent who spoke with the caller."""
        return [(row.queue, row.agent) for row in self.queue_rows if row.event == "CONNECT"]


def walks(line: Line) -> dict[str, Walk]:
    """Return the way of each caller so far, by the caller's number; the last call of a number."""
    rows = parse_cel(line.cel().encode()).rows
    queue_rows = parse_queue_log(line.queue_log_text().encode()).rows
    found = {}
    for caller, channel in {r.caller: r.unique_id for r in rows if step_of(r)}.items():
        mine = [row for row in rows if row.linked_id == channel]
        own = [row for row in mine if row.unique_id == channel]
        call_id = next(row.account for row in own if step_of(row))
        found[caller] = Walk(
            call_id,
            tuple(step for row in own if (step := step_of(row))),
            tuple(
                row.channel.removeprefix("PJSIP/").rpartition("-")[0]
                for row in mine
                if row.event == "CHAN_START" and row.unique_id != channel
            ),
            _first(own, "ANSWER"),
            tuple(row for row in queue_rows if row.call_id == call_id),
        )
    return found


def _first(rows: list[CelRow], event: str) -> datetime | None:
    return next((row.at for row in rows if row.event == event), None)
