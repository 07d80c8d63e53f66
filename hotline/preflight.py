"""What must be true before anything is started; each fault is one sentence with what and where."""

from __future__ import annotations

import errno
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

from asterisk_conf.instance import Instance
from ivr.voice import Tools

from .sentences import Problem
from .settings import REPO, Settings

LEAST_ASTERISK = 22
# Versions the tests have run on; another is used, and said so.
TESTED_ASTERISK = ("22.10",)
# sun_path holds 108 bytes; Asterisk cuts a longer path without a word.
LONGEST_SOCKET_PATH = 107


def problems(settings: Settings, instance: Instance) -> tuple[Problem, ...]:
    """Everything that would keep the line from starting, found without starting anything."""
    return (
        *asterisk_problems(instance),
        *program_problems(settings),
        *path_problems(instance),
        *port_problems(settings),
        *phone_problems(settings),
    )


def asterisk_version(instance: Instance) -> str | None:
    """Version such as "22.10.1"; None when there is no Asterisk that starts."""
    try:
        command = (*instance.program(), "-V")
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (FileNotFoundError, PermissionError, subprocess.TimeoutExpired):
        return None
    found = re.search(r"Asterisk (?:GIT-)?(\d+[.\d]*)", done.stdout)
    return found[1] if found else None


def asterisk_problems(instance: Instance) -> Iterator[Problem]:
    version = asterisk_version(instance)
    if version is None:
        yield Problem(
            "asterisk_missing",
            f"在 {instance.root} 没有可运行的 Asterisk;请运行 make setup"
            "(或用 HOTLINE_ASTERISK_ROOT 指明位置)",
            f"there is no Asterisk that starts in {instance.root}; run: make setup"
            " (or set HOTLINE_ASTERISK_ROOT)",
        )
    elif int(version.split(".")[0]) < LEAST_ASTERISK:
        yield Problem(
            "asterisk_too_old",
            f"{instance.root} 中的 Asterisk 是 {version},需要 {LEAST_ASTERISK} 或更新版本;"
            "请删除它后运行 make setup",
            f"the Asterisk in {instance.root} is {version}, {LEAST_ASTERISK} or later is needed;"
            " remove it and run: make setup",
        )


def redis_program() -> str | None:
    """Path of redis-server, as installed or as set up from redis-tools."""
    ours = REPO / "var" / "bin" / "redis-server"
    return shutil.which("redis-server") or (str(ours) if ours.exists() else None)


def program_problems(settings: Settings) -> Iterator[Problem]:
    missing = [*Tools().missing()]
    if settings.embedded_redis and redis_program() is None:
        missing.append("redis-server")
    for program in missing:
        yield Problem(
            "program_missing",
            f"没有安装 {program};请运行 make setup",
            f"{program} is not installed; run: make setup",
        )


def path_problems(instance: Instance) -> Iterator[Problem]:
    control = instance.run / "asterisk.ctl"
    if len(str(control).encode()) > LONGEST_SOCKET_PATH:
        yield Problem(
            "home_too_long",
            f"HOTLINE_HOME 的路径太长:{control} 超过 {LONGEST_SOCKET_PATH} 字节，不能用作套接字",
            f"the path of HOTLINE_HOME is too long: {control} is over {LONGEST_SOCKET_PATH} bytes,"
            " too many for a socket",
        )


def phone_problems(settings: Settings) -> Iterator[Problem]:
    """A browser phone whose address no browser can use would only fail at the first call."""
    if settings.sip_host == "0.0.0.0" and not settings.phone_ws_url:
        yield Problem(
            "phone_url_missing",
            "HOTLINE_SIP_HOST 为 0.0.0.0 时，请用 HOTLINE_PHONE_WS_URL 写明浏览器电话的地址",
            "with HOTLINE_SIP_HOST 0.0.0.0, say in HOTLINE_PHONE_WS_URL where browser phones find"
            " it",
        )
    elif settings.https and not settings.phone_url.startswith("wss://"):
        yield Problem(
            "phone_url_insecure",
            f"页面经 https 提供时，浏览器不会连接 {settings.phone_url};"
            "请用 HOTLINE_PHONE_WS_URL 写明 wss:// 地址",
            f"a page served over https may not use {settings.phone_url};"
            " set HOTLINE_PHONE_WS_URL to a wss:// address",
        )


def wanted_ports(settings: Settings) -> tuple[tuple[str, int, str, str], ...]:
    """Each port we listen on: host, port, protocol, and the setting that moves it."""
    local, sip = "127.0.0.1", settings.sip_host
    wanted = [
        (sip, settings.sip_port, "udp", "HOTLINE_SIP_PORT"),
        (sip, settings.asterisk_http_port, "tcp", "HOTLINE_ASTERISK_HTTP_PORT"),
        (local, settings.ami_port, "tcp", "HOTLINE_AMI_PORT"),
        (local, settings.agi_port, "tcp", "HOTLINE_AGI_PORT"),
        (settings.http_host, settings.http_port, "tcp", "HOTLINE_HTTP_PORT"),
    ]
    if settings.embedded_redis:
        wanted.append((local, settings.redis_port, "tcp", "HOTLINE_REDIS_PORT"))
    return tuple(wanted)


def port_problems(settings: Settings) -> Iterator[Problem]:
    seen: dict[tuple[int, str], str] = {}
    for host, port, protocol, setting in wanted_ports(settings):
        if other := seen.get((port, protocol)):
            yield Problem(
                "port_twice",
                f"{other} 与 {setting} 都是 {port},请改其中一个",
                f"{other} and {setting} are both {port}; change one of them",
            )
            continue
        seen[port, protocol] = setting
        if problem := _bind_problem(host, port, protocol, setting):
            yield problem


def _bind_problem(host: str, port: int, protocol: str, setting: str) -> Problem | None:
    kind = socket.SOCK_DGRAM if protocol == "udp" else socket.SOCK_STREAM
    with socket.socket(socket.AF_INET, kind) as probe:
        if protocol == "tcp":  # what is left of a closed connection does not hold the port
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                return Problem(
                    "port_taken",
                    f"端口 {port}/{protocol}({host})已被其他程序占用；请停止它，或改 {setting}",
                    f"port {port}/{protocol} on {host} is taken by another program;"
                    f" stop it, or set {setting}",
                )
            return Problem(
                "port_refused",
                f"不能监听 {host}:{port}/{protocol}({error.strerror});请改 {setting}",
                f"cannot listen on {host}:{port}/{protocol} ({error.strerror}); set {setting}",
            )
    return None


def writable(folder: Path) -> bool:
    """Whether a file can be made there."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink()
    except OSError:
        return False
    return True
