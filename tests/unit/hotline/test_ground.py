"""What a line stands on is laid by a process that may be killed like any other."""

import os
import signal
from pathlib import Path

import pytest

from hotline import people
from hotline.ground import lay_ground
from hotline.sentences import CannotStart
from hotline.settings import Settings


def test_a_killed_preparation_is_told_in_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(settings: Settings, demo: bool) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    monkeypatch.setattr(people, "prepare", killed)
    with pytest.raises(CannotStart) as refused:
        lay_ground(Settings(home=tmp_path), demo=False)
    (problem,) = refused.value.problems
    assert problem.en == "the process that prepares the database was killed"
    assert problem.zh == "准备数据库的进程被终止"
