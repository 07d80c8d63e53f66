"""When a part of the line is ready, asked of the part itself."""

from __future__ import annotations

import json
import socket
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass

import redis

from asterisk_conf.control_socket import ControlSocket

from .composition import Line

ANSWER_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the line: how it is called and how it is asked."""

    name: str
    zh: str
    en: str
    ready: Callable[[], bool]


def parts(line: Line) -> tuple[Part, ...]:
    """The parts in the order they come up."""
    settings = line.settings
    return (
        Part("redis", "事件流 Redis", "Redis, the event stream", lambda: redis_answers(line)),
        Part("asterisk", "Asterisk", "Asterisk", ControlSocket(line.instance).running),
        Part(
            "agi",
            "呼叫流程",
            "the loop that decides each call",
            lambda: port_answers("127.0.0.1", settings.agi_port),
        ),
        Part("console", "坐席台", "the console", lambda: not console_waits_for(line)),
    )


def redis_answers(line: Line) -> bool:
    """Whether Redis answers with our password."""
    try:
        with redis.Redis.from_url(
            line.redis_url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS
        ) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError, ValueError):
        return False


def port_answers(host: str, port: int) -> bool:
    """Whether something accepts connections there."""
    try:
        with socket.create_connection((host, port), ANSWER_SECONDS):
            return True
    except OSError:
        return False


def console_url(line: Line) -> str:
    """Address of the console for people's browsers."""
    if line.settings.public_url:
        return line.settings.public_url
    return f"http://{line.settings.http_host}:{line.settings.http_port}"


def console_waits_for(line: Line) -> tuple[str, ...]:
    """What the console's own /readyz still misses, in its words; empty when it is ready."""
    try:
        with urllib.request.urlopen(f"{console_url(line)}/readyz", timeout=ANSWER_SECONDS):
            return ()
    except urllib.error.HTTPError as error:
        try:
            body = json.loads(error.read(65536))
        except (ValueError, OSError):
            return (f"HTTP {error.code}",)
        return (json.dumps(body, ensure_ascii=False)[:200],)
    except (OSError, ValueError):
        return ("no answer",)
