"""The line, its database, and the processes that come and go: what the tests of faults break."""

import asyncio
import json
import os
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from sqlalchemy import Table, select

from asterisk_conf.control_socket import ControlSocket
from call_events.events import FIELD, STREAM, from_json
from call_events.heartbeat import pulse_key, read_pulse
from call_events.tables import agent_states, call_events, calls
from database.engine import make_engine, reading
from database.migrate import upgrade
from hotline.in_force import put_in_force
from hotline.settings import Settings
from tests.support.clock import Clock
from tests.support.line import NANJING, REPOSITORY, Line, listening, running_line
from tests.support.ports import free_port
from tests.support.redis_server import RedisServer, redis_server
from tests.support.until import until


@contextmanager
def running_house(
    home: Path,
    volume: Path | None = None,
    postgresql: str = "",
    catalogue: Path = NANJING,
    clock: Clock | None = None,
) -> Iterator["House"]:
    """Start a house below `home`. Nothing is played to callers: what is proved is ours, not RTP.

    `volume`: where the database is, if not there; `postgresql`: its URL, where it is no file;
    `clock`: the one that everything in it goes by, if not the machine's.
    """
    (home / "silence").mkdir()
    (home / "redis").mkdir()
    environment = clock.environment if clock else dict(os.environ)
    with (
        redis_server(free_port(), home / "redis") as server,
        running_line(
            home, home / "silence", catalogue_path=catalogue, environment=environment
        ) as line,
    ):
        house = House(line, home, server, environment, volume, postgresql)
        upgrade(house.database)
        yield house
        house.kill_recorder()
        house.kill_console()
        for process in house.asterisk:
            process.kill()
            process.wait(10)


@dataclass
class House:
    """The line, its database, and the processes that come and go."""

    line: Line
    home: Path
    redis: RedisServer
    # What every program of the house is started with.
    started_with: dict[str, str]
    # Where the database is, if not in the home.
    volume: Path | None = None
    postgresql: str = ""
    recorder: subprocess.Popen[bytes] | None = None
    console: subprocess.Popen[bytes] | None = None
    asterisk: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def database(self) -> str:
        return self.postgresql or f"sqlite:///{self.file}"

    @property
    def file(self) -> Path:
        return (self.volume or self.home) / "hotline.db"

    @property
    def logs(self) -> Path:
        return self.line.instance.log

    def start_recorder(self, **more: str) -> None:
        """Start one, in the place of any other, and wait until it records.

        `more`: facts that are otherwise in this test, such as another way to Asterisk.
        """
        self.kill_recorder()
        with redis.Redis(port=self.redis.port) as client:
            client.delete(pulse_key(self.line.instance.node))
        self.recorder = self.new_recorder(**more)
        until(self.records, 15, "it records")

    def new_recorder(self, **more: str) -> subprocess.Popen[bytes]:
        """A recorder beside whatever there is; the caller ends it."""
        facts = {
            "node": self.line.instance.node,
            "ami_port": str(self.line.instance.ami_port),
            "redis_port": str(self.redis.port),
            "database": self.database,
            "reader": self.line.secrets.ami_reader,
            "controller": self.line.secrets.ami_controller,
            "logs": os.fspath(self.logs),
            **more,
        }
        command = (sys.executable, "-m", "tests.faults.recorder_process", json.dumps(facts))
        output = (self.home / "recorder.out").open("ab")
        return subprocess.Popen(
            command, env=self.started_with, cwd=REPOSITORY, stdout=output, stderr=output
        )

    def records(self) -> bool:
        """Tell whether a recorder tells that calls become rows."""
        with redis.Redis(port=self.redis.port) as client:
            pulse = read_pulse(client.get(pulse_key(self.line.instance.node)))
        return pulse is not None and pulse.recording

    def kill_recorder(self) -> None:
        if self.recorder is not None:
            self.recorder.kill()
            self.recorder.wait(10)
            self.recorder = None

    def kill_asterisk(self) -> None:
        self.line.asterisk.kill()
        self.line.asterisk.wait(10)

    def start_asterisk(self) -> None:
        output = (self.home / "asterisk.out").open("ab")
        command = self.line.instance.command()
        self.line.asterisk = subprocess.Popen(
            command, env=self.started_with, stdout=output, stderr=output
        )
        self.asterisk.append(self.line.asterisk)
        until(ControlSocket(self.line.instance).running, 30, "Asterisk is back")

    def rows(self, table: Table) -> list[dict[str, Any]]:
        async def read() -> list[dict[str, Any]]:
            engine = make_engine(self.database)
            async with reading(engine) as connection:
                found = [dict(row) for row in (await connection.execute(select(table))).mappings()]
            await engine.dispose()
            return found

        return asyncio.run(read())

    def calls(self) -> dict[str, list[dict[str, Any]]]:
        """Rows by the caller's number: each test call has one of its own."""
        found: dict[str, list[dict[str, Any]]] = {}
        for row in self.rows(calls):
            found.setdefault(row["caller_id"], []).append(row)
        return found

    def agents(self) -> dict[str, str]:
        """What each agent is doing."""
        return {row["agent"]: row["state"] for row in self.rows(agent_states)}

    def streamed(self) -> list[int]:
        """Ids of the events on the stream, in its order."""
        with redis.Redis(port=self.redis.port) as client:
            entries = client.xrange(STREAM)
        return [from_json(fields[FIELD.encode()]).id for _, fields in entries]

    def events(self, call_id: str) -> list[str]:
        """What happened to a call, in order."""
        return self.all_events()[call_id]

    def all_events(self) -> dict[str, list[str]]:
        """What happened to each call, in order."""
        found: dict[str, list[str]] = defaultdict(list)
        for event in sorted(self.rows(call_events), key=lambda event: event["at"]):
            found[event["call_id"]].append(event["type"])
        return found

    def start_console(self) -> str:
        """Start a console over this house's database and Redis; return its address."""
        put_in_force(Settings(home=self.home))
        port = free_port()
        output = (self.home / "console.out").open("ab")
        self.console = subprocess.Popen(
            (sys.executable, "-m", "hotline.processes", "console"),
            env=self.environment | {"HOTLINE_HTTP_PORT": str(port)},
            cwd=REPOSITORY,
            stdout=output,
            stderr=output,
        )
        until(lambda: listening(port), 20, "the console listens")
        return f"http://127.0.0.1:{port}"

    def kill_console(self) -> None:
        if self.console is not None:
            self.console.kill()
            self.console.wait(10)
            self.console = None

    @property
    def environment(self) -> dict[str, str]:
        """The settings of a program of ours that belongs to this house."""
        return {
            **self.started_with,
            "LC_ALL": "C.UTF-8",
            "HOTLINE_HOME": os.fspath(self.home),
            "HOTLINE_NODE": self.line.instance.node,
            "HOTLINE_DATABASE_URL": self.database,
            "HOTLINE_REDIS_URL": f"redis://127.0.0.1:{self.redis.port}/0",
            "HOTLINE_AMI_PORT": str(self.line.instance.ami_port),
        }

    def hotline(self, *arguments: str) -> str:
        """A `hotline` command over this house's files and database."""
        command = (sys.executable, "-c", "from hotline.cli import app; app()", *arguments)
        done = subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=60, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout
