"""Medians and spread, printed the same way everywhere."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure over several rounds, with the goal it is held against, in words."""

    name: str
    unit: str
    rounds: tuple[float, ...]
    goal: str = ""

    @property
    def median(self) -> float:
        return statistics.median(self.rounds)

    def line(self) -> str:
        """Return one line of the report: median, lowest and highest round, goal."""
        low, high = min(self.rounds), max(self.rounds)
        spread = f"{low:.4g}..{high:.4g} in {len(self.rounds)} rounds"
        goal = f"   goal {self.goal}" if self.goal else ""
        return f"  {self.name:<58} {self.median:>9.4g} {self.unit:<8} ({spread}){goal}"


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which `percent` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(percent / 100 * len(ordered)) - 1))]
