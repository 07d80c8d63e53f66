"""A machine that set-up alone has prepared is enough for the tests."""

import os
from pathlib import Path

from tests.support.set_up import SET_UP, lay_out

SIPP = "need sipp sip-tester\n"


def test_the_tests_find_no_program_but_those_of_set_up(tmp_path: Path) -> None:
    lay_out(tmp_path, SET_UP.read_text("utf-8"))
    [folder] = os.environ["PATH"].split(os.pathsep)
    names = {program.name for program in Path(folder).iterdir()}
    assert names == {program.name for program in tmp_path.iterdir()}
    assert {"sh", "awk", "git", "sipp", "sox", "chromium"} <= names
    assert not {"python3", "psql"} & names


def test_a_program_that_set_up_forgets_is_not_found_though_the_machine_has_it(
    tmp_path: Path,
) -> None:
    text = SET_UP.read_text("utf-8")
    assert text.count(SIPP) == 1
    lay_out(tmp_path, text.replace(SIPP, ""))
    assert not (tmp_path / "sipp").is_symlink()
    assert (tmp_path / "sox").is_symlink()
