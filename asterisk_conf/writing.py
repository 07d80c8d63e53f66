"""Configuration files on disk: each replaced whole, readable by nobody else."""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path


def changed_files(folder: Path, files: Mapping[str, str]) -> tuple[str, ...]:
    """Return the relative paths whose text on disk is another, or which are not there."""
    return tuple(path for path, text in sorted(files.items()) if _read(folder / path) != text)


def write_files(folder: Path, files: Mapping[str, str]) -> tuple[str, ...]:
    """Write what differs; a file is the old one or the new one at any moment, mode 0600.

    Returns the relative paths written.
    """
    changed = changed_files(folder, files)
    for path in changed:
        write_file(folder / path, files[path])
    return changed


def write_file(target: Path, text: str) -> None:
    """Replace one file."""
    target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).replace(target)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _read(path: Path) -> str | None:
    try:
        return path.read_text("utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        return None
