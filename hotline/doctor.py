"""`hotline doctor`: each thing the line depends on, what was found, and what to do."""

from __future__ import annotations

import asyncio
import re
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from database.engine import check_url
from database.errors import DatabaseUrlError
from database.migrate import current_revision, newest_revision
from routing.faults import CatalogueFaults
from routing.loader import load_catalogue

from . import composition, preflight
from .composition import Line
from .readiness import console_waits_for, port_answers, redis_answers
from .settings import Settings


class Verdict(StrEnum):
    """How one dependency is: usable, usable but remarkable, or in the way."""

    OK = "ok"
    NOTE = "note"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Finding:
    """One row: what was looked at, how it is, what was found, what to do ("" is nothing)."""

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
    return Finding("Asterisk", Verdict.NOTE, found, f"not tested with it; tested: {tested}")


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
            return Finding(name, Verdict.BAD, "—", "run: make setup")
        wanted_by = "make test" if name == "chromium" else "hotline call, the demo's callers"
        return Finding(name, Verdict.NOTE, "—", f"only needed by: {wanted_by}")
    try:
        done = subprocess.run((path, argument), capture_output=True, text=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding(name, Verdict.BAD, path, f"does not start: {error}")
    version = re.search(r"\d+\.\d+[.\w]*", done.stdout + done.stderr)
    return Finding(name, Verdict.OK, f"{version[0] if version else '?'} ({path})")


def _pages(settings: Settings) -> Finding:
    index = settings.web_dist / "index.html"
    if index.is_file():
        return Finding("pages", Verdict.OK, str(settings.web_dist))
    return Finding("pages", Verdict.BAD, "not built", "run: make setup")


def _catalogue(settings: Settings) -> Finding:
    try:
        catalogue = load_catalogue(
            settings.catalogue, composition.recorded_seconds(settings.recordings)
        )
    except CatalogueFaults as faults:
        count = len(faults.faults)
        return Finding("catalogue", Verdict.BAD, f"{count} faults", "run: hotline conf check")
    numbers = len(catalogue.hotlines)
    return Finding(
        "catalogue", Verdict.OK, f"{catalogue.city.code}, {numbers} numbers, {settings.catalogue}"
    )


def _host_name() -> Finding:
    # Asterisk asks DNS for its own name again and again when it has none: calls wait for it.
    name = socket.gethostname()
    try:
        return Finding("host name", Verdict.OK, f"{name} = {socket.gethostbyname(name)}")
    except OSError:
        todo = f'add "127.0.1.1 {name}" to /etc/hosts, or calls wait for DNS'
        return Finding("host name", Verdict.BAD, f"{name} does not resolve", todo)


def _home(settings: Settings) -> Finding:
    if not settings.home.exists():
        return Finding("home", Verdict.NOTE, f"{settings.home} is not there yet", "run: make run")
    if not preflight.writable(settings.home):
        return Finding("home", Verdict.BAD, f"{settings.home} cannot be written to", "chown it")
    file = settings.secrets_file
    if file.exists() and stat.S_IMODE(file.stat().st_mode) & 0o077:
        return Finding("home", Verdict.BAD, f"{file} is open to others", f"chmod 600 {file}")
    return Finding("home", Verdict.OK, str(settings.home))


def _database(settings: Settings) -> Finding:
    if not settings.database_url and not (settings.home / "hotline.db").exists():
        return Finding("database", Verdict.NOTE, "is not there yet", "run: make run")
    try:
        shown = check_url(settings.database).render_as_string(hide_password=True)
        revision = asyncio.run(current_revision(settings.database))
    except DatabaseUrlError as error:
        return Finding("database", Verdict.BAD, str(error), "set HOTLINE_DATABASE_URL")
    newest = newest_revision()
    if revision == newest:
        return Finding("database", Verdict.OK, f"{shown}, revision {revision}")
    todo = "hotline up brings it up to date"
    return Finding("database", Verdict.NOTE, f"{shown}, revision {revision} of {newest}", todo)


def _running(settings: Settings) -> Iterator[Finding]:
    """The processes, by whether they answer; a line that is not up is no fault."""
    local = "127.0.0.1"
    try:
        line: Line | None = composition.line(settings) if settings.secrets_file.exists() else None
    except Exception:
        line = None  # its cause has a row of its own
    checks: tuple[tuple[str, Callable[[], bool], str], ...] = (
        ("Redis answers", lambda: line is not None and redis_answers(line), settings.redis_url),
        ("Asterisk answers", lambda: port_answers(local, settings.ami_port), ""),
        ("loop answers", lambda: port_answers(local, settings.agi_port), ""),
        ("console ready", lambda: line is not None and not console_waits_for(line), ""),
    )
    for name, answers, foreign in checks:
        if answers():
            yield Finding(name, Verdict.OK, "yes")
        elif foreign:
            yield Finding(name, Verdict.BAD, "no", "start it, or unset HOTLINE_REDIS_URL")
        else:
            yield Finding(name, Verdict.NOTE, "no", "make run starts it")
