"""What the command line says when something is wrong: one sentence in each language."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that stops the line from starting: what and where, and what to do."""

    code: str
    zh: str
    en: str

    def __str__(self) -> str:
        return words(self.zh, self.en)


class CannotStart(Exception):
    """What was asked cannot be done; every reason at once."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems

    def __reduce__(self) -> tuple[type[CannotStart], tuple[Problem, ...]]:
        """Raised in one process, it is told in another."""
        return type(self), self.problems


def speaks_chinese() -> bool:
    """Whether the terminal of this user is set to Chinese."""
    setting = os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES") or os.environ.get("LANG")
    return (setting or "").startswith("zh")


def words(zh: str, en: str) -> str:
    """The words for the terminal of this user."""
    return zh if speaks_chinese() else en
