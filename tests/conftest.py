"""Whatever runs in a test finds the programs that set-up installs, and no others."""

import os
import shutil
import tempfile
from pathlib import Path

import pytest

from tests.support.set_up import SET_UP, lay_out


def pytest_configure(config: pytest.Config) -> None:
    """Leave nothing else on PATH; only a Debian can tell what it has without us."""
    if shutil.which("dpkg-query") is None:
        return
    folder = tempfile.TemporaryDirectory(prefix="hotline-programs-")
    config.add_cleanup(folder.cleanup)
    lay_out(Path(folder.name), SET_UP.read_text("utf-8"))
    os.environ["PATH"] = folder.name
