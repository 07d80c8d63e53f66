"""Processes under supervision: what dies is told, and nothing outlives the block."""

import os
from pathlib import Path

import pytest

from hotline.supervision import Died, Program, Supervised, configuration, session_members
from tests.support.until import until


def alive(pid_file: Path) -> bool:
    """A zombie is dead, whether or not its new parent has looked after it yet."""
    try:
        stat = Path(f"/proc/{int(pid_file.read_text())}/stat").read_text()
    except (OSError, ValueError):
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


def sh(name: str, script: str) -> Program:
    return Program(name, ("sh", "-c", script), 10, stop_seconds=2)


def test_nothing_outlives_the_block_not_even_a_child_that_ignores_term(tmp_path: Path) -> None:
    child, parent = tmp_path / "child", tmp_path / "parent"
    stubborn = (
        f"trap '' TERM; (trap '' TERM; sleep 600) & echo $! > {child}; echo $$ > {parent}; wait"
    )
    with Supervised([sh("stubborn", stubborn)], tmp_path, tmp_path / "log", {}):
        until(lambda: alive(child) and alive(parent))
    until(lambda: not alive(child) and not alive(parent), within=2.0)


def test_a_child_in_a_group_of_its_own_is_found_by_its_session(tmp_path: Path) -> None:
    child = tmp_path / "child"
    # A shell with job control puts the job into another process group.
    script = f"set -m; sleep 600 & echo $! > {child}; wait"
    with Supervised([sh("grouped", script)], tmp_path, tmp_path / "log", {}):
        until(lambda: alive(child))
    until(lambda: not alive(child))


def test_a_process_that_dies_again_and_again_is_told_with_its_last_words(tmp_path: Path) -> None:
    died: list[Died] = []
    dying = sh("dying", "sleep 2.1; echo cannot open the door; exit 3")
    with Supervised([dying], tmp_path, tmp_path / "log", {}) as running:
        until(lambda: died.extend(running.deaths(0.5)) or bool(died))
    assert died[0] == Died("dying", "cannot open the door", 1, for_good=False)


def test_the_environment_reaches_the_process(tmp_path: Path) -> None:
    said = tmp_path / "said"
    program = sh("says", f'printf %s "$HOTLINE_X" > {said}; sleep 600')
    with Supervised([program], tmp_path, tmp_path / "log", {"HOTLINE_X": 'a "b" % c'}):
        until(lambda: said.exists() and said.read_text() == 'a "b" % c')


def test_a_percent_sign_is_written_twice_and_a_line_break_refused(tmp_path: Path) -> None:
    assert "100%%" in configuration([sh("a", "echo 100%")], tmp_path, tmp_path)
    with pytest.raises(ValueError, match="cannot be written"):
        configuration([sh("a", "echo\n[program:evil]")], tmp_path, tmp_path)


def test_our_own_session_has_us_in_it() -> None:
    assert os.getpid() in session_members(os.getsid(0))
