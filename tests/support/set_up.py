"""The programs a Debian has once `deploy/setup.sh test` has run on it, and no others.

Tests run with these alone on PATH. A program that this machine has by hand, and set-up does not
install, is then not found here either, whoever calls it: a test, the line, a child of theirs.
"""

import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

SET_UP: Final = Path(__file__).resolve().parents[2] / "deploy/setup.sh"
BEFOREHAND: Final = ("git", "make")
"""What README asks for."""
_NAMED = re.compile(r"(?:^ *|\|\| )(?:need|command -v) ([a-z][a-z0-9.-]*)", re.M)


def lay_out(folder: Path, set_up: str) -> None:
    """Fill an empty folder with links to what Debian always has and to what set-up asks for."""
    for program in _always():
        _link(folder, program)
    for name in (*BEFOREHAND, *_NAMED.findall(set_up)):
        if program := shutil.which(name):
            _link(folder, Path(program))


def _link(folder: Path, program: Path) -> None:
    link = folder / program.name
    if not link.is_symlink():
        link.symlink_to(program)


def _always() -> Iterator[Path]:
    """Programs of the packages without which there is no Debian, and their usual names (awk)."""
    asked = ("dpkg-query", "-W", "-f", "${Essential} ${Priority} ${Package}\n")
    packages = [
        package
        for essential, priority, package in map(str.split, _lines(*asked))
        if essential == "yes" or priority == "required"
    ]
    files = [Path(line) for line in _lines("dpkg-query", "-L", *packages)]
    programs = {file.resolve() for file in files if file.parent.name in ("bin", "sbin")}
    yield from (file for file in files if file.parent.name in ("bin", "sbin"))
    for name in Path("/etc/alternatives").iterdir():
        if name.resolve() in programs:
            yield name


def _lines(*command: str) -> list[str]:
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.splitlines()
