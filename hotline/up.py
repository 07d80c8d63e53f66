"""`hotline up`: a whole line, started, watched and stopped again."""

from __future__ import annotations

import fcntl
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from rich.console import Console

from asterisk_conf.writing import write_files
from ivr.recordings import UnusableRecordings
from ivr.voice import SoundToolFailed

from . import composition, preflight
from .composition import DEMO_PEOPLE, Line
from .ground import lay_ground
from .in_force import put_in_force
from .programs import programs, settings_environment
from .readiness import console_url, console_waits_for, parts, redis_answers
from .secrets_file import SecretsUnreadable
from .sentences import CannotStart, Problem, speaks_chinese
from .settings import Settings
from .supervision import OFTEN_EXITS, Died, Supervised

READY_SECONDS = 90.0
LOOK_SECONDS = 0.3
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """Somebody asked for the line to stop; not an error, and not to be caught on the way."""


@dataclass(frozen=True, slots=True)
class Screen:
    """Where progress is shown, in the language of the terminal."""

    console: Console

    def say(self, zh: str, en: str, style: str = "") -> None:
        words = zh if speaks_chinese() else en
        self.console.print(words, style=style, highlight=False, soft_wrap=True)

    def done(self, zh: str, en: str) -> None:
        self.say(f"  [green]✓[/] {zh}", f"  [green]✓[/] {en}")


def up(settings: Settings, demo: bool, console: Console) -> int:
    """Run the line until a signal; return the exit code. Raises CannotStart, CatalogueFaults."""
    screen = Screen(console)
    with stopping_by_signal():
        try:
            with only_one(settings.home):
                line = prepare(settings, demo, screen)
                environment = settings_environment(settings)
                running = Supervised(
                    programs(line, demo), settings.home, settings.logs, environment
                )
                with running:
                    wait_ready(line, running, screen)
                    tell(line, demo, screen)
                    return watch(running, screen)
        except Stopped:
            screen.say("已全部停止。", "Everything is stopped.")
            return 0


def prepare(settings: Settings, demo: bool, screen: Screen) -> Line:
    """Check, then make everything the processes need. Raises CannotStart with every reason."""
    try:
        line = composition.line(settings, demo)
        if found := preflight.problems(settings, line.instance):
            raise CannotStart(*found)
        if not settings.embedded_redis and not redis_answers(line):
            raise CannotStart(
                Problem(
                    "redis_unreachable",
                    "HOTLINE_REDIS_URL 所指的 Redis 没有应答；请启动它，或不设此项以使用自带的",
                    "the Redis of HOTLINE_REDIS_URL does not answer; start it,"
                    " or leave the setting out to use our own",
                )
            )
        version = preflight.asterisk_version(line.instance) or ""
        screen.done(f"Asterisk {version}", f"Asterisk {version}")
        if not version.startswith(preflight.TESTED_ASTERISK):
            tested = ", ".join(preflight.TESTED_ASTERISK)
            screen.say(
                f"    此版本未经测试(测试过:{tested})",
                f"    this version has not been tested here (tested: {tested})",
                style="yellow",
            )
        lay_ground(settings, demo)
        screen.done("数据库", "the database")
        rendered = composition.prepare_prompts(line)
        made, recorded = len(rendered.made), len(rendered.recorded)
        screen.done(
            f"语音提示(新生成 {made} 条，录音 {recorded} 条)",
            f"prompts ({made} made anew, {recorded} from recordings)",
        )
        line.instance.make_folders()
        write_files(line.instance.etc, line.asterisk_files())
        put_in_force(settings)
        screen.done("Asterisk 配置", "Asterisk's configuration")
        if line.passwords.demo and not demo:
            screen.say(
                "    演示账户仍可登录；不再需要时:hotline user close agent1 …",
                "    the demo's logins still work; when they are not wanted: hotline user close"
                " agent1 …",
                style="yellow",
            )
    except (SecretsUnreadable, SoundToolFailed, UnusableRecordings) as error:
        raise CannotStart(Problem("setup", error.zh, error.en)) from None
    return line


def wait_ready(line: Line, running: Supervised, screen: Screen) -> None:
    """Wait for each part in turn. Raises CannotStart when one does not come up in time."""
    deadline = time.monotonic() + READY_SECONDS
    for part in parts(line):
        with screen.console.status(f"{part.zh if speaks_chinese() else part.en} …"):
            while not part.ready():
                for died in running.deaths(LOOK_SECONDS):
                    if died.for_good or died.times >= OFTEN_EXITS:
                        raise CannotStart(died_problem(died, line))
                if not running.running:
                    raise CannotStart(
                        Problem("supervisor", "进程看护已退出", "the supervisor ended by itself")
                    )
                if time.monotonic() > deadline:
                    raise CannotStart(slow_problem(part.name, part.zh, part.en, line, running))
        screen.done(part.zh, part.en)


