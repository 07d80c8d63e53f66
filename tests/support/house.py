"""A whole line with neighbours on free ports, people at desks, and what they see."""

import json
import re
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from .catalogue import SHORT_GREETING, edited_copy
from .city import PASSWORD, City, running_city
from .ports import free_port
from .sipp import SCENARIOS, Carrier, Dial, Sipp
from .until import until

CARRIER: Final = "127.0.0.2"
SEATS: Final = "127.0.0.5"
NEIGHBOURS: Final = {"subcentre-12366": "127.0.0.3", "emergency": "127.0.0.4",
                     "partners": "127.0.0.8"}  # fmt: skip


@dataclass
class Desk:
    """Somebody at a seat: logged in, with a phone on the desk that picks up."""

    extension: str
    browser: httpx.Client
    phone: Sipp

    def act(self, what: str, **form: str) -> httpx.Response:
        """Do something as this agent; the answer is the console's."""
        return self.browser.post(what, json=form or None)

    def now(self) -> dict[str, Any]:
        """What this agent's desk shows."""
        shown: dict[str, Any] = self.browser.get("/me/agent").json()
        return shown

    def state(self) -> str:
        return str(self.now()["state"])

    def call_id(self) -> str | None:
        call = self.now()["call"]
        return None if call is None else str(call["call_id"])

    def story(self, call_id: str) -> dict[str, Any]:
        """A call as this agent may see it."""
        answer = self.browser.get(f"/calls/{call_id}")
        assert answer.status_code == 200, answer.text
        return dict(answer.json())


