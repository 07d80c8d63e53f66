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
from call_events.heartbeat import pulse_key, read_pulse

from .composition import Line

ANSWER_SECONDS = 2.0
NO_ANSWER = ("no answer",)


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the line: how it is called and how it is asked."""

    name: str
    zh: str
    en: str
    ready: Callable[[], bool]


def parts(line: Line) -> tuple[Part, ...]:
    """The parts in the order they come up."""
    return (
        Part("redis", "事件流 Redis", "Redis, the event stream", lambda: redis_answers(line)),
        Part("asterisk", "Asterisk", "Asterisk", ControlSocket(line.instance).running),
        Part(
            "agi",
            "呼叫流程",
            "the loop that decides each call",
            lambda: loop_answers(line),
        ),
        Part("record", "通话记录", "the recorder", lambda: recorder_records(line)),
        Part("console", "坐席台", "the console", lambda: not console_waits_for(line)),
    )


def redis_answers(line: Line) -> bool:
    """Whether Redis answers with our password."""
    try:
        with _redis(line) as client:
            return bool(client.ping())
    except (redis.RedisError, OSError, ValueError):
        return False


def recorder_records(line: Line) -> bool:
    """Whether the recorder tells that calls become rows."""
    try:
        with _redis(line) as client:
            pulse = read_pulse(client.get(pulse_key(line.settings.node)))
            return pulse is not None and pulse.recording
    except (redis.RedisError, OSError, ValueError):
        return False


def _redis(line: Line) -> redis.Redis:
    return redis.Redis.from_url(
        line.redis_url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS
    )


def loop_answers(line: Line) -> bool:
    """Whether the loop tells the first step of a call to the city's number, as it would a call."""
    question = (
        "agi_network_script: next",
        "agi_accountcode: readiness.0",
        "agi_arg_1: 1",
        f"agi_arg_2: {line.catalogue.city.hotline_number}",
        "agi_arg_3: ",
        "agi_arg_4: ",
    )
    where = ("127.0.0.1", line.settings.agi_port)
    try:
        with socket.create_connection(where, ANSWER_SECONDS) as asking:
            asking.settimeout(ANSWER_SECONDS)
            asking.sendall("\n".join((*question, "", "")).encode())
            return asking.recv(4096).startswith(b"SET VARIABLE")
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
            found = json.loads(error.read(65536))["dependencies"]
            return tuple(name for name, word in found.items() if word != "ok")
        except (ValueError, KeyError, AttributeError, OSError):
            return (f"HTTP {error.code}",)
    except (OSError, ValueError):
        return NO_ANSWER
