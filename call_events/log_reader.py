"""Following a log that Asterisk writes: by inode and offset, through rotation and truncation."""

import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final, Generic

from .cel import CelRow, parse_cel
from .log_lines import Fault, Parsed, Row
from .queue_log import QueueRow, parse_queue_log

# One read: about a thousand rows.
PIECE: Final = 256 * 1024
HEAD_BYTES: Final = 512
UNREADABLE: Final = (".gz", ".bz2", ".xz", ".zst")


@dataclass(frozen=True, slots=True)
class Place:
    """Up to where a log was read. `head` marks the file's first line: inodes are used again."""

    inode: int
    offset: int
    head: str


class LogFollower(Generic[Row]):
    """Reads one log from a saved place on; an older file is finished before the next begins."""

    def __init__(
        self, path: Path, parse: Callable[[bytes, int], Parsed[Row]], place: Place | None = None
    ) -> None:
        self.faults: list[Fault] = []
        self.at_end = False
        self._path = path
        self._parse = parse
        self._file: BinaryIO | None = None
        self._offset = 0
        self._ahead = self._files()
        if place is not None:
            self._resume(place)

    def read(self) -> list[Row]:
        """The next rows; empty with `at_end` when all that is written was read. Errors: OSError."""
        while self._file is not None or self._open_next():
            rows = self._read_piece()
            if rows is not None:
                self.at_end = False
                return rows
            if not self._finished():
                break
        self.at_end = True
        return []

    def place(self) -> Place | None:
        """Where the next read begins."""
        if self._file is None:
            return None
        return Place(os.fstat(self._file.fileno()).st_ino, self._offset, _head(self._file))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _read_piece(self) -> list[Row] | None:
        """Rows of the next piece; None when no whole line is left in this file."""
        assert self._file is not None
        if os.fstat(self._file.fileno()).st_size < self._offset:
            self.faults.append(Fault(self._offset, "truncated"))
            self._offset = 0
        self._file.seek(self._offset)
        data = self._file.read(PIECE)
        parsed: Parsed[Row] = self._parse(data, self._offset)
        if parsed.end == self._offset:
            if len(data) < PIECE:
                return None
            self.faults.append(Fault(self._offset, "line too long"))
            parsed.end += len(data)
        self._offset = parsed.end
        self.faults += parsed.faults
        return parsed.rows

    def _finished(self) -> bool:
        """At the end of this file: tell whether Asterisk writes to another one now."""
        assert self._file is not None
        here = os.fstat(self._file.fileno())
        if not self._ahead:
            try:
                if self._path.stat().st_ino == here.st_ino:
                    return False
            except FileNotFoundError:
                return False  # renamed; Asterisk still writes to it until it opens a new one
            self._ahead = self._after(here)
        # Written between our last read and its rename.
        if os.fstat(self._file.fileno()).st_size > self._offset:
            self._file.seek(self._offset)
            if b"\n" in self._file.read(PIECE):
                return True
            self.faults.append(Fault(self._offset, "torn"))
        self.close()
        return True

    def _open_next(self) -> bool:
        if not self._ahead and self._path.exists():
            self._ahead = [self._path]
        while self._ahead:
            try:
                self._file, self._offset = self._ahead.pop(0).open("rb"), 0
            except FileNotFoundError:
                continue  # rotated once more in this moment
            return True
        return False

    def _resume(self, place: Place) -> None:
        for index, path in enumerate(self._ahead):
            if path.stat().st_ino != place.inode:
                continue
            file = path.open("rb")
            if _head(file) == place.head or not place.offset:
                self._file, self._offset, self._ahead = file, place.offset, self._ahead[index + 1 :]
                return
            file.close()
        # The file is gone: all there is gets read, which changes nothing that is known already.

    def _files(self) -> list[Path]:
        """This log and its rotated ones, the oldest first."""
        found = [
            path
            for path in self._path.parent.glob(f"{self._path.name}*")
            if path.is_file() and path.suffix not in UNREADABLE
        ]
        return sorted(found, key=lambda path: (path == self._path, path.stat().st_mtime_ns))

    def _after(self, here: os.stat_result) -> list[Path]:
        files = self._files()
        inodes = [path.stat().st_ino for path in files]
        return files[inodes.index(here.st_ino) + 1 :] if here.st_ino in inodes else [self._path]


class LogReader:
    """Both logs of one Asterisk, in its log folder."""

    def __init__(self, folder: Path, places: dict[str, Place] | None = None) -> None:
        known = places or {}
        self.queue: LogFollower[QueueRow] = LogFollower(
            folder / "queue_log", parse_queue_log, known.get("queue_log")
        )
        self.cel: LogFollower[CelRow] = LogFollower(
            folder / "cel-custom/cel.csv", parse_cel, known.get("cel")
        )

    @property
    def at_end(self) -> bool:
        return self.queue.at_end and self.cel.at_end

    @property
    def faults(self) -> list[Fault]:
        return self.queue.faults + self.cel.faults

    def places(self) -> dict[str, Place]:
        """Where the next read of each log begins."""
        found = {"queue_log": self.queue.place(), "cel": self.cel.place()}
        return {name: place for name, place in found.items() if place is not None}

    def close(self) -> None:
        self.queue.close()
        self.cel.close()


def _head(file: BinaryIO) -> str:
    file.seek(0)
    line, end, _ = file.read(HEAD_BYTES).partition(b"\n")
    return hashlib.sha256(line).hexdigest()[:32] if end or len(line) == HEAD_BYTES else ""
