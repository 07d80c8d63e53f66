"""`hotline doctor`: each thing the line depends on, what was found, and what to do."""

from __future__ import annotations

import asyncio
import contextlib
import re
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from database.engine import check_url
from database.errors import DatabaseUrlError
from database.migrate import current_revision, newest_revision
from routing.faults import CatalogueFaults
from routing.loader import load_catalogue

from . import composition, preflight
from .composition import Line
from .readiness import NO_ANSWER, console_waits_for, parts
from .secrets_file import SecretsUnreadable, passwords
from .sentences import words
from .settings import Settings


class Verdict(StrEnum):
    """How one dependency is: usable, usable but remarkable, or in the way."""

    OK = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One row in the terminal's language: what was looked at, how it is, what was found, what to do
    ("" is nothing).
    """

    name: str
    verdict: Verdict
    found: str
    todo: str = ""


def examine(settings: Settings) -> tuple[Finding, ...]:
    """Look at everything; never raises and starts nothing."""
    return (
        Finding("Python", Verdict.OK, sys.version.split()[0]),
        _asterisk(settings),
        *_programs(settings),
        _pages(settings),
        _catalogue(settings),
        _host_name(),
        _home(settings),
        _database(settings),
        *_running(settings),
    )


def _asterisk(settings: Settings) -> Finding:
    instance = composition.instance(settings)
    if bad := tuple(preflight.asterisk_problems(instance)):
        return Finding("Asterisk", Verdict.BAD, "—", str(bad[0]))
    version = preflight.asterisk_version(instance) or ""
    found = f"{version} in {instance.root}"
    if version.startswith(preflight.TESTED_ASTERISK):
        return Finding("Asterisk", Verdict.OK, found)
    tested = ", ".join(preflight.TESTED_ASTERISK)
    todo = words(f"未经此版本测试；测试过：{tested}", f"not tested with it; tested: {tested}")
    return Finding("Asterisk", Verdict.NOTE, found, todo)


def _programs(settings: Settings) -> Iterator[Finding]:
    redis = preflight.redis_program() or "redis-server"
    for name, command, argument, needed in (
        ("redis-server", redis, "--version", settings.embedded_redis),
        ("espeak-ng", "espeak-ng", "--version", True),
        ("sox", "sox", "--version", True),
        ("sipp", "sipp", "-v", False),
        ("setpriv", "setpriv", "--version", True),
        ("chromium", "chromium", "--version", False),
    ):
        yield _program(name, command, argument, needed)


def _program(name: str, command: str, argument: str, needed: bool) -> Finding:
    path = shutil.which(command)
    if path is None:
        if needed:
            return Finding(name, Verdict.BAD, "—", words("请运行 make setup", "run: make setup"))
        calls = words("hotline call、演示来电", "hotline call, the demo's callers")
        wanted_by = "make test" if name == "chromium" else calls
        todo = words(f"仅用于 {wanted_by}", f"only needed by: {wanted_by}")
        return Finding(name, Verdict.NOTE, "—", todo)
    try:
        done = subprocess.run((path, argument), capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired) as error:
        todo = words(f"无法启动：{error}", f"does not start: {error}")
        return Finding(name, Verdict.BAD, path, todo)
    version = re.search(r"\d+\.\d+[.\w]*", done.stdout + done.stderr)
    return Finding(name, Verdict.OK, f"{version[0] if version else '?'} ({path})")


def _pages(settings: Settings) -> Finding:
    index = settings.web_dist / "index.html"
    if index.is_file():
        return Finding(words("页面", "pages"), Verdict.OK, str(settings.web_dist))
    return Finding(
        words("页面", "pages"),
        Verdict.BAD,
        words("尚未构建", "not built"),
        words("请运行 make setup", "run: make setup"),
    )


def _catalogue(settings: Settings) -> Finding:
    name = words("目录", "catalogue")
    try:
        catalogue = load_catalogue(
            settings.catalogue, composition.recorded_seconds(settings.recordings)
        )
    except CatalogueFaults as faults:
        count = len(faults.faults)
        found = words(f"{count} 处错误", f"{count} faults")
        todo = words("请运行 hotline conf check", "run: hotline conf check")
        return Finding(name, Verdict.BAD, found, todo)
    numbers = len(catalogue.hotlines)
    counted = words(f"{numbers} 个号码", f"{numbers} numbers")
    return Finding(name, Verdict.OK, f"{catalogue.city.code}, {counted}, {settings.catalogue}")


def _host_name() -> Finding:
    # Asterisk asks DNS for its own name again and again when it has none: calls wait for it.
    name, title = socket.gethostname(), words("主机名", "host name")
    try:
        return Finding(title, Verdict.OK, f"{name} = {socket.gethostbyname(name)}")
    except OSError:
        line = f'"127.0.1.1 {name}"'
        return Finding(
            title,
            Verdict.BAD,
            words(f"{name} 无法解析", f"{name} does not resolve"),
            words(
                f"在 /etc/hosts 中加上 {line},否则来电要等 DNS",
                f"add {line} to /etc/hosts, or calls wait for DNS",
            ),
        )


def _home(settings: Settings) -> Finding:
    name, file = words("数据目录", "home"), settings.secrets_file
    if not settings.home.exists():
        found = words(f"{settings.home} 尚不存在", f"{settings.home} is not there yet")
        return Finding(name, Verdict.NOTE, found, words("请运行 make run", "run: make run"))
    if not preflight.writable(settings.home):
        found = words(f"{settings.home} 不可写", f"{settings.home} cannot be written to")
        return Finding(name, Verdict.BAD, found, f"chown {settings.home}")
    if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
        found = words(f"{file} 可被他人读取", f"{file} is open to others")
        return Finding(name, Verdict.BAD, found, f"chmod 600 {file}")
    try:
        passwords(file, (), keep=False)
    except SecretsUnreadable as damaged:
        return Finding(
            name,
            Verdict.BAD,
            words("密码文件损坏", "damaged passwords"),
            str(words(damaged.zh, damaged.en)),
        )
    return Finding(name, Verdict.OK, str(settings.home))


def _database(settings: Settings) -> Finding:
    name = words("数据库", "database")
    if not settings.database_url and not (settings.home / "hotline.db").exists():
        found = words("尚不存在", "is not there yet")
        return Finding(name, Verdict.NOTE, found, words("请运行 make run", "run: make run"))
    try:
        shown = check_url(settings.database).render_as_string(hide_password=True)
        revision = asyncio.run(current_revision(settings.database))
    except DatabaseUrlError as error:
        todo = words("请设置 HOTLINE_DATABASE_URL", "set HOTLINE_DATABASE_URL")
        return Finding(name, Verdict.BAD, words(error.zh, error.en), todo)
    newest = newest_revision()
    if revision == newest:
        found = words(f"{shown},版本 {revision}", f"{shown}, revision {revision}")
        return Finding(name, Verdict.OK, found)
    return Finding(
        name,
        Verdict.NOTE,
        words(
            f"{shown},版本 {revision},最新 {newest}", f"{shown}, revision {revision} of {newest}"
        ),
        words("hotline up 会将其升级", "hotline up brings it up to date"),
    )


def _running(settings: Settings) -> Iterator[Finding]:
    """The parts of the line, by whether they answer; a line that is not up is no fault."""
    line: Line | None = None
    # Whatever keeps the line from being put together has a row of its own.
    with contextlib.suppress(CatalogueFaults, SecretsUnreadable, OSError):
        line = composition.line(settings, keep=False) if settings.secrets_file.exists() else None
    if line is None:
        return
    for part in parts(line):
        name = words(part.zh, part.en)
        if part.ready():
            yield Finding(name, Verdict.OK, words("在工作", "at work"))
        elif part.name == "redis" and not settings.embedded_redis:
            todo = words(
                "请启动它，或不设 HOTLINE_REDIS_URL", "start it, or unset HOTLINE_REDIS_URL"
            )
            yield Finding(name, Verdict.BAD, words("没有应答", "does not answer"), todo)
        else:
            found = words("没有应答", "does not answer")
            if part.name == "console" and (waits := console_waits_for(line)) != NO_ANSWER:
                found = words(f"等待：{waits[0]}", f"waits for: {waits[0]}")
            todo = words("make run 会启动它", "make run starts it")
            yield Finding(name, Verdict.NOTE, found, todo)
