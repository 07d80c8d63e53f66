"""Real SIP peers: callers at a carrier's address, and other centres that answer."""

import csv
import re
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

SCENARIOS: Final = Path(__file__).parent.parent / "live/scenarios"


@dataclass
class Sipp:
    """One sipp process; its statistics are the judge of what the caller saw."""

    process: subprocess.Popen[bytes]
    folder: Path
    stats: Path

    def wait(self, seconds: float) -> int:
        """Return sipp's exit status: 0 when every call went as its scenario says."""
        return self.process.wait(seconds)

    def counts(self) -> dict[str, int]:
        """Return sipp's last cumulative counters: calls created, successful, failed."""
        text = self.stats.read_text("utf-8") if self.stats.exists() else ""
        last = [{}, *csv.DictReader(text.splitlines(), delimiter=";")][-1]
        return {
            name: int(last.get(column) or 0)
            for name, column in (
                ("created", "TotalCallCreated"),
                ("successful", "SuccessfulCall(C)"),
                ("failed", "FailedCall(C)"),
            )
        }

    def logged(self) -> str:
        """Return what the scenario was told to log."""
        return "\n".join(
            path.read_text("utf-8", "replace") for path in self.folder.glob("*_logs.log")
        )

    def errors(self) -> str:
        """Return what sipp wrote about calls that went otherwise."""
        return "\n".join(
            path.read_text("utf-8", "replace") for path in self.folder.glob("*_errors.log")
        )

    def stop(self) -> None:
        """End this sipp, if it still runs."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(3)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()


@dataclass(frozen=True)
class Dial:
    """One call to place: number, caller, RTP port of the ear, how long to stay (seconds)."""

    number: str
    caller: str = "13800001111"
    ear_port: int = 9
    stay: float = 1.0


@dataclass
class Carrier:
    """A carrier's switch at its own loopback address, ringing an Asterisk."""

    host: str
    target: str
    folder: Path = field(default_factory=lambda: Path(tempfile.mkdtemp(prefix="sipp-")))
    _started: list[Sipp] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def place(
        self,
        calls: list[Dial],
        *,
        per_second: int = 20,
        at_once: int = 200,
        scenario: Path = SCENARIOS / "caller.xml",
        bound: float = 120,
    ) -> Sipp:
        """Place calls; returns at once, while they are going on, for `bound` seconds at most."""
        work = Path(tempfile.mkdtemp(dir=self.folder))
        rows = [f"{c.number};{c.caller};{c.ear_port};{round(c.stay * 1000)}" for c in calls]
        (work / "calls.csv").write_text("SEQUENTIAL\n" + "\n".join(rows) + "\n", "utf-8")
        arguments: tuple[str, ...] = ("-inf", str(work / "calls.csv"), "-m", str(len(calls)))
        arguments += ("-r", str(per_second), "-l", str(at_once))
        arguments += ("-timeout", str(round(bound)), self.target)
        return self._start(work, scenario, arguments)

    def answer(self, port: int, scenario: Path = SCENARIOS / "answerer.xml") -> Sipp:
        """Stand as the far end of a peer at `port` of this address."""
        work = Path(tempfile.mkdtemp(dir=self.folder))
        return self._start(work, scenario, ("-p", str(port)))

    def run(self, scenario: Path, arguments: tuple[str, ...]) -> Sipp:
        """Run any scenario from this address."""
        return self._start(Path(tempfile.mkdtemp(dir=self.folder)), scenario, arguments)

    def register(self, user: str, password: str, port: int) -> None:
        """Register one phone, as `register_all` does."""
        self.register_all({user: password}, port)

    def register_all(self, passwords: Mapping[str, str], port: int, expires: int = 600) -> None:
        """Register phones by user at `port` of this address, which must still be free: Asterisk
        rings the address a desk phone registers from. `expires` 0 ends it. Fails if refused."""
        work = Path(tempfile.mkdtemp(dir=self.folder))
        rows = [
            f"{user};[authentication username={user} password={password}];{port};{expires}"
            for user, password in passwords.items()
        ]
        (work / "users.csv").write_text("SEQUENTIAL\n" + "\n".join(rows) + "\n", "utf-8")
        sipp = self._start(
            work,
            SCENARIOS / "register.xml",
            (
                *("-inf", str(work / "users.csv"), "-m", str(len(rows)), "-timeout", "10"),
                *("-p", str(port), self.target),
            ),
        )
        if sipp.wait(15) != 0:
            raise AssertionError(f"registration of {', '.join(passwords)} refused: {sipp.errors()}")

    def _start(self, work: Path, scenario: Path, arguments: tuple[str, ...]) -> Sipp:
        stats = work / "stats.csv"
        command: tuple[str, ...] = (
            "sipp",
            "-sf",
            str(scenario),
            "-i",
            self.host,
            "-mi",
            self.host,
            "-nostdin",
        )
        command += (
            "-trace_stat",
            "-stf",
            str(stats),
            "-fd",
            "1",
            "-trace_err",
            "-trace_logs",
            *arguments,
        )
        process = subprocess.Popen(
            command, cwd=work, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        sipp = Sipp(process, work, stats)
        self._started.append(sipp)
        return sipp

    def stop(self) -> None:
        """End every sipp of this carrier."""
        for sipp in self._started:
            sipp.stop()


def failed_codes(errors: str) -> list[int]:
    """Return the SIP status codes sipp received where its scenario expected another message."""
    return [int(code) for code in re.findall(r"received 'SIP/2\.0 (\d{3})", errors)]
