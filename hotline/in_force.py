"""Which catalogue is in force: the one `up` or `conf apply` last put there.

An edited file changes nothing until it is applied. Then every process takes the catalogue anew:
the loop reads it without a pause, the recorder and the console are started again.
"""

from __future__ import annotations

import asyncio
import hashlib
from pathlib import Path
from typing import Final

from asterisk_conf.writing import write_file

from .settings import Settings

LOOK_SECONDS: Final = 0.5


def put_in_force(settings: Settings) -> None:
    """Say that the catalogue as it stands now is in force."""
    write_file(settings.in_force, fingerprint(settings.catalogue) + "\n")


def fingerprint(catalogue: Path) -> str:
    """A word that changes whenever a file of the catalogue does."""
    files = sorted(catalogue.glob("*.yaml")) if catalogue.is_dir() else [catalogue]
    digest = hashlib.sha256()
    for path in files:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


async def until_another(mark: Path) -> None:
    """Return when another catalogue has come into force."""
    before = _read(mark)
    while _read(mark) == before:  # noqa: ASYNC110 – another process writes it
        await asyncio.sleep(LOOK_SECONDS)


def _read(mark: Path) -> str:
    try:
        return mark.read_text("utf-8")
    except OSError:
        return ""
