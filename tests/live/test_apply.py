"""`conf apply` against the running Asterisk: what took is read back, nobody is orphaned."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from asterisk_conf.applying import ApplyRefused, apply, read_back, shown_queues
from asterisk_conf.control_socket import ControlSocket
from asterisk_conf.render import render
from routing.catalogue import Catalogue
from tests.live.conftest import CARRIER
from tests.support.line import Line, running_line
from tests.support.prompts import silent_prompts
from tests.support.sipp import Carrier, Dial
from tests.support.until import until


@pytest.fixture(scope="module")
def edited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A line of its own, since its configuration is edited."""
    home = tmp_path_factory.mktemp("edited")
    with running_line(home, silent_prompts()) as line:
        yield line


def files_of(line: Line, catalogue: Catalogue) -> dict[str, str]:
    table = (line.instance.etc / "rescue.json").read_text("utf-8")
    return render(catalogue, line.instance, line.secrets, table)


def without_queue(catalogue: Catalogue, name: str) -> Catalogue:
    queues = tuple(queue for queue in catalogue.queues if queue.name != name)
    return catalogue.model_copy(update={"queues": queues})


def test_what_was_rendered_is_what_asterisk_runs(edited: Line) -> None:
    console = ControlSocket(edited.instance)
    applied = apply(edited.instance.etc, files_of(edited, edited.catalogue), console)
    assert applied.written == ()
    assert applied.reloads == ()
    assert applied.proved, applied.differences


def test_an_edited_queue_is_reloaded_narrowly_and_proved(edited: Line) -> None:
    console = ControlSocket(edited.instance)
    files = files_of(edited, edited.catalogue)
    head, service, rest = files["queues.conf"].partition("[service-12313]\nstrategy = ")
    _, line_end, rest = rest.partition("\n")
    files["queues.conf"] = f"{head}{service}linear{line_end}{rest}"
    applied = apply(edited.instance.etc, files, console)
    assert applied.written == ("queues.conf",)
    assert applied.reloads == ("queue reload all",)
    assert applied.proved, applied.differences
    assert shown_queues(console)["service-12313"][1] == "linear"


def test_a_queue_in_which_somebody_waits_is_never_removed(
    edited: Line, tmp_path: Path, caller: str
) -> None:
    console = ControlSocket(edited.instance)
    name = edited.catalogue.general.name
    carrier = Carrier(CARRIER, edited.target, tmp_path)
    try:
        carrier.place([Dial("12345", caller, stay=6)])
        until(lambda: edited.entered(caller), 6)
        before = (edited.instance.etc / "queues.conf").read_text("utf-8")

        with pytest.raises(ApplyRefused, match=f"queue {name}: 1 caller"):
            apply(
                edited.instance.etc,
                files_of(edited, without_queue(edited.catalogue, name)),
                console,
            )

        assert (edited.instance.etc / "queues.conf").read_text("utf-8") == before
        assert shown_queues(console)[name][0] == 1, "the caller still waits"
    finally:
        carrier.stop()


def test_a_file_that_asterisk_does_not_take_is_put_back(edited: Line) -> None:
    """An unclosed section: Asterisk keeps the old queues and prints nothing at all."""
    console = ControlSocket(edited.instance)
    files = files_of(edited, edited.catalogue)
    before = (edited.instance.etc / "queues.conf").read_text("utf-8")
    files["queues.conf"] += "\n[new-queue]\nstrategy = rrmemory\n\n[unclosed\n"

    applied = apply(edited.instance.etc, files, console)

    assert not applied.proved
    assert any("new-queue" in difference for difference in applied.differences)
    assert (edited.instance.etc / "queues.conf").read_text("utf-8") == before


def test_a_file_somebody_edited_by_hand_is_noticed_and_rendered_again(edited: Line) -> None:
    console = ControlSocket(edited.instance)
    files = files_of(edited, edited.catalogue)
    path = edited.instance.etc / "generated/numbers.conf"
    path.write_text(path.read_text("utf-8").replace("exten => 12319,1", "exten => 12999,1"))
    console.run("dialplan reload")
    assert any("12319" in one for one in read_back(files, console))

    applied = apply(edited.instance.etc, files, console)

    assert "generated/numbers.conf" in applied.written
    assert applied.proved, applied.differences


def test_secrets_are_readable_by_nobody_else(edited: Line) -> None:
    for name in ("manager.conf", "pjsip.conf"):
        assert (edited.instance.etc / name).stat().st_mode & 0o077 == 0
    assert edited.instance.log.stat().st_mode & 0o077 == 0
