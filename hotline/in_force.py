"""Which catalogue is in force: a copy of the one `up` or `conf apply` last put there.

An edited file changes nothing until it is applied, not even when a process dies and is started
again. Once applied, the loop reads it without a pause; the recorder and the console start anew.

    {HOME}/catalogue-in-force -> {HOME}/catalogues/<digest>     every process reads through the link
"""

from __future__ import annotations

import asyncio
import hashlib
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from routing.loader import load_catalogue

from .settings import Settings

LOOK_SECONDS: Final = 0.5


def put_in_force(settings: Settings) -> None:
    """Copy the catalogue as it stands now and lead every process to the copy.

    Raises CatalogueFaults and OSError; the old one then stays in force.
    """
    lead_to(kept_copy(settings), settings)


def kept_copy(settings: Settings) -> Path:
    """Keep a copy of the catalogue as it stands now, which no edit changes any more.

    Raises CatalogueFaults and OSError.
    """
    files = _files(settings.catalogue)
    copies = settings.home / "catalogues"
    copies.mkdir(mode=0o700, exist_ok=True)
    copy = copies / _digest(files)
    if not copy.exists():
        _write(copy, files)
    return copy


def lead_to(copy: Path, settings: Settings) -> None:
    """Put a kept copy in force; copies that nobody reads any more are removed."""
    link, before = settings.in_force, in_force(settings.in_force)
    new = link.with_name(f".{link.name}.new")
    new.unlink(missing_ok=True)
    new.symlink_to(copy)
    new.replace(link)
    for old in copy.parent.iterdir():
        if str(old) not in (str(copy), before):  # somebody may just be reading the last one
            shutil.rmtree(old, ignore_errors=True)


def in_force(link: Path) -> str:
    """The folder that is in force, "" for none."""
    try:
        return str(link.readlink())
    except OSError:
        return ""


async def until_another(link: Path, than: str) -> None:
    """Return when another catalogue than the one named has come into force."""
    while in_force(link) == than:  # noqa: ASYNC110 – another process moves the link
        await asyncio.sleep(LOOK_SECONDS)


def _files(catalogue: Path) -> dict[str, bytes]:
    if not catalogue.is_dir():
        return {"catalogue.yaml": catalogue.read_bytes()}
    return {path.name: path.read_bytes() for path in sorted(catalogue.glob("*.yaml"))}


def _digest(files: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, text in files.items():
        digest.update(name.encode() + b"\0" + text + b"\0")
    return digest.hexdigest()[:16]


def _write(copy: Path, files: Mapping[str, bytes]) -> None:
    with tempfile.TemporaryDirectory(dir=copy.parent, prefix=".") as folder:
        whole = Path(folder) / copy.name
        whole.mkdir(mode=0o700)
        for name, text in files.items():
            (whole / name).write_bytes(text)
        load_catalogue(whole)  # it may have been edited since it was checked
        whole.rename(copy)
