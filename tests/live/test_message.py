"""Where as many wait as may, a caller leaves a message by voice, and it becomes a ticket.

Nobody is at the seats; one caller may wait, and does. All others ring at once, each another number,
each with a mind of their own. Whatever key they press while it is explained begins the message.
"""

import itertools
import re
import sqlite3
import stat
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.support.catalogue import edited_copy
from tests.support.city import City, running_city
from tests.support.ear import Ear
from tests.support.heard import tones
from tests.support.sipp import SCENARIOS, Carrier, Dial, Sipp
from tests.support.talking_seat import browser_of
from tests.support.until import until

VOICE = 400
FULL = "queue:general-seats full"
_callers = itertools.count(13300000001)


@dataclass
class Citizen:
    """Somebody who rings a number nobody else rings here."""

    city: City
    dialled: str
    caller: str
    ear: Ear
    phone: Sipp

    @property
    def steps(self) -> list[str]:
        """Each step with its rule, from Asterisk's own log."""
        cel = (self.city.home / "asterisk/log/cel-custom/cel.csv").read_text("utf-8", "replace")
        found = (one.split(" ") for one in re.findall(r'""extra"":""([^"]+)""', cel))
        return [" ".join(words[2:4]) for words in found if words[4:5] == [self.dialled]]

    @property
    def call(self) -> dict[str, Any]:
        """What is kept of the call."""
        with sqlite3.connect(self.city.home / "hotline.db", timeout=10) as database:
            database.row_factory = sqlite3.Row
            found = database.execute("select * from calls where dnis = ?", (self.dialled,))
            row = found.fetchone()
        return dict(row) if row else {}

    @property
    def tickets(self) -> list[dict[str, Any]]:
        """The tickets the call left."""
        with sqlite3.connect(self.city.home / "hotline.db", timeout=10) as database:
            database.row_factory = sqlite3.Row
            query = "select * from tickets where call_id = ?"
            return [dict(row) for row in database.execute(query, (self.call["call_id"],))]

    def ticket_in_time(self) -> list[dict[str, Any]]:
        return until(lambda: self.tickets, 15, f"the message to {self.dialled} is a ticket") or []

    @property
    def file(self) -> Path:
        return self.city.home / "asterisk/spool/message" / f"{self.call['call_id']}.wav"

    def starts_to_speak(self) -> None:
        """Wait for the offer, press 2, and whatever else to hear no explanation."""
        until(lambda: self.steps[-1:] == [FULL], 25, f"{self.dialled} finds the line full")
        heard = self.ear.heard_seconds
        until(lambda: self.ear.heard_seconds > heard + 0.5, 8, "it is said")
        self.ear.press("2")
        until(lambda: self.steps[-1:] == ["message message"], 8, "a message is wanted")
        heard = self.ear.heard_seconds
        until(lambda: self.ear.heard_seconds > heard + 0.5, 8, "it is explained")
        self.ear.press("*")
        until(lambda: bool(self.call) and self.file.exists(), 8, "the tone was heard")

    def has_spoken(self, seconds: float) -> None:
        until(lambda: self.file.stat().st_size > seconds * 16_000, 10, f"{seconds} s are spoken")


def ends_with_hash(one: Citizen) -> None:
    one.starts_to_speak()
    one.has_spoken(3)
    one.ear.press("#")
    assert one.phone.wait(45) == 0, "we hang up, after the number"


def hangs_up(one: Citizen) -> None:
    one.starts_to_speak()
    one.has_spoken(3)
    assert one.phone.wait(30) == 0, "the citizen hangs up while speaking"


def says_nothing(one: Citizen) -> None:
    one.starts_to_speak()
    until(lambda: one.steps[-1] == "queue:general-seats message-empty", 12, "a person, then")


def wants_a_person(one: Citizen) -> None:
    one.starts_to_speak()
    one.has_spoken(1)
    one.ear.press("0")
    until(lambda: one.steps[-1] == "queue:general-seats key-person", 5, "0 is a person")


def speaks_on_and_on(one: Citizen) -> None:
    one.starts_to_speak()
    assert one.phone.wait(60) == 0, "we hang up, after the number"


# What they do, the number they ring, who they are, how long they stay (None: until we hang up).
CITIZENS: dict[str, tuple[Callable[[Citizen], None], str, str, float | None]] = {
    "hash": (ends_with_hash, "12369", str(next(_callers)), None),
    "withheld": (hangs_up, "12319", "anonymous", 20),
    "silent": (says_nothing, "12328", str(next(_callers)), 60),
    "zero": (wants_a_person, "12318", str(next(_callers)), 60),
    "long": (speaks_on_and_on, "12350", str(next(_callers)), None),
}


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    home = tmp_path_factory.mktemp("message")
    catalogue = edited_copy(
        home / "catalogue",
        ("most_waiting: 400", "most_waiting: 1"),
        ("  seconds: 90\n  silence_seconds: 5\n", "  seconds: 10\n  silence_seconds: 3\n"),
    )
    with running_city(home / "home", HOTLINE_CATALOGUE=str(catalogue)) as running:
        running.add("boss", "supervisor")
        running.add("ann", extension="8001")
        yield running