def died_problem(died: Died, line: Line) -> Problem:
    log = line.settings.logs / f"{died.name}.log"
    return Problem(
        "process_dies",
        f"进程 {died.name} 反复退出:{died.why}(日志 {log})",
        f"the process {died.name} keeps dying: {died.why} (log: {log})",
    )


def slow_problem(name: str, zh: str, en: str, line: Line, running: Supervised) -> Problem:
    last = "; ".join(console_waits_for(line)) if name == "console" else running.last_words(name)
    log = line.settings.logs / f"{name}.log"
    return Problem(
        "not_ready",
        f"{zh} {READY_SECONDS:.0f} 秒内没有就绪:{last}(日志 {log})",
        f"{en}: not ready in {READY_SECONDS:.0f} s: {last} (log: {log})",
    )


def tell(line: Line, demo: bool, screen: Screen) -> None:
    """Where to go and what to try."""
    settings = line.settings
    url = console_url(line)
    screen.say(f"\n坐席台  [bold]{url}[/]", f"\nThe console  [bold]{url}[/]")
    if demo:
        screen.say("演示登录", "Demo logins")
        for username, (role, _, extension) in DEMO_PEOPLE.items():
            seat = f" {extension}" if extension else ""
            screen.say(
                f"  {username:<12} {line.passwords.demo[username]}   [dim]{role}{seat}[/]",
                f"  {username:<12} {line.passwords.demo[username]}   [dim]{role}{seat}[/]",
            )
        screen.say(
            "用 agent1 登录并置为就绪：一分钟内有真实的 SIP 来电振铃。",
            "Log in as agent1 and get ready: real SIP calls ring within a minute.",
        )
    screen.say(
        "再试:.venv/bin/hotline call 12348 · .venv/bin/hotline simulate 12366"
        " · .venv/bin/hotline doctor",
        "Also try: .venv/bin/hotline call 12348 · .venv/bin/hotline simulate 12366"
        " · .venv/bin/hotline doctor",
    )
    screen.say(
        f"SIP {settings.sip_host}:{settings.sip_port} · 日志 {settings.logs} · Ctrl-C 停止全部\n",
        f"SIP {settings.sip_host}:{settings.sip_port} · logs {settings.logs}"
        " · Ctrl-C stops everything\n",
    )


def watch(running: Supervised, screen: Screen) -> int:
    """Report processes that die until the supervisor ends, which it does not by itself."""
    told: dict[str, float] = {}
    while running.running:
        for died in running.deaths(5.0):
            # A process that dies at once is news the first time, not every second.
            if died.times >= OFTEN_EXITS and time.monotonic() - told.get(died.name, -1e9) < 60:
                continue
            told[died.name] = time.monotonic() if died.times >= OFTEN_EXITS else -1e9
            if died.for_good:
                screen.say(
                    f"进程 {died.name} 已放弃重启:{died.why}",
                    f"{died.name} is not restarted any more: {died.why}",
                    style="red",
                )
            elif died.times >= OFTEN_EXITS:
                screen.say(
                    f"进程 {died.name} 一分钟内退出 {died.times} 次:{died.why}",
                    f"{died.name} died {died.times} times within a minute: {died.why}",
                    style="red",
                )
            else:
                screen.say(
                    f"进程 {died.name} 退出，已重启:{died.why}",
                    f"{died.name} died and is started again: {died.why}",
                    style="yellow",
                )
    screen.say("进程看护已退出。", "The supervisor ended by itself.", style="red")
    return 1


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Hold the home for one line at a time. Raises CannotStart."""
    if not preflight.writable(home):
        raise CannotStart(
            Problem(
                "home_unwritable",
                f"不能写入 HOTLINE_HOME {home}",
                f"HOTLINE_HOME {home} cannot be written to",
            )
        )
    descriptor = os.open(home / "up.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                Problem(
                    "already_running",
                    f"{home} 的系统已在运行；请先停止，或另设 HOTLINE_HOME",
                    f"the line of {home} is running already; stop it, or set another HOTLINE_HOME",
                )
            ) from None
        yield
    finally:
        os.close(descriptor)


@contextmanager
def stopping_by_signal() -> Iterator[None]:
    """Turn the first Ctrl-C or TERM into Stopped; later ones do not disturb the stopping."""

    def stop(number: int, frame: FrameType | None) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise Stopped

    before: dict[int, Callable[[int, FrameType | None], object] | int | None] = {
        each: signal.signal(each, stop) for each in SIGNALS
    }
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
