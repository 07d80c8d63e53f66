"""What holds for all tests: the programs they find, and that a busy machine is no fault."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.set_up import SET_UP, lay_out

# An example that takes long says that somebody else's work had the machine.
settings.register_profile("line", deadline=None)
settings.load_profile("line")


def pytest_configure(config: pytest.Config) -> None:
    """Leave on PATH what set-up installs; only a Debian can tell what it has without us."""
    if shutil.which("dpkg-query") is None:
        return
    folder = tempfile.TemporaryDirectory(prefix="hotline-programs-")
    config.add_cleanup(folder.cleanup)
    lay_out(Path(folder.name), SET_UP.read_text("utf-8"))
    os.environ["PATH"] = folder.name
