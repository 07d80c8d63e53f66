"""`hotline up` as a newcomer runs it: everything starts, is told, and is gone after Ctrl-C."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.until import until

HOTLINE = (sys.executable, "-c", "from hotline.cli import app; app()")
UP_SECONDS = 100.0
PORTS = ("SIP_PORT", "ASTERISK_HTTP_PORT", "AMI_PORT", "AGI_PORT", "HTTP_PORT", "REDIS_PORT")


def free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    for sock in held:
        sock.bind(("127.0.0.1", 0))
    ports = [sock.getsockname()[1] for sock in held]
    for sock in held:
        sock.close()
    return ports


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A line of its own: its home and every port."""
    ports = zip(PORTS, free_ports(len(PORTS)), strict=True)
    ours = {f"HOTLINE_{name}": str(port) for name, port in ports}
    return {**os.environ, **ours, "HOTLINE_HOME": str(tmp_path / "home"), "LC_ALL": "C.UTF-8"}


class Up:
    """A `hotline up --demo` of its own session, as a terminal would start it."""

    def __init__(self, environment: dict[str, str], folder: Path) -> None:
        self.screen = folder / "screen"
        with self.screen.open("w") as screen:
            self.process = subprocess.Popen(
                (*HOTLINE, "up", "--demo"),
                env=environment,
                stdout=screen,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def shows(self, words: str) -> bool:
        assert self.process.poll() is None, self.screen.read_text("utf-8")
        return words in self.screen.read_text("utf-8")


@pytest.fixture
def up(environment: dict[str, str], tmp_path: Path) -> Iterator[Up]:
    running = Up(environment, tmp_path)
    try:
        until(lambda: running.shows("Ctrl-C stops everything"), UP_SECONDS)
        yield running
    finally:
        if running.process.poll() is None:
            running.process.terminate()
            running.process.wait(60)


def left_over(home: Path) -> list[str]:
    """Command lines of every process that has this home in its command line or environment."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes()
            environment = (entry / "environ").read_bytes()
        except OSError:
            continue
        if entry.name != str(os.getpid()) and str(home).encode() in command + environment:
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found


def hotline(environment: dict[str, str], *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        (*HOTLINE, *words), env=environment, capture_output=True, text=True, timeout=90, check=False
    )


def guessed(url: str, came_from: str) -> int:
    """Guess a password and claim to come from another address; return the HTTP status."""
    form = json.dumps({"username": "agent1", "password": "a-wild-guess-1"}).encode()
    headers = {"Origin": url, "Content-Type": "application/json", "X-Forwarded-For": came_from}
    request = urllib.request.Request(f"{url}/api/v1/session", form, headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_given_a_line_that_is_up_when_called_then_answered_and_after_ctrl_c_nothing_is_left(
    up: Up, environment: dict[str, str], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    screen = up.screen.read_text("utf-8")
    url = f"http://127.0.0.1:{environment['HOTLINE_HTTP_PORT']}"
    assert url in screen
    assert re.search(r"agent1 +\w{12} ", screen)
    with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
        assert json.load(answer)["status"] == "ready"

    called = hotline(environment, "call", "12345", "--seconds", "3")
    assert called.returncode == 0, called.stdout + called.stderr
    assert "answered in" in called.stdout
    assert "s of sound" in called.stdout

    keyed = hotline(
        environment, "call", "12345", "--caller", "13511119999", "--keys", "1", "--seconds", "3"
    )
    assert keyed.returncode == 0, keyed.stdout + keyed.stderr
    cel = (Path(environment["HOTLINE_HOME"]) / "asterisk/log/cel-custom/cel.csv").read_text("utf-8")
    pressed = [line for line in cel.splitlines() if "loop queue:enterprise key 12345" in line]
    assert any('"13511119999"' in line for line in pressed), cel

    doctor = hotline(environment, "doctor")
    assert doctor.returncode == 0, doctor.stdout
    for part in ("Redis", "Asterisk", "the loop", "the recorder", "the console"):
        assert re.search(rf"{part}.* at work", doctor.stdout), doctor.stdout

    second = hotline(environment, "up")
    assert second.returncode == 2
    assert "is running already" in second.stderr

    assert stat.S_IMODE((home / "secrets.json").stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == 0o700
    open_to_others = [
        path for path in home.rglob("*") if path.is_file() and path.lstat().st_mode & 0o007
    ]
    assert [path for path in open_to_others if not path.is_symlink()] == []

    # Nobody named a proxy, so an invented address buys no new budget of guesses.
    guesses = [guessed(url, f"203.0.113.{guess}") for guess in range(6)]
    assert guesses == [401, 401, 401, 401, 401, 429]
    queue_log = home / "asterisk" / "log" / "queue_log"
    until(lambda: "|ENTERQUEUE|" in queue_log.read_text("utf-8"), 60)

    up.process.send_signal(signal.SIGINT)
    assert up.process.wait(60) == 0
    until(lambda: not left_over(home), 10)


def test_given_the_starter_is_killed_without_warning_then_nothing_is_left(
    up: Up, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    assert len(left_over(home)) > 4
    up.process.kill()
    up.process.wait(10)
    until(lambda: not left_over(home), 60)


def test_a_taken_port_is_one_sentence_and_nothing_is_started(
    environment: dict[str, str], tmp_path: Path
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", int(environment["HOTLINE_AMI_PORT"])))
        taken.listen()
        refused = hotline(environment, "up")
    assert refused.returncode == 2
    assert refused.stderr.count("\n") == 1
    assert f"port {environment['HOTLINE_AMI_PORT']}/tcp" in refused.stderr
    assert "HOTLINE_AMI_PORT" in refused.stderr
    assert not left_over(tmp_path / "home")
    assert not (tmp_path / "home" / "asterisk").exists()


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("HOTLINE_DATABASE_URL", "mysql://root@127.0.0.1/x", "mysql"),
        ("HOTLINE_REDIS_URL", "redis://127.0.0.1:1/0", "HOTLINE_REDIS_URL"),
        ("HOTLINE_ASTERISK_ROOT", "/nowhere", "make setup"),
        ("HOTLINE_SIP_PORT", "many", "HOTLINE_SIP_PORT"),
    ],
)
def test_a_wrong_setting_is_one_sentence(
    environment: dict[str, str], setting: str, value: str, words: str
) -> None:
    refused = hotline({**environment, setting: value}, "up")
    assert refused.returncode == 2, refused.stdout
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_set_up_does_nothing_the_second_time() -> None:
    repo = Path(__file__).resolve().parents[2]
    command = ("sh", str(repo / "deploy" / "setup.sh"))
    subprocess.run(command, capture_output=True, timeout=600, check=True)
    started = time.monotonic()
    again = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    assert again.stdout == "[setup] ready\n"
    assert time.monotonic() - started < 10
