"""An edited catalogue: nothing changes until it is applied, then everything does, calls go on."""

import json
import shutil
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.conftest import CARRIER
from tests.support.city import City, running_city
from tests.support.line import NANJING
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
