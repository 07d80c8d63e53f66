"""`conf apply` against the running Asterisk: what took is read back, nobody is orphaned."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from asterisk_conf.applying import Applied, ApplyRefused, apply, take_back_orphans
from asterisk_conf.control_socket import ControlSocket
from asterisk_conf.read_back import read_back, shown_queues
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


def applied_to(line: Line, files: dict[str, str]) -> Applied:
    return apply(line.instance.etc, files, ControlSocket(line.instance), line.instance.messages)


def renamed_queue(catalogue: Catalogue, name: str) -> Catalogue:
    """The catalogue with another name for a queue, so that Asterisk is to forget the old one."""
    queues = tuple(
        queue.model_copy(update={"name": f"new-{name}"}) if queue.name == name else queue
        for queue in catalogue.queues
    )
    return catalogue.model_copy(update={"queues": queues})


def test_what_was_rendered_is_what_asterisk_runs(edited: Line) -> None:
    applied = applied_to(edited, files_of(edited, edited.catalogue))
    assert applied.written == ()
    assert applied.reloads == ()
    assert applied.proved, applied.differences


def test_an_edited_queue_is_reloaded_narrowly_and_proved(edited: Line) -> None:
    console = ControlSocket(edited.instance)
    files = files_of(edited, edited.catalogue)
    head, service, rest = files["queues.conf"].partition("[service-12313]\nstrategy = ")
    _, line_end, rest = rest.partition("\n")
    files["queues.conf"] = f"{head}{service}linear{line_end}{rest}"
    applied = applied_to(edited, files)
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
            applied_to(edited, files_of(edited, renamed_queue(edited.catalogue, name)))

        assert (edited.instance.etc / "queues.conf").read_text("utf-8") == before
        assert shown_queues(console)[name][0] == 1, "the caller still waits"
    finally:
        carrier.stop()


def test_a_file_that_asterisk_does_not_take_is_put_back(edited: Line) -> None:
    """An unclosed section: Asterisk keeps the old queues and prints nothing at all."""
    files = files_of(edited, edited.catalogue)
    before = (edited.instance.etc / "queues.conf").read_text("utf-8")
    files["queues.conf"] += "\n[new-queue]\nstrategy = rrmemory\n\n[unclosed\n"

    applied = applied_to(edited, files)

    assert not applied.proved
    assert applied.taken_back
    assert any("new-queue" in difference for difference in applied.differences)
    assert (edited.instance.etc / "queues.conf").read_text("utf-8") == before


@pytest.mark.parametrize(
    ("path", "addition", "said"),
    [
        ("queues.conf", "\n[unclosed\n", "no closing ']'"),
        ("pjsip.conf", "\n[strange]\ntype = endpoint\nwibble = 3\n", "wibble"),
        ("generated/globals.conf", "\nnothing\n", "No '='"),
        ("generated/numbers.conf", "\n[unclosed\n", "no closing ']'"),
        ("manager.conf", "\n[unclosed\n", "no closing ']'"),
        ("musiconhold.conf", "\n[unclosed\n", "no closing ']'"),
    ],
)
def test_a_file_refused_without_a_word_is_told_and_put_back(
    edited: Line, path: str, addition: str, said: str
) -> None:
    """Nothing that can be listed differs: Asterisk's own log knows that it kept the old one."""
    files = files_of(edited, edited.catalogue)
    before = (edited.instance.etc / path).read_text("utf-8")
    files[path] += addition

    applied = applied_to(edited, files)

    assert any(said in difference for difference in applied.differences), applied.differences
    assert applied.taken_back
    assert (edited.instance.etc / path).read_text("utf-8") == before
    assert applied_to(edited, files_of(edited, edited.catalogue)).proved


def test_a_line_of_the_dialplan_that_runs_otherwise_is_told(edited: Line) -> None:
    console = ControlSocket(edited.instance)
    files = files_of(edited, edited.catalogue)
    assert read_back(files, console) == ()
    files["extensions.conf"] = files["extensions.conf"].replace("Answer(,i)", "Answer()", 1)
    told = read_back(files, console)
    assert any("Answer()" in one and "does not have it" in one for one in told)


def test_who_entered_a_queue_as_it_was_removed_goes_on_to_a_person(
    edited: Line, tmp_path: Path, caller: str
) -> None:
    """The caller came between the question and the reload: app_queue knows the queue no more."""
    console = ControlSocket(edited.instance)
    experts = "expert-12348"
    files = files_of(edited, edited.catalogue)
    files["queues.conf"] = (
        files["queues.conf"]
        .replace("= strict", "= yes")
        .replace("leavewhenempty = yes", "leavewhenempty = no")
    )
    assert applied_to(edited, files).proved
    carrier = Carrier(CARRIER, edited.target, tmp_path)
    try:
        carrier.place([Dial("12348", caller, stay=12)])
        until(lambda: edited.entered(caller) == [experts], 8)
        queues = edited.instance.etc / "queues.conf"
        head, _, rest = queues.read_text("utf-8").partition(f"[{experts}]")
        queues.write_text(head + "[" + rest.partition("\n[")[2], "utf-8")
        console.run("queue reload all")
        assert experts not in shown_queues(console)

        take_back_orphans(frozenset({experts}), console)

        until(lambda: edited.entered(caller)[-1] == edited.catalogue.general.name, 8)
    finally:
        carrier.stop()
        applied_to(edited, files_of(edited, edited.catalogue))


def test_a_file_somebody_edited_by_hand_is_noticed_and_rendered_again(edited: Line) -> None:
    console = ControlSocket(edited.instance)
    files = files_of(edited, edited.catalogue)
    path = edited.instance.etc / "generated/numbers.conf"
    path.write_text(path.read_text("utf-8").replace("exten => 12319,1", "exten => 12999,1"))
    console.run("dialplan reload")
    assert any("12319" in one for one in read_back(files, console))

    applied = applied_to(edited, files)

    assert "generated/numbers.conf" in applied.written
    assert applied.proved, applied.differences


def test_secrets_are_readable_by_nobody_else(edited: Line) -> None:
    for name in ("manager.conf", "pjsip.conf"):
        assert (edited.instance.etc / name).stat().st_mode & 0o077 == 0
    assert edited.instance.log.stat().st_mode & 0o077 == 0
