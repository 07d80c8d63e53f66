"""What a recorder has done since it started: counts that only grow, for whoever watches it."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from .events import Event, EventType

# Seconds a commit may take, the upper end of each class; the last class has none.
COMMIT_SECONDS: Final = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 2.0, 10.0)


@dataclass(slots=True)
class Tally:
    """Counts of the rows that are committed; nothing here names a call or a person."""

    ended: Counter[str] = field(default_factory=Counter)
    illegal_moves: int = 0
    last_illegal_move: datetime | None = None
    commit_seconds: float = 0.0
    commits: list[int] = field(default_factory=lambda: [0] * (len(COMMIT_SECONDS) + 1))

    def committed(self, events: Iterable[Event], seconds: float) -> None:
        """These events were new, and their transaction took so long."""
        self.commits[bisect_left(COMMIT_SECONDS, seconds)] += 1
        self.commit_seconds += seconds
        for event in events:
            if event.type is EventType.CALL_ENDED:
                self.ended[str(event.data.get("outcome"))] += 1
            elif event.type is EventType.ILLEGAL_MOVE:
                self.illegal_moves += 1
                self.last_illegal_move = event.at

    def told(self) -> dict[str, Any]:
        """The counts as JSON."""
        last = self.last_illegal_move
        return {
            "ended": dict(self.ended),
            "illegal_moves": self.illegal_moves,
            "last_illegal_move": last.timestamp() if last else None,
            "commit_seconds": round(self.commit_seconds, 6),
            "commits": list(self.commits),
        }
