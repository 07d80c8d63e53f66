"""Medians and spread, printed the same way everywhere."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self


@dataclass(frozen=True, slots=True)
class Figure:
    """One measured figure over several rounds, with the goal it is held against, in words.

    `pooled`: the figure over all rounds' samples together, where that says more than a median.
    """

    name: str
    unit: str
    rounds: tuple[float, ...]
    goal: str = ""
    pooled: float | None = None

    @classmethod
    def once(cls, name: str, unit: str, value: float, goal: str = "") -> Self:
        """Return a figure that is counted, not sampled."""
        return cls(name, unit, (value,), goal)

    @property
    def value(self) -> float:
        return statistics.median(self.rounds) if self.pooled is None else self.pooled

    def line(self) -> str:
        """Return one line of the report: the figure, lowest and highest round, goal."""
        low, high = min(self.rounds), max(self.rounds)
        spread = f"{low:.3g}..{high:.3g} in {len(self.rounds)}" if len(self.rounds) > 1 else ""
        goal = f"goal {self.goal}" if self.goal else ""
        return f"  {self.name:<52} {self.value:>8.3g} {self.unit:<8} {spread:<22} {goal}".rstrip()


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the value below which `percent` of the values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, max(0, round(percent / 100 * len(ordered)) - 1))]


def percentiles(
    name: str, rounds: Sequence[Sequence[float]], goals: dict[int, str], unit: str = "ms"
) -> list[Figure]:
    """Return one figure per percentile: over all samples, its spread over the rounds."""
    everything = [value for samples in rounds for value in samples]
    return [
        Figure(
            f"{name}, p{percent}",
            unit,
            tuple(percentile(samples, percent) for samples in rounds),
            goal,
            percentile(everything, percent),
        )
        for percent, goal in goals.items()
    ]
