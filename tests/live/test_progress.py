"""A caller hears a ticket's number and PIN, and later its progress by telephone; then a person."""

import itertools
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.city import City, running_city
from tests.support.ear import Ear
from tests.support.sipp import Carrier, Dial
from tests.support.talking_seat import take_seat
from tests.support.until import until
from tickets.telephone import pin_of

_callers = itertools.count(13100000001)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with running_city(tmp_path_factory.mktemp("progress") / "home") as running:
        running.add("ann", extension="8001")
        yield running


@pytest.fixture
def carrier(city: City, tmp_path: Path) -> Iterator[Carrier]:
    carrier = Carrier("127.0.0.2", city.target, tmp_path)
    yield carrier
    carrier.stop()


@pytest.fixture(scope="module")
def ticket(city: City, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A ticket, written by the agent while its caller answers the survey; the caller hears it."""
    folder = tmp_path_factory.mktemp("ticket")
    ann = take_seat(city, "ann", "8001", folder, hangs_up_after=2)
    carrier, ear = Carrier("127.0.0.2", city.target, folder), Ear("127.0.0.2", talker=True)
    caller = str(next(_callers))
    ann.ask("agent/ready", phone="desk")
    carrier.place([Dial("12345", caller, ear.port, stay=90)])
    until(lambda: ann.state == "wrapup", 25, "they have talked")
    call_id = row(city, "select call_id from calls where caller_id = ?", caller)[0]
    form = {"call_id": call_id, "kind": "help", "urgency": "normal"}
    form |= {"title": "路灯不亮", "content": "小区门口的路灯不亮。"}
    saved = ann.browser.post("/tickets", json=form)
    assert saved.status_code == 201, saved.text
    until(lambda: steps(city, caller)[-1] == "survey", 5)
    asked = ear.heard_seconds
    until(lambda: ear.heard_seconds > asked + 1, 5)
    ear.press("5")
    until(lambda: steps(city, caller)[-1] == "hangup:16", 5)
    thanked = ear.heard_seconds
    until(lambda: row(city, "select state from calls where call_id = ?", call_id)[0] == "ended", 40)
    assert ear.heard_seconds - thanked > 7, "twenty digits were read out"
    ann.ask("agent/offline")
    ann.close()
    carrier.stop()
    ear.close()
    return str(saved.json()["number"])


def row(city: City, query: str, *values: str) -> Any:
    with sqlite3.connect(city.home / "hotline.db", timeout=10) as database:
        return database.execute(query, values).fetchone()


def steps(city: City, caller: str) -> list[str]:
    """Return the steps Asterisk's own log holds for a caller."""
    cel = (city.home / "asterisk/log/cel-custom/cel.csv").read_text("utf-8")
    rows = [line[1:-1].split('","') for line in cel.splitlines()]
    found = [columns[9] for columns in rows if (columns[0], columns[6]) == ("STEP", caller)]
    return [words.partition('""extra"":""')[2].split()[2] for words in found]


def pin(city: City, number: str) -> str:
    key = json.loads((city.home / "secrets.json").read_text("utf-8"))["ticket_pin"]
    return pin_of(key, number)


def key_in(city: City, caller: str, ear: Ear, step: str, digits: str) -> None:
    """Wait until asked for something, and key it in."""
    times = steps(city, caller).count(step)
    until(lambda: steps(city, caller)[-1:] == [step], 12, f"asked for {step}, {times}")
    before = ear.heard_seconds
    until(lambda: ear.heard_seconds > before + 0.5, 5, "the question is heard")
    for digit in digits:
        ear.press(digit)
        time.sleep(0.08)  # a finger's pace: two keys at once are one


def ring(carrier: Carrier) -> tuple[str, Ear]:
    """Ring 12345 and press 2 during the greeting."""
    caller, ear = str(next(_callers)), Ear(carrier.host, talker=True)
    carrier.place([Dial("12345", caller, ear.port, stay=90)])
    until(lambda: ear.heard_seconds > 1, 8, "the greeting is heard")
    ear.press("2")
    return caller, ear


def in_a_queue(city: City, caller: str) -> bool:
    return any(f"|ENTERQUEUE||{caller}|" in line for line in city.queue_log().splitlines())


def test_number_and_pin_give_the_state_and_0_a_person(
    city: City, carrier: Carrier, ticket: str
) -> None:
    caller, ear = ring(carrier)
    secret = pin(city, ticket)
    key_in(city, caller, ear, "ask:number", ticket.removeprefix("NJ").replace("-", "") + "#")
    key_in(city, caller, ear, "ask:pin", secret)
    key_in(city, caller, ear, "ask:choice", "0")
    until(lambda: in_a_queue(city, caller), 8, "0 is a person")
    ear.close()
    told = row(city, "select told from ticket_look_ups where number = ?", ticket)
    assert told == ("accepted",)
    logs = [*(city.home / "log").rglob("*"), *(city.home / "asterisk/log").rglob("*")]
    for file in (file for file in logs if file.is_file()):
        assert secret not in file.read_text("utf-8", "replace"), f"the PIN is in {file.name}"


def test_after_three_wrong_pins_a_person(city: City, carrier: Carrier, ticket: str) -> None:
    caller, ear = ring(carrier)
    wrong = f"{(int(pin(city, ticket)) + 1) % 10**6:06d}"
    for _ in range(3):
        key_in(city, caller, ear, "ask:number", ticket.removeprefix("NJ").replace("-", "") + "#")
        key_in(city, caller, ear, "ask:pin", wrong)
        until(lambda: steps(city, caller)[-1] != "ask:pin", 5)
    until(lambda: in_a_queue(city, caller), 8, "a person")
    assert steps(city, caller)[-1] == "queue:general-seats"
    ear.close()


def test_who_says_nothing_gets_a_person(city: City, carrier: Carrier, ticket: str) -> None:
    caller, ear = ring(carrier)
    until(lambda: in_a_queue(city, caller), 35, "silence leads to a person")
    assert steps(city, caller) == ["queue:general-seats", "ask:number", "queue:general-seats"]
    ear.close()
