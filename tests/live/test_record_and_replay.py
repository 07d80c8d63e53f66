"""What Asterisk says, saved to a file and told again, gives the rows that were written live."""

import json
import os
import signal
import socket
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.city import HOTLINE, PASSWORD, City, running_brief_city
from tests.support.line import REPOSITORY
from tests.support.ports import free_port
from tests.support.sipp import Carrier, Dial
from tests.support.until import until

CARRIER, DESK = "127.0.0.2", "127.0.0.6"
NUMBERS = ("12345", "12349", "12333")
CALLERS = ("13812345678", "02583601234", "13812345678")


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with running_brief_city(tmp_path_factory.mktemp("recorded")) as running:
        running.add("wang", extension="8001")
        yield running


@contextmanager
def recording(city: City, file: Path, *options: str) -> Iterator[None]:
    """`hotline record` beside the recorder, until Ctrl-C."""
    environment = {**os.environ, **city.environment}
    command = (*HOTLINE, "record", os.fspath(file), *options)
    process = subprocess.Popen(command, cwd=REPOSITORY, env=environment)
    try:
        until(lambda: file.exists() and b"Recording: " in file.read_bytes(), 10, "it records")
        yield
    finally:
        process.send_signal(signal.SIGINT)
        assert process.wait(10) == 0


def rows(database: Path, query: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(database) as connection:
        return connection.execute(query).fetchall()


def calls_of_a_morning(city: City, folder: Path) -> None:
    """One caller is answered, one gives up, the first rings again and gives up too."""
    seat, carrier = Carrier(DESK, city.target, folder), Carrier(CARRIER, city.target, folder)
    passwords = json.loads((city.home / "secrets.json").read_text("utf-8"))["seats"]
    port = free_port(DESK, socket.SOCK_DGRAM)
    seat.register("8001-desk", passwords["8001"], port)
    seat.answer(port)
    with httpx.Client(base_url=f"{city.url}/api/v1", headers={"origin": city.url}) as wang:
        form = {"username": "wang", "password": PASSWORD}
        assert wang.post("/session", json=form).status_code == 201
        assert wang.post("/me/agent/ready", json={"phone": "desk"}).status_code == 200
        try:
            # The second and third find the agent in wrap-up.
            for number, caller, stay in zip(NUMBERS, CALLERS, (9, 9, 9), strict=True):
                call = carrier.place([Dial(number, caller, stay=stay)])
                assert call.wait(30) == 0, call.errors()
        finally:
            wang.post("/me/agent/offline")
            seat.stop()
            carrier.stop()
    ended = "SELECT count(*) FROM calls WHERE state = 'ended'"
    until(lambda: rows(city.home / "hotline.db", ended) == [(3,)], 10, "three calls are written")


COLUMNS = (
    "call_id, dnis, hotline, trunk, merger_mode, arrived_at, queued_at, queue, answered_at, agent,"
    " ended_at, state, outcome, dial_status, hangup_cause, wait_ms, talk_ms, path, landed_by,"
    " wants_expert"
)
CALLS = f"SELECT {COLUMNS} FROM calls ORDER BY call_id"
EVENTS = "SELECT source, type, at, call_id, agent FROM call_events ORDER BY source"
AGENTS = "SELECT agent, state, reason, since, phone, call_id, queues FROM agent_states"
PRESENTED = "SELECT caller_id FROM calls ORDER BY arrived_at"


def test_a_recording_told_again_gives_the_rows_that_were_written_live(
    city: City, tmp_path: Path
) -> None:
    plain, masked = tmp_path / "plain.ami", tmp_path / "masked.ami"
    with recording(city, plain), recording(city, masked, "--mask"):
        calls_of_a_morning(city, tmp_path)
        offline = "SELECT state FROM agent_states WHERE agent = '8001'"
        live = city.home / "hotline.db"
        until(lambda: rows(live, offline) == [("offline",)], 10, "the agent is off")

    for file in (plain, masked):
        again = file.with_suffix(".db")
        told = city.hotline("replay", os.fspath(file), "--database", os.fspath(again))
        assert told.count("CallArrived") == 3
        assert [told.count(word) for word in ("outcome=answered", "outcome=abandoned")] == [1, 2]
        assert not any(number in told for number in CALLERS), "no number is printed whole"
        for query in (CALLS, EVENTS, AGENTS):
            assert rows(again, query) == rows(live, query), query
    assert [number for (number,) in rows(plain.with_suffix(".db"), PRESENTED)] == [*CALLERS]

    first, second, third = (number for (number,) in rows(masked.with_suffix(".db"), PRESENTED))
    assert first == third != second, "who rang twice is still one person"
    assert (first[:3], second[:3]) == ("138", "025")
    words = masked.read_bytes().decode()
    assert not any(number in words for number in CALLERS)
    assert plain.stat().st_mode & 0o077 == 0, "it holds callers' numbers"


def test_what_cannot_be_recorded_or_told_is_said_in_one_sentence(
    city: City, tmp_path: Path
) -> None:
    there = tmp_path / "there"
    there.write_text("notes\n")
    for words, sentence in (
        (("record", os.fspath(there)), "there is a file"),
        (("replay", os.fspath(there)), "is no recording"),
        (("replay", os.fspath(there), "--database", os.fspath(there)), "there is a"),
        (("replay", os.fspath(tmp_path / "none")), "No such file"),
    ):
        with pytest.raises(AssertionError, match=sentence):
            city.hotline(*words)
    assert there.read_text() == "notes\n"
