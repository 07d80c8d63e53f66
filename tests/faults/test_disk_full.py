"""A full disk: what cannot be written waits, and is written once there is room again."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.callers import pass_by, storm, well_kept, writing
from tests.faults.house import House
from tests.support.sipp import Carrier

FULL_SECONDS = 5.0

pytestmark = pytest.mark.usefixtures("recorder", "seats")


@pytest.fixture(scope="module")
def volume(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A small disk of its own for the database, in memory."""
    folder = tmp_path_factory.mktemp("volume")
    mount = ("mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", os.fspath(folder))
    mounted = subprocess.run(mount, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"NOT TESTED, a disk cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(("umount", "-l", os.fspath(folder)), check=True)


def fill(file: Path) -> None:
    """Take the last byte there is."""
    with file.open("wb", buffering=0) as filler:
        for piece in (65_536, 512, 1):
            try:
                while filler.write(b"x" * piece) == piece:
                    pass
            except OSError:
                continue


def test_given_a_full_disk_every_call_is_written_once_there_is_room(
    house: House, carrier: Carrier
) -> None:
    assert house.volume is not None
    calls = storm(carrier)
    writing(house, 10)
    fill(house.volume / "filler")
    pass_by(FULL_SECONDS)
    (house.volume / "filler").unlink()
    well_kept(house, calls)
    assert "not committed" in (house.home / "recorder.out").read_text("utf-8"), "it was full"
