"""A whole city from the repository, and a small one that each test bends in one place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from routing.catalogue import Catalogue
from routing.faults import CatalogueFaults, Fault
from routing.loader import load_catalogue

REPOSITORY = Path(__file__).parents[3]

SMALL_CITY = """\
city:
  code: smallton
  name_zh: 小城
  name_en: Smallton
  area_code: "0512"
  hotline_number: "12345"
  ticket_prefix: SM
  timezone: Asia/Shanghai
limits:
  greeting_max_seconds: 8
hotlines:
  - number: "12345"
    name_zh: 便民热线
    name_en: City line
    unit_zh: 政务办
    unit_en: Office
    mode: main
    queue: general-seats
    greeting: hello
    keys: {"1": legal}
    clause: 一
  - number: "12349"
    name_zh: 民政
    name_en: Civil affairs
    unit_zh: 民政局
    unit_en: Bureau
    mode: merged
    queue: general-seats
    notice: {prompt: moved, until: 2027-12-31}
    clause: 二
  - number: "12348"
    name_zh: 法律
    name_en: Legal
    unit_zh: 司法局
    unit_en: Justice
    mode: parallel
    queue: general-seats
    expert_queue: legal
    clause: 三
  - number: "119"
    name_zh: 火警
    name_en: Fire
    unit_zh: 消防
    unit_en: Fire brigade
    mode: emergency
    queue: general-seats
    clause: 四
queues:
  - {name: general-seats, name_zh: 综合, name_en: General, kind: general}
  - name: legal
    name_zh: 法律
    name_en: Legal
    kind: expert
    wait_seconds: 20
    overflow: general-seats
    hours: ["mon-fri 09:00-17:00"]
seats:
  - extensions: 8001-8003
    queues: {general-seats: 0, legal: 1}
  - extensions: "8004"
    queues: {legal: 0}
emergency: {peer: emergency, host: 127.0.0.4}
trunks:
  - {name: carrier, host: 127.0.0.2, trusted: true}
pause_reasons:
  - {code: break, zh: 茶歇, en: Break}
prompts:
  hello: {zh: 您好, en: Hello}
  moved: {zh: 已并入, en: Moved}
  wait: {zh: 请稍候, en: Please wait}
announcements:
  overflow: wait
  sub_centre_return: wait
  emergency_return: wait
  still_waiting: wait
  recorded: wait
  transfer_return: wait
"""


@pytest.fixture(scope="session")
def nanjing() -> Catalogue:
    return load_catalogue(REPOSITORY / "routing" / "nanjing")


@pytest.fixture
def small_city() -> str:
    return SMALL_CITY


@pytest.fixture
def loaded(tmp_path: Path) -> Callable[[str], Catalogue]:
    def load(text: str) -> Catalogue:
        file = tmp_path / "city.yaml"
        file.write_text(text, encoding="utf-8")
        return load_catalogue(file)

    return load


@pytest.fixture
def faults_of(loaded: Callable[[str], Catalogue]) -> Callable[[str], list[Fault]]:
    def faults(text: str) -> list[Fault]:
        try:
            loaded(text)
        except CatalogueFaults as found:
            return list(found.faults)
        return []

    return faults


@pytest.fixture
def bent(
    small_city: str, faults_of: Callable[[str], list[Fault]]
) -> Callable[..., list[tuple[int, int, str]]]:
    """Faults of the small city after the given replacements, as (line, column, code)."""

    def bend(*changes: tuple[str, str]) -> list[tuple[int, int, str]]:
        text = small_city
        for old, new in changes:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
            text = text.replace(old, new)
        return [(found.line, found.column, found.code) for found in faults_of(text)]

    return bend
