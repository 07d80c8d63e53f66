"""Somebody at a seat: logged in at the console, with a phone on the desk that is picked up."""

import json
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from .city import PASSWORD, City
from .ear import Ear
from .ports import free_port
from .sipp import SCENARIOS, Carrier

SEATS: Final = "127.0.0.6"
VOICE_HERTZ: Final = 800


def browser_of(city: City, name: str) -> httpx.Client:
    """A browser in which somebody has logged in."""
    client = httpx.Client(base_url=f"{city.url}/api/v1", headers={"origin": city.url})
    answer = client.post("/session", json={"username": name, "password": PASSWORD})
    assert answer.status_code == 201, answer.text
    return client


@dataclass
class Seat:
    """An agent whose desk phone picks up each call, hears it and hums."""

    browser: httpx.Client
    ear: Ear
    desk: Carrier

    def ask(self, path: str, **form: str) -> httpx.Response:
        """Press a button of the desk; `path` is below /me."""
        done = self.browser.post(f"/me/{path}", json=form or None)
        assert done.status_code == 200, done.text
        return done

    @property
    def state(self) -> str:
        return str(self.browser.get("/me/agent").json()["state"])

    def close(self) -> None:
        self.browser.close()
        self.desk.stop()
        self.ear.close()


def take_seat(
    city: City,
    name: str,
    extension: str,
    folder: Path,
    *,
    hangs_up_after: float | None = None,
    hertz: int = VOICE_HERTZ,
    scenario: Path = SCENARIOS / "talking_phone.xml",
) -> Seat:
    """Log in and register the seat's desk phone; the seat is not ready yet.

    Its phone hangs up so many seconds after it has picked up, or leaves that to the other side.
    """
    passwords = json.loads((city.home / "secrets.json").read_text("utf-8"))["seats"]
    desk = Carrier(SEATS, city.target, folder)
    port = free_port(SEATS, socket.SOCK_DGRAM)
    desk.register(f"{extension}-desk", passwords[extension], port)
    ear = Ear(SEATS, hertz)
    arguments = ("-p", str(port), "-key", "ear", str(ear.port))
    if hangs_up_after is None:
        desk.run(scenario, (*arguments, city.target))
    else:
        talk = ("-key", "talk", str(round(hangs_up_after * 1000)), city.target)
        desk.run(SCENARIOS / "hanging_up_phone.xml", (*arguments, *talk))
    return Seat(browser_of(city, name), ear, desk)