@pytest.fixture(scope="module")
def citizens(city: City, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Citizen]]:
    """All of them, when each has done what they had in mind."""
    folder = tmp_path_factory.mktemp("citizens")
    with Carrier("127.0.0.2", city.target, folder) as carrier:
        carrier.place([Dial("12345", "12355556666", stay=110)])
        until(lambda: "|ENTERQUEUE|" in city.queue_log(), 25, "one waits, as many as may")
        found = {}
        for name, (_, number, caller, stay) in CITIZENS.items():
            ear = Ear(carrier.host, VOICE, talker=True, mute=name == "silent")
            dial = Dial(number, caller, ear.port, stay=stay or 0)
            patient = SCENARIOS / ("caller.xml" if stay else "patient_caller.xml")
            phone = carrier.place([dial], scenario=patient)
            found[name] = Citizen(city, number, caller, ear, phone)
        with ThreadPoolExecutor(len(found)) as minds:
            done = [minds.submit(CITIZENS[name][0], one) for name, one in found.items()]
        for one in done:
            one.result()
        yield found
        for citizen in found.values():
            citizen.ear.close()


def test_what_was_said_is_in_the_file_and_the_file_is_nobody_elses(
    citizens: dict[str, Citizen],
) -> None:
    for name in ("hash", "withheld", "long"):
        file = citizens[name].file
        strengths = tones(file, VOICE)
        heard = [strength > 0.2 for strength in strengths]
        assert sum(heard) >= 12, f"{name} is heard: {strengths}"
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    lasts = len(tones(citizens["long"].file, VOICE)) / 5
    assert 9 <= lasts <= 11, "as long as the catalogue allows"


def test_each_message_is_one_ticket_linked_to_its_call(citizens: dict[str, Citizen]) -> None:
    for name in ("hash", "withheld", "long"):
        one = citizens[name]
        (ticket,) = one.ticket_in_time()
        assert (ticket["title"], ticket["created_by"]) == ("语音留言", "@system")
        assert (ticket["hotline"], ticket["state"]) == (one.dialled, "accepted")
        assert ticket["voice_seconds"] >= 3
        withheld = name == "withheld"
        assert ticket["requester_phone"] == (None if withheld else one.caller)
        assert one.call["outcome"] == "message"


def test_who_stays_hears_number_and_pin_and_then_we_hang_up(
    citizens: dict[str, Citizen],
) -> None:
    one = citizens["hash"]
    assert one.steps[-1] == "hangup:16 message-left"
    heard = one.ear.heard(one.city.home / "prompts/zh")
    assert heard[-4:] == ["beep", "your-ticket", "your-pin", "message-kept"]
    assert "message-ask" not in heard, "the key cut it short"


def test_who_says_nothing_or_wants_a_person_waits_for_one_and_leaves_no_ticket(
    city: City, citizens: dict[str, Citizen]
) -> None:
    entered = [row.split("|")[6] for row in city.queue_log().splitlines() if "|ENTERQUEUE|" in row]
    for name in ("silent", "zero"):
        assert citizens[name].caller in entered, name
        assert citizens[name].tickets == [], name


def test_who_left_a_message_is_owed_no_second_call(
    city: City, citizens: dict[str, Citizen]
) -> None:
    with sqlite3.connect(city.home / "hotline.db", timeout=10) as database:
        owed = {row[0] for row in database.execute("select caller from call_backs")}
    assert citizens["hash"].caller not in owed
    assert citizens["long"].caller not in owed


def test_an_agent_listens_on_the_ticket_and_a_supervisor_on_the_call(
    city: City, citizens: dict[str, Citizen]
) -> None:
    one = citizens["hash"]
    number = one.tickets[0]["number"]
    with closing(browser_of(city, "ann")) as ann:
        assert ann.get(f"/tickets/{number}/message").json()["code"] == "recording_not_opened"
        assert ann.post(f"/tickets/{number}/message").status_code == 201
        assert ann.get(f"/tickets/{number}/message").content == one.file.read_bytes()
    with closing(browser_of(city, "boss")) as boss:
        call = boss.get(f"/calls/{one.call['call_id']}").json()
        assert call["message"] == {"ticket": number, "seconds": one.tickets[0]["voice_seconds"]}
        told = [event["type"] for event in call["events"]]
        assert told[-1] == "CallEnded"
        assert told.count("MessageLeft") == 1
    with sqlite3.connect(city.home / "hotline.db", timeout=10) as database:
        looks = "select username from audit where action = 'message_opened' and subject = ?"
        assert database.execute(looks, (number,)).fetchall() == [("ann",)]


def test_the_figures_are_those_of_asterisks_own_logs(
    city: City, citizens: dict[str, Citizen]
) -> None:
    assert "all equal" in city.hotline("figures", "--check")
