"""A promised call-back, whole: the place is kept, 12345 rings in its turn, it counts once."""

import contextlib
import json
import socket
import sqlite3
import urllib.request
from collections.abc import Iterator
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

import pytest

from tests.support.catalogue import edited_copy
from tests.support.city import PASSWORD, City, running_city
from tests.support.ear import Ear
from tests.support.ports import free_port
from tests.support.sipp import SCENARIOS, Carrier, Dial
from tests.support.until import until

CARRIER, SEAT = "127.0.0.2", "127.0.0.5"
CITIZEN, SILENT = "13212345678", "13287654321"


class Desk:
    """Somebody logged in at the console, without a browser."""

    def __init__(self, city: City, name: str) -> None:
        self._url = city.url
        cookies = urllib.request.HTTPCookieProcessor(CookieJar())
        self._opener = urllib.request.build_opener(cookies)
        self.ask("POST", "/session", {"username": name, "password": PASSWORD})

    def ask(self, method: str, path: str, body: object = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(
            f"{self._url}/api/v1{path}",
            data,
            {"Origin": self._url, "Content-Type": "application/json"},
            method=method,
        )
        with self._opener.open(request, timeout=10) as answer:
            return json.loads(answer.read() or b"null")


@pytest.fixture(scope="module")
def citizens_port() -> int:
    return free_port(CARRIER, socket.SOCK_DGRAM)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory, citizens_port: int) -> Iterator[City]:
    folder = tmp_path_factory.mktemp("city")
    catalogue = edited_copy(
        folder / "catalogue",
        ("offer_after_seconds: 60", "offer_after_seconds: 3"),
        ("port: 5060                   #", f"port: {citizens_port}  #"),
        ("ring_seconds: 30             #", "ring_seconds: 6  #"),
    )
    with running_city(folder / "home", HOTLINE_CATALOGUE=str(catalogue)) as running:
        running.add("wang", extension="8001")
        running.add("boss", "supervisor")
        yield running


@pytest.fixture
def carrier(city: City, tmp_path: Path) -> Iterator[Carrier]:
    with Carrier(CARRIER, city.target, tmp_path) as carrier:
        yield carrier


@pytest.fixture
def seat(city: City, tmp_path: Path) -> Iterator[Carrier]:
    with Carrier(SEAT, city.target, tmp_path) as phone:
        yield phone


def accept(city: City, carrier: Carrier, caller: str) -> None:
    """Wait for the offer and press 1."""
    ear = Ear(carrier.host)
    patient = SCENARIOS / "patient_caller.xml"
    call = carrier.place([Dial("12333", caller, ear.port, stay=60)], scenario=patient)
    until(lambda: "call-back-offer" in steps(city, caller), 40, "it is offered")
    heard = ear.heard_seconds
    until(lambda: ear.heard_seconds > heard + 1, 10, "the offer is heard")
    ear.press("1")
    assert call.wait(30) == 0, "we hang up"
    ear.close()


def steps(city: City, caller: str) -> list[str]:
    """Return the rules of a caller's steps, as the recorder keeps them."""
    rows = stored(city, "SELECT path FROM calls WHERE caller_id = ? ORDER BY arrived_at", caller)
    return [step["reason"] for (path,) in rows for step in json.loads(path)]


def stored(city: City, query: str, *values: str) -> list[tuple[Any, ...]]:
    with contextlib.closing(sqlite3.connect(city.home / "hotline.db")) as database:
        return database.execute(query, values).fetchall()


def owed(boss: Desk, caller: str, closed: bool = False) -> dict[str, Any] | None:
    """Return the call-back of a caller as the page shows it."""
    page = boss.ask("GET", f"/call-backs?closed={str(closed).lower()}")
    end = f"****{caller[-4:]}"
    found: list[dict[str, Any]] = [i for i in page["items"] if i["caller_masked"].endswith(end)]
    return found[0] if found else None


def test_the_citizen_is_rung_from_12345_when_an_agent_is_free_and_counted_once(
    city: City, carrier: Carrier, seat: Carrier, citizens_port: int
) -> None:
    boss, wang = Desk(city, "boss"), Desk(city, "wang")
    citizen = carrier.answer(citizens_port, SCENARIOS / "citizen.xml")
    accept(city, carrier, CITIZEN)
    row = until(lambda: owed(boss, CITIZEN), 10, "it is on the list")
    assert row is not None
    assert (row["why"], row["state"], row["attempts"]) == ("promised", "open", 0)

    port = free_port(SEAT, socket.SOCK_DGRAM)
    account = wang.ask("GET", "/me/phone")["desk"]
    seat.register(account["user"], account["password"], port)
    seat.answer(port)
    wang.ask("POST", "/me/agent/ready", {"phone": "desk"})

    talking = until(
        lambda: stored(
            city,
            "SELECT call_id, caller_id, agent, landed_by, answered_at FROM calls"
            " WHERE landed_by = 'callback' AND answered_at IS NOT NULL",
        ),
        30,
        "the citizen talks with the agent",
    )
    ((call_id, caller, agent, _, _),) = talking
    assert (caller, agent) == (CITIZEN, "8001")
    assert wang.ask("GET", "/me/agent")["call"]["landed_by"] == "callback"
    done = until(lambda: owed(boss, CITIZEN, closed=True), 10, "it is done")
    assert done is not None
    assert (done["outcome"], done["attempts"], done["closed_by"]) == ("reached", 1, "8001")
    assert f"|{call_id}|general-seats|8001|CONNECT|" in city.queue_log()

    wang.ask("POST", "/me/call/hangup")
    until(lambda: wang.ask("GET", "/me/agent")["state"] == "wrapup", 10, "the talk is over")
    wang.ask("POST", "/me/agent/offline")
    citizen.stop()
    assert citizen.counts()["created"] == 1, "rung once"
    assert citizen.counts()["failed"] == 0, "from 12345"
    total = boss.ask("GET", "/figures?by=hotline")["total"]
    assert (total["offered"], total["call_back"], total["answered"]) == (1, 1, 0)
    by_agent = boss.ask("GET", "/figures?by=agent")
    assert [row["figures"]["answered"] for row in by_agent["rows"]] == [1]
    assert "all equal" in city.hotline("figures", "--check")


def test_who_does_not_answer_is_rung_again_later_and_stays_on_the_list(
    city: City, carrier: Carrier, seat: Carrier, citizens_port: int
) -> None:
    boss, wang = Desk(city, "boss"), Desk(city, "wang")
    carrier.answer(citizens_port, SCENARIOS / "ringing_phone.xml")
    port = free_port(SEAT, socket.SOCK_DGRAM)
    account = wang.ask("GET", "/me/phone")["desk"]
    seat.register(account["user"], account["password"], port)
    accept(city, carrier, SILENT)
    wang.ask("POST", "/me/agent/ready", {"phone": "desk"})
    until(lambda: (owed(boss, SILENT) or {}).get("state") == "ringing", 20, "they are rung")
    until(lambda: (owed(boss, SILENT) or {}).get("state") == "open", 40, "nobody answers")
    row = owed(boss, SILENT)
    assert row is not None
    assert (row["attempts"], row["why"]) == (1, "promised")
    assert row["due"] > row["last_at"]
    wang.ask("POST", "/me/agent/offline")