@dataclass
class House:
    """The line and its neighbours' addresses."""

    city: City
    peers: dict[str, tuple[str, int]]
    _open: list[Any] = field(default_factory=list)
    _desks: list[Desk] = field(default_factory=list)
    _agents: set[str] = field(default_factory=set)

    def stands_as(self, peer: str, folder: Path, scenario: str = "answerer.xml") -> Sipp:
        """Answer at a neighbour's address as a scenario says."""
        host, port = self.peers[peer]
        centre = Carrier(host, self.city.target, folder)
        self._open.append(centre)
        return centre.answer(port, SCENARIOS / scenario)

    def carrier(self, folder: Path) -> Carrier:
        """A carrier whose callers ring the line."""
        carrier = Carrier(CARRIER, self.city.target, folder)
        self._open.append(carrier)
        return carrier

    def desk(self, extension: str, folder: Path, scenario: str = "answerer.xml") -> Desk:
        """Seat somebody: an account, a browser, a registered desk phone; ready to take calls."""
        browser = self.log_in(extension)
        desks = Carrier(SEATS, self.city.target, folder)
        self._open.append(desks)
        port = free_port(SEATS, socket.SOCK_DGRAM)
        passwords = json.loads((self.city.home / "secrets.json").read_text("utf-8"))["seats"]
        desks.register(f"{extension}-desk", passwords[extension], port)
        desk = Desk(extension, browser, desks.answer(port, SCENARIOS / scenario))
        answer = desk.act("/me/agent/ready", phone="desk")
        assert answer.status_code == 200, answer.text
        until(lambda: desk.state() == "ready", 10, f"{extension} is ready")
        self._desks.append(desk)
        return desk

    def talk(
        self, desk: "Desk", caller: str, folder: Path, *, ear_port: int = 9, stay: float = 50
    ) -> str:
        """A citizen rings 12345 and this agent answers; return the call's id."""
        self.carrier(folder).place([Dial("12345", caller, ear_port, stay=stay)])
        until(lambda: desk.state() == "talking", 20, "the agent talks")
        call_id = desk.call_id()
        assert call_id is not None
        return call_id

    def log_in(self, extension: str) -> httpx.Client:
        """A browser in which the agent of this seat is logged in."""
        name = f"seat{extension}"
        if name not in self._agents:
            self.city.add(name, extension=extension)
            self._agents.add(name)
        browser = httpx.Client(
            base_url=f"{self.city.url}/api/v1", headers={"origin": self.city.url}, timeout=20
        )
        self._open.append(browser)
        form = {"username": name, "password": PASSWORD}
        assert browser.post("/session", json=form).status_code == 201
        return browser

    def call_of(self, caller: str) -> str | None:
        """The id of the call of a caller's number."""
        with sqlite3.connect(self.city.home / "hotline.db", timeout=10) as database:
            found = database.execute("SELECT call_id FROM calls WHERE caller_id = ?", (caller,))
            row = found.fetchone()
        return None if row is None else str(row[0])

    def events(self, call_id: str) -> list[str]:
        """What is kept of a call, in order: types, and of transfers their result."""
        with sqlite3.connect(self.city.home / "hotline.db", timeout=10) as database:
            rows = database.execute(
                "SELECT type, data FROM call_events WHERE call_id = ? ORDER BY id", (call_id,)
            ).fetchall()
        found = [(kind, json.loads(data).get("result", "")) for kind, data in rows]
        return [f"{kind} {result}".strip() for kind, result in found]

    def steps(self, number: str) -> list[str]:
        """The steps in Asterisk's own log for calls to a number."""
        log = self.city.home / "asterisk/log/cel-custom/cel.csv"
        found = re.findall(r'""extra"":""([^"]+)""', log.read_text("utf-8", "replace"))
        return [" ".join(w[2:4]) for f in found if (w := f.split(" "))[4:5] == [number]]

    def queue_log(self, event: str) -> list[list[str]]:
        """Asterisk's own rows of one kind: time, call, queue, member, kind, details."""
        rows = [row.split("|") for row in self.city.queue_log().splitlines()]
        return [row for row in rows if len(row) > 4 and row[4] == event]

    def entered(self, caller: str) -> list[str]:
        """The queues a caller's number entered, in order."""
        return [row[2] for row in self.queue_log("ENTERQUEUE") if row[6] == caller]

    def positions(self, caller: str) -> list[int]:
        """The places in line at which a caller's number entered queues; 1 is the front."""
        return [int(row[7]) for row in self.queue_log("ENTERQUEUE") if row[6] == caller]

    def open_calls(self) -> int:
        """Calls that Asterisk still holds, by what the database knows of them."""
        with sqlite3.connect(self.city.home / "hotline.db", timeout=10) as database:
            query = "SELECT count(*) FROM calls WHERE state <> 'ended'"
            return int(database.execute(query).fetchone()[0])

    def outcome(self, call_id: str) -> str | None:
        """How a call ended; None while it goes on."""
        with sqlite3.connect(self.city.home / "hotline.db", timeout=10) as database:
            query = "SELECT outcome FROM calls WHERE call_id = ? AND state = 'ended'"
            row = database.execute(query, (call_id,)).fetchone()
        return None if row is None else str(row[0])

    def transfer(self, call_id: str) -> dict[str, Any]:
        """A call's last transfer as it is kept; empty before the first."""
        with sqlite3.connect(self.city.home / "hotline.db", timeout=10) as database:
            query = "SELECT transfers FROM calls WHERE call_id = ?"
            (kept,) = database.execute(query, (call_id,)).fetchone()
        return dict([{"state": "", "result": ""}, *json.loads(kept)][-1])

    def people(self, room: str) -> int:
        """How many are in a room, by Asterisk's own list."""
        return len(self.cli(f"confbridge list {room}").strip().splitlines()) - 2

    def tickets(self, call_id: str) -> list[tuple[str, str, str]]:
        """A call's tickets: number, who opened it, title."""
        with sqlite3.connect(self.city.home / "hotline.db", timeout=10) as database:
            query = "SELECT number, created_by, title FROM tickets WHERE call_id = ?"
            return database.execute(query, (call_id,)).fetchall()

    def sent_on(self) -> list[str]:
        """The calls on which an agent sent the caller to others' people, experts left out."""
        with sqlite3.connect(self.city.home / "hotline.db", timeout=10) as database:
            rows = database.execute("SELECT call_id, transfers FROM calls").fetchall()
        targets = {call: {one["target"] for one in json.loads(kept)} for call, kept in rows}
        return [c for c, to in targets.items() if {t for t in to if not t.startswith("expert")}]

    def cli(self, command: str) -> str:
        """Run a console command of Asterisk."""
        return self.city.cli(command)

    def channel(self, of: str) -> str:
        """The name of a channel: of a seat by its extension, of a caller by the call's id."""
        rows = [row.split("!") for row in self.cli("core show channels concise").splitlines()]
        # Not "/{of}-" alone: a room's own announcer is called CBAnn/<call's id>-….
        return next(
            row[0] for row in rows if row[0].startswith(f"PJSIP/{of}-") or row[-1].strip() == of
        )

    def put_down(self, of: str) -> None:
        """Somebody hangs up."""
        self.cli(f"channel request hangup {self.channel(of)}")

    def close(self) -> None:
        """Everybody goes home: browsers, phones, neighbours."""
        self.city.hang_up_everybody()
        for desk in self._desks:
            desk.act("/me/agent/offline")  # or the queue would ring a phone that is gone
        self._desks.clear()
        for one in reversed(self._open):
            one.stop() if isinstance(one, Carrier) else one.close()
        self._open.clear()


@contextmanager
def running_house(folder: Path, *changes: tuple[str, str], **settings: str) -> Iterator[House]:
    """Start the line with every neighbour at a free port of its address, and a short greeting."""
    peers = {name: (host, free_port(host, socket.SOCK_DGRAM)) for name, host in NEIGHBOURS.items()}
    copy = edited_copy(folder / "catalogue", SHORT_GREETING, *changes)
    for name, (_, port) in peers.items():
        _stands_at(copy, name, port)
    with running_city(folder / "home", HOTLINE_CATALOGUE=str(copy), **settings) as city:
        yield House(city, peers)


def _stands_at(catalogue: Path, peer: str, port: int) -> None:
    """Have a neighbour of the catalogue's listen at another port."""
    address = re.compile(rf"(peer: {peer}\n.*\n +port: )5060\n")
    for file in catalogue.glob("*.yaml"):
        text = file.read_text("utf-8")
        file.write_text(address.sub(rf"\g<1>{port}\n", text), "utf-8")
