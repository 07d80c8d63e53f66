"""Lines of a log that Asterisk appends to: whole ones parsed, broken ones counted, none raised."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that could not be used: where it begins in its file, in bytes, and why.

    It never holds the line itself, which may name a caller.
    """

    position: int
    why: str


@dataclass(slots=True)
class Parsed(Generic[Row]):
    """What a piece of a log holds; `end` is the position after its last whole line."""

    end: int
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def parse_lines(data: bytes, start: int, parse: Callable[[str], list[Row]]) -> Parsed[Row]:
    """Parse a piece of a file that begins at `start`; a last line without its end stays unread.

    `parse` returns the rows of one line (a torn line may carry a whole one behind it) and raises
    ValueError for a line it cannot use.
    """
    whole = data.rfind(b"\n") + 1
    parsed: Parsed[Row] = Parsed(start + whole)
    position = start
    for line in data[:whole].split(b"\n")[:-1]:
        try:
            parsed.rows += parse(line.decode("utf-8"))
        except UnicodeDecodeError:
            parsed.faults.append(Fault(position, "not UTF-8"))
        except TornLine as torn:
            parsed.faults.append(Fault(position, str(torn)))
            parsed.rows += torn.rows
        except ValueError as refused:
            parsed.faults.append(Fault(position, str(refused)))
        position += len(line) + 1
    return parsed


class TornLine(ValueError):
    """Asterisk was killed while it wrote; what its next life appended is whole: `rows`."""

    def __init__(self, *rows: Any) -> None:
        super().__init__("torn")
        self.rows = rows
