"""Who waits is told the place, in the caller's language, and again after a while.

There is no music here, so what is heard in the queue is what is said.
"""

import itertools
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.catalogue import edited_copy
from tests.support.ear import Ear
from tests.support.line import Line, running_line
from tests.support.prompts import rendered_prompts
from tests.support.sipp import Carrier, Dial
from tests.support.until import until

_callers = itertools.count(12300000001)  # numbers nobody can ring back: no offer is heard between


@pytest.fixture(scope="module")
def quiet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    home = tmp_path_factory.mktemp("quiet")
    prompts = home / "prompts"
    shutil.copytree(rendered_prompts(), prompts, ignore=shutil.ignore_patterns("*calm*"))
    often = ("announce_seconds: 30", "announce_seconds: 8")
    catalogue = edited_copy(home / "catalogue", often)
    with running_line(home, prompts, catalogue_path=catalogue) as line:
        yield line


@pytest.mark.parametrize(("key", "language"), [("", "zh"), ("3", "en")])
def test_the_second_in_line_hears_the_place_on_joining_and_again(
    quiet: Line, tmp_path: Path, key: str, language: str
) -> None:
    first, second = str(next(_callers)), str(next(_callers))
    with Carrier("127.0.0.2", quiet.target, tmp_path) as carrier:
        carrier.place([Dial("12345", first, stay=60)])
        until(lambda: quiet.entered(first), 25, "the first waits")
        ear = Ear(carrier.host)
        carrier.place([Dial("12345", second, ear.port, stay=45)])
        if key:
            until(lambda: ear.heard_seconds > 0.5, 10, "the greeting is heard")
            ear.press(key)
        until(lambda: "general-seats" in quiet.entered(second), 25, "the second waits")
        joined = ear.heard_seconds
        until(lambda: ear.heard_seconds > joined + 1, 10, "the place is said")
        shown = quiet.cli("queue show general-seats")
        assert "2. PJSIP/carrier" in shown
        until(lambda: ear.heard_seconds > joined + 3, 25, "it is said again")
        ear.close()
    quiet.cli("channel request hangup all")
    until(lambda: quiet.channels() == 0, 10, "the line is quiet")
    lost = [row for row in messages(quiet).splitlines() if "does not exist" in row]
    assert [row for row in lost if f"'{language}'" in row or "queue-" in row] == []


def messages(line: Line) -> str:
    """Return what Asterisk warned of."""
    logs = [path for path in line.instance.log.glob("*") if path.is_file()]
    return "\n".join(path.read_text("utf-8", "replace") for path in logs)


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_number_of_a_long_line_can_be_said(language: str) -> None:
    """The files that say.c asks for: 342 in Chinese is 3, hundred, 40, 2."""
    sounds = rendered_prompts() / language
    names = [*range(10), *range(10, 100, 10), "hundred", "thousand"]
    names += range(11, 20) if language == "en" else ()
    for name in names:
        assert (sounds / f"digits/{name}.alaw").stat().st_size > 400, name
