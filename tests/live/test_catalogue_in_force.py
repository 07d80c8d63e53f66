"""An edited catalogue: nothing changes until it is applied, then everything does, calls go on."""

import contextlib
import json
import os
import shutil
import signal
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.live.conftest import CARRIER
from tests.support.city import City, running_city
from tests.support.line import NANJING, listening
from tests.support.sipp import Carrier, Dial
from tests.support.until import until


@pytest.fixture
def edited_city(tmp_path: Path) -> Iterator[City]:
    """A line whose catalogue is a copy that may be edited."""
    shutil.copytree(NANJING, tmp_path / "catalogue")
    with running_city(tmp_path / "home", HOTLINE_CATALOGUE=str(tmp_path / "catalogue")) as city:
        yield city


def name_of_the_line(city: City) -> str:
    try:
        with urllib.request.urlopen(f"{city.url}/api/v1/line", timeout=2) as answer:
            return str(json.load(answer)["name_zh"])
    except OSError:
        return ""


def steps(city: City) -> str:
    cel = city.home / "asterisk/log/cel-custom/cel.csv"
    return cel.read_text("utf-8") if cel.exists() else ""


def test_an_applied_catalogue_is_taken_by_every_process(edited_city: City, tmp_path: Path) -> None:
    city = edited_city
    path = Path(city.environment["HOTLINE_CATALOGUE"]) / "hotlines.yaml"
    text = path.read_text("utf-8")
    head, number, rest = text.partition('  - number: "12319"')
    rest = rest.replace("queue: general-seats", "queue: service-12313", 1)
    text = (head + number + rest).replace("name_zh: 南京市12345政务服务便民热线", "name_zh: 新名称")
    path.write_text(text, "utf-8")
    carrier = Carrier(CARRIER, city.target, tmp_path)
    try:
        carrier.place([Dial("12319", "13511110001", stay=1)])
        until(lambda: "general-seats parallel 12319" in steps(city), 5)
        assert name_of_the_line(city) != "新名称", "edited, but not applied"

        city.hotline("conf", "apply")

        until(lambda: name_of_the_line(city) == "新名称", 20, "the console has taken it")
        carrier.place([Dial("12319", "13511110002", stay=1)])
        until(lambda: "queue:service-12313 service 12319" in steps(city), 5, "so has the loop")
        until(city.ready, 20)
    finally:
        carrier.stop()


def greeting(city: City) -> bytes:
    return (city.home / "prompts/zh/greeting.alaw").read_bytes()


def test_a_refused_apply_changes_nothing_that_callers_hear(
    edited_city: City, tmp_path: Path
) -> None:
    """A caller waits in a queue that the edit removes, and the greeting was edited as well."""
    city = edited_city
    folder = Path(city.environment["HOTLINE_CATALOGUE"])
    heard = greeting(city)
    for path in folder.glob("*.yaml"):
        text = path.read_text("utf-8").replace("zh: 您好，南京12345，", "zh: 您好，这里是12345，")
        path.write_text(text.replace("general-seats", "all-seats"), "utf-8")
    carrier = Carrier(CARRIER, city.target, tmp_path)
    try:
        carrier.place([Dial("12345", "13511110005", stay=20)])
        until(lambda: "13511110005" in city.queue_log(), 10)

        with pytest.raises(AssertionError, match="queue general-seats: 1 caller"):
            city.hotline("conf", "apply")

        assert greeting(city) == heard
        assert not list(city.home.glob(".prompts.*"))
        carrier.place([Dial("12345", "13511110006", stay=8)])
        until(lambda: city.queue_log().count("13511110006") == 1, 15, "the old queue goes on")
        until(lambda: city.queue_log().count("|ABANDON|") == 2, 30)
    finally:
        carrier.stop()

    city.hotline("conf", "apply")

    assert greeting(city) != heard


def processes(city: City) -> dict[str, int]:
    """Process numbers of the loop, the recorder and the console of this line."""
    found = {}
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            words = process.cmdline()
            ours = process.environ().get("HOTLINE_HOME") == str(city.home)
            if ours and "hotline.processes" in words and "setpriv" not in words[0]:
                found[words[-1]] = process.pid
    return found


def test_processes_that_die_come_back_with_the_catalogue_in_force(
    edited_city: City, tmp_path: Path
) -> None:
    """Somebody is in the middle of an edit, and the file has a fault at this moment."""
    city = edited_city
    path = Path(city.environment["HOTLINE_CATALOGUE"]) / "hotlines.yaml"
    path.write_text(path.read_text("utf-8").replace("queue: general-seats", "queue: nowhere", 1))
    before = processes(city)
    assert before.keys() == {"agi", "record", "console", "ringback"}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    until(lambda: processes(city).keys() == before.keys() and city.ready(), 30, "all are back")
    assert not set(processes(city).values()) & set(before.values())
    until(lambda: listening(int(city.environment["HOTLINE_AGI_PORT"])), 10)
    carrier = Carrier(CARRIER, city.target, tmp_path)
    try:
        carrier.place([Dial("12345", "13511110004", stay=2)])
        until(lambda: "1 loop queue:general-seats main 12345" in steps(city), 5)
    finally:
        carrier.stop()


def test_a_faulty_catalogue_is_not_applied_and_calls_go_on(
    edited_city: City, tmp_path: Path
) -> None:
    city = edited_city
    path = Path(city.environment["HOTLINE_CATALOGUE"]) / "hotlines.yaml"
    path.write_text(path.read_text("utf-8").replace("queue: general-seats", "queue: nowhere", 1))
    carrier = Carrier(CARRIER, city.target, tmp_path)
    try:
        with pytest.raises(AssertionError, match=r"hotlines\.yaml:\d+:\d+"):
            city.hotline("conf", "apply")
        carrier.place([Dial("12345", "13511110003", stay=2)])
        until(lambda: "1 loop queue:general-seats main 12345" in steps(city), 5)
    finally:
        carrier.stop()
