"""Thirteen real calls on a whole line: screen, file, command and recount give sipp's own counts."""

import csv
import io
import json
import re
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.city import PASSWORD, City, running_brief_city
from tests.support.ports import free_port
from tests.support.sipp import Carrier, Dial, Sipp
from tests.support.until import until

CARRIER = "127.0.0.2"
SEATS = "127.0.0.6"
GENERAL = ("8001", "8003", "8004", "8005", "8006")
EXPERT = "8011"


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """A whole line with people for the seats of this test."""
    with running_brief_city(tmp_path_factory.mktemp("figures")) as running:
        running.add("boss", "supervisor")
        for seat in (*GENERAL, EXPERT):
            running.add(f"seat{seat}", extension=seat)
        yield running


@dataclass
class Seat:
    """Somebody at a seat: a browser that is logged in and a phone on the desk."""

    browser: httpx.Client
    phone: Sipp

    def act(self, what: str, **form: str) -> None:
        done = self.browser.post(f"/me/agent/{what}", json=form or None)
        assert done.status_code == 200, done.text

    def state(self) -> str:
        return str(self.browser.get("/me/agent").json()["state"])


@pytest.fixture
def log_in(city: City) -> Iterator[Any]:
    with ExitStack() as open_browsers:

        def browser(name: str) -> httpx.Client:
            client = httpx.Client(base_url=f"{city.url}/api/v1", headers={"origin": city.url})
            open_browsers.enter_context(client)
            form = {"username": name, "password": PASSWORD}
            assert client.post("/session", json=form).status_code == 201
            return client

        yield browser


@pytest.fixture
def seats(city: City, log_in: Any, tmp_path: Path) -> Iterator[list[Seat]]:
    """Every seat with a registered phone that picks up; nobody is ready yet."""
    passwords = json.loads((city.home / "secrets.json").read_text("utf-8"))["seats"]
    desks = Carrier(SEATS, city.target, tmp_path)
    found = []
    for extension in (*GENERAL, EXPERT):
        port = free_port(SEATS, socket.SOCK_DGRAM)
        desks.register(f"{extension}-desk", passwords[extension], port)
        found.append(Seat(log_in(f"seat{extension}"), desks.answer(port)))
    yield found
    desks.stop()


@pytest.fixture
def carrier(city: City, tmp_path: Path) -> Iterator[Carrier]:
    carrier = Carrier(CARRIER, city.target, tmp_path)
    yield carrier
    carrier.stop()


def place(carrier: Carrier, numbers: list[str], first_caller: int, stay: float) -> Sipp:
    """Place these calls; every one must go as a call goes, by sipp's own count."""
    callers = [str(first_caller + offset) for offset in range(len(numbers))]
    dials = [Dial(n, c, stay=stay) for n, c in zip(numbers, callers, strict=True)]
    calls = carrier.place(dials, per_second=5)
    assert calls.wait(60) == 0, calls.errors()
    assert calls.counts() == {"created": len(numbers), "successful": len(numbers), "failed": 0}
    return calls


def counted(figures: dict[str, Any]) -> dict[str, Any]:
    names = ("offered", "answered", "abandoned_short", "abandoned_long", "interrupted", "refused")
    return {name: figures[name] for name in names}


def test_every_way_to_a_figure_gives_what_sipp_saw(
    city: City, log_in: Any, seats: list[Seat], carrier: Carrier
) -> None:
    boss = log_in("boss")
    short = place(carrier, ["12345", "12349", "12328"], 13800000001, stay=2)
    long = place(carrier, ["12345", "12345", "12319", "12333"], 13800000011, stay=9)
    for seat in seats:
        seat.act("ready", phone="desk")
    until(lambda: {seat.state() for seat in seats} == {"ready"}, 10, "every seat is ready")
    numbers = ["12345", "12345", "12349", "12315", "12393", "12333"]
    answered = place(carrier, numbers, 13800000021, stay=16)
    until(lambda: {seat.state() for seat in seats} == {"wrapup"}, 10, "every seat wraps up")
    for seat in seats:
        seat.act("wrapup/end")
    until(lambda: "wrapup" not in {seat.state() for seat in seats}, 10, "nobody wraps up")

    sipp = {
        "offered": sum(calls.counts()["created"] for calls in (short, long, answered)),
        "answered": sum(seat.phone.counts()["created"] for seat in seats),
        "abandoned_short": short.counts()["successful"],
        "abandoned_long": long.counts()["successful"],
        "interrupted": 0,
        "refused": 0,
    }
    assert (sipp["offered"], sipp["answered"]) == (13, 6)
    until(lambda: boss.get("/figures").json()["total"]["offered"] == 13, 10, "13 are recorded")

    shown = boss.get("/figures").json()
    assert counted(shown["total"]) == sipp
    assert shown["total"]["talk_ms"] > 6 * 2000
    assert shown["total"]["answered_30s"] == 6
    lines = {row["key"]: row["figures"] for row in shown["rows"]}
    assert (lines["12345"]["offered"], lines["12345"]["answered"]) == (5, 2)
    assert (lines["12333"]["offered"], lines["12333"]["answered"]) == (2, 1)
    # A number that is merged whole is still counted under its old number.
    assert (lines["12349"]["offered"], lines["12349"]["answered"]) == (2, 1)
    agents = boss.get("/figures", params={"by": "agent"}).json()["rows"]
    answers = {row["key"]: row["figures"]["answered"] for row in agents}
    assert answers == dict.fromkeys((*GENERAL, EXPERT), 1)
    assert all(row["figures"]["wrapup_ms"] > 0 for row in agents)
    wall = boss.get("/floor").json()["today"]
    assert (wall["offered"], wall["answered"], wall["abandoned"]) == (13, 6, 7)
    own = [seat.browser.get("/me/today").json() for seat in seats]
    assert [day["answered"] for day in own] == [1] * 6

    file = boss.get("/figures.csv").content.decode("utf-8-sig")
    assert list(csv.reader(io.StringIO(file))) == list(
        csv.reader(io.StringIO(city.hotline("figures", "--csv").removeprefix("\ufeff")))
    )
    told = city.hotline("figures", "--check")
    found = re.fullmatch(r"(\d+) calls, (\d+) figures: all equal .*\n", told)
    assert found is not None, told
    assert int(found[1]) == sipp["offered"]

    # The recount is no echo: it does not read what it checks.
    with sqlite3.connect(city.home / "hotline.db", timeout=10) as database:
        database.execute(
            "UPDATE calls SET answered_at = NULL, agent = NULL, outcome = 'abandoned'"
            " WHERE call_id = (SELECT min(call_id) FROM calls WHERE outcome = 'answered')"
        )
    with pytest.raises(AssertionError, match=r"all: answered: kept 5, logged 6"):
        city.hotline("figures", "--check")
