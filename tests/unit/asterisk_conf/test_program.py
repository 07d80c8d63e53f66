"""How an Asterisk is started: extracted with its own loader, built with the system's."""

from pathlib import Path

import pytest

from asterisk_conf.instance import Instance

EXTRACTED = (
    "usr/sbin/asterisk",
    "usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2",
    "usr/lib/x86_64-linux-gnu/asterisk/modules/chan_pjsip.so",
)
BUILT = ("usr/sbin/asterisk", "usr/lib/asterisk/modules/chan_pjsip.so")


def asterisk_of(root: Path, files: tuple[str, ...]) -> Instance:
    for name in files:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return Instance(
        home=root / "home",
        root=root,
        prompts=root / "prompts",
        rescue_command=("rescue",),
    )


def test_an_extracted_asterisk_is_started_with_its_own_loader_and_libraries(tmp_path: Path) -> None:
    libraries = tmp_path / "usr/lib/x86_64-linux-gnu"
    assert asterisk_of(tmp_path, EXTRACTED).program() == (
        f"{libraries}/ld-linux-x86-64.so.2",
        "--library-path",
        f"{libraries}",
        f"{tmp_path}/usr/sbin/asterisk",
    )


def test_an_asterisk_built_here_is_started_as_it_is(tmp_path: Path) -> None:
    asterisk = asterisk_of(tmp_path, BUILT)
    assert asterisk.program() == (f"{tmp_path}/usr/sbin/asterisk",)
    assert asterisk.modules() == tmp_path / "usr/lib/asterisk/modules"


@pytest.mark.parametrize("files", [(), EXTRACTED[1:], BUILT[1:]])
def test_a_tree_without_the_program_is_no_asterisk(tmp_path: Path, files: tuple[str, ...]) -> None:
    with pytest.raises(FileNotFoundError, match="no Asterisk"):
        asterisk_of(tmp_path, files).program()
