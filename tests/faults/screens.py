"""What people see while parts break: the console's websockets, read as its page reads them."""

import asyncio
import contextlib
import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
from websockets.exceptions import WebSocketException
from websockets.sync.client import connect

from agent_console.accounts import NewUser, create_user
from agent_console.sessions import COOKIE
from database.engine import make_engine
from tests.faults.callers import GENERAL
from tests.faults.conftest import SEATS
from tests.faults.house import House

PASSWORD = "a-long-enough-Passw0rd"
WALL = "wall"
MEMBER = re.compile(r"^\s+(\d{4}) \(PJSIP/.*?\)(.*)$", re.MULTILINE)
WAITING = re.compile(rf"^{GENERAL} has (\d+) calls", re.MULTILINE)

Seen = tuple[int, frozenset[str]]
"""Callers who wait in the general queue, and the seats that talk."""


class Screen:
    """One person's browser; it connects again by itself, and reads the lists when told to."""

    def __init__(self, url: str, name: str) -> None:
        self.floor: dict[str, Any] = {}
        self.state = ""
        self._url = url
        self._ends = False
        self._browser = httpx.Client(base_url=f"{url}/api/v1", headers={"origin": url}, timeout=10)
        form = {"username": login(name), "password": PASSWORD}
        assert self._browser.post("/session", json=form).status_code == 201
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._ends = True
        self._thread.join(10)
        self._browser.close()

    def _look(self) -> None:
        cookie = {"cookie": f"{COOKIE}={self._browser.cookies[COOKIE]}"}
        url = self._url.replace("http", "ws", 1)
        while not self._ends:
            with (
                contextlib.suppress(WebSocketException, OSError),
                connect(f"{url}/ws", origin=self._url, additional_headers=cookie) as socket,  # type: ignore[arg-type]
            ):
                while not self._ends:
                    with contextlib.suppress(TimeoutError):
                        self._read(json.loads(socket.recv(0.2)))
            time.sleep(0.2)

    def _read(self, said: dict[str, Any]) -> None:
        if said["type"] == "Floor":
            self.floor = said["data"]
        elif said["type"] in ("Hello", "Resync"):
            self.state = self._browser.get("/me/agent").json().get("state", "")
        elif said["type"] == "AgentStateChanged":
            self.state = said["data"]["state"]

    def seen(self) -> Seen | None:
        """What the floor shows; None before its first word."""
        if not self.floor:
            return None
        waiting = next(q["waiting"] for q in self.floor["queues"] if q["name"] == GENERAL)
        talking = {a["extension"] for a in self.floor["agents"] if a["state"] == "talking"}
        return waiting, frozenset(talking)


def login(name: str) -> str:
    """A name of letters for a seat."""
    return f"seat{name}"


@contextmanager
def screens(house: House) -> Iterator[dict[str, Screen]]:
    """The wall, and a browser at each seat."""
    asyncio.run(_accounts(house))
    url = house.start_console()
    opened = {name: Screen(url, name) for name in (WALL, *SEATS)}
    try:
        yield opened
    finally:
        for screen in opened.values():
            screen.close()
        house.kill_console()


def truth(house: House) -> Seen:
    """The same by Asterisk's own word."""
    said = house.line.cli(f"queue show {GENERAL}")
    found = WAITING.search(said)
    talking = {name for name, rest in MEMBER.findall(said) if "In use" in rest}
    return int(found[1]) if found else 0, frozenset(talking)


def all_right(house: House, shown: dict[str, Screen]) -> bool:
    """Whether the wall and each agent's screen show what is."""
    waiting, talking = truth(house)
    agents = all((shown[seat].state == "talking") == (seat in talking) for seat in SEATS)
    return agents and shown[WALL].seen() == (waiting, talking)


async def _accounts(house: House) -> None:
    engine = make_engine(house.database)
    seats = house.line.catalogue.index.seats
    people = [(WALL, "supervisor", None), *((seat, "agent", seat) for seat in SEATS)]
    for name, role, seat in people:
        await create_user(engine, NewUser(login(name), PASSWORD, name, role, seat), seats)
    await engine.dispose()
