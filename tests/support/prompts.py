"""Prompts for tests: the real ones, rendered once, or none at all where speed is the point."""

import fcntl
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Final

from ivr.prompts import render_prompts
from routing.loader import load_catalogue

NANJING: Final = Path(__file__).resolve().parents[2] / "routing/nanjing"


@cache
def silent_prompts() -> Path:
    """Return a folder without prompts: Asterisk plays nothing and goes on."""
    folder = Path(tempfile.mkdtemp(prefix="no-prompts-"))
    (folder / "moh").mkdir()
    return folder


@cache
def rendered_prompts() -> Path:
    """Return the folder of Nanjing's prompts in both languages, rendered from text."""
    folder = Path(tempfile.gettempdir()) / f"hotline-test-prompts-{os.getuid()}"
    with (folder.parent / f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # tests run side by side
        render_prompts(load_catalogue(NANJING).prompts, folder, folder / "no-recordings")
    return folder
