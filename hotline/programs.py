"""The processes of one line, in the order they start."""

from __future__ import annotations

import os
import sys

from asterisk_conf.writing import write_file

from .composition import Line
from .preflight import redis_program
from .settings import REPO, Settings
from .supervision import Program


def programs(line: Line, demo: bool) -> tuple[Program, ...]:
    """What runs, and with what; the embedded Redis only when no other is named."""
    python = sys.executable
    ours = [
        ("asterisk", line.instance.command(), 20, 15),
        ("agi", (python, "-m", "hotline.processes", "agi"), 30, 5),
        ("record", (python, "-m", "hotline.processes", "record"), 40, 10),
        ("console", (python, "-m", "hotline.processes", "console"), 50, 8),
        ("ringback", (python, "-m", "hotline.processes", "ringback"), 55, 5),
    ]
    if demo:
        ours.append(("caller", (python, "-m", "hotline.processes", "caller"), 60, 5))
    if line.settings.embedded_redis:
        ours.insert(0, ("redis", (redis_program() or "redis-server", _redis_conf(line)), 10, 10))
    return tuple(
        Program(name, tuple(command), order, stop_seconds)
        for name, command, order, stop_seconds in ours
    )


def settings_environment(settings: Settings) -> dict[str, str]:
    """The settings as every process of this line sees them, and where the rooms are."""
    values = {
        f"HOTLINE_{name.upper()}": str(value)
        for name, value in settings.model_dump(mode="json").items()
        if value not in ("", None)
    }
    path = os.environ.get("PYTHONPATH")
    values["HOTLINE_CATALOGUE"] = str(settings.in_force)
    # TERM: Asterisk colours what it prints for a terminal; ours goes to files.
    values["TERM"] = "dumb"
    return {**values, "PYTHONPATH": f"{REPO}:{path}" if path else str(REPO)}


def _redis_conf(line: Line) -> str:
    """Write Redis's configuration; the append-only file is what makes an acknowledged event safe.

    Without it 185,150 of 185,150 acknowledged entries were lost by a kill -9, with everysec none.
    """
    folder = line.settings.home / "redis"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = line.settings.home / "redis.conf"
    write_file(
        path,
        f"""bind 127.0.0.1
port {line.settings.redis_port}
protected-mode yes
requirepass {line.passwords.redis}
daemonize no
dir "{folder}"
appendonly yes
appendfsync everysec
save ""
maxmemory 512mb
maxmemory-policy noeviction
""",
    )
    return str(path)
