"""What the running Asterisk says it runs, compared with what was rendered for it.

Two witnesses: what can be listed on its console (queues, every line of the dialplan, globals,
endpoints, the addresses carriers are known by), and its own log, which names a file it refuses even
where the reload prints nothing and the old content stays in force.
"""

import re
import secrets
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, Protocol

_QUEUE_LINE: Final = re.compile(r"^(\S+)\s+has (\d+) calls? .*? in '(\w+)' strategy", re.MULTILINE)
_SHOWN_STEP: Final = re.compile(
    r"^(?:  '([^']+)' =>| +\[\w+\])?\s+\d+\. (.*?)\s+\[([a-z_]+\.conf):(\d+)\]$", re.MULTILINE
)
_STEP: Final = re.compile(r"^(?:exten => ([^,]+),\w+|same => n)(?:\(\w+\))?,(.*)$")
_GLOBAL: Final = re.compile(r"^\s+([A-Z_]+)=(.*?)\s*$", re.MULTILINE)
# Asterisk sets some by itself; ours are those that the files name.
OURS: Final = ("HL_", "AGIEXIT", "MONITOR_")
_ENDPOINT: Final = re.compile(r"^ Endpoint:\s+([A-Za-z0-9_-]+)", re.MULTILINE)
_IDENTIFY: Final = re.compile(
    r"^ Identify:\s+([\w-]+)/([\w-]+)\s*\n\s+Match: ([^\s/]+)", re.MULTILINE
)
_CHANNEL_FIELDS: Final = 14
MARK_SECONDS: Final = 5.0
# The parts of Asterisk that read files, and what app_queue says only while it reads one.
_READERS: Final = re.compile(
    r"(?:WARNING|ERROR)\[\d+\] (?:config\.c|config_options\.c|res_sorcery_config\.c|pbx_config\.c"
    r"|app_queue\.c: (?=.*(?:queues\.conf|strategy for queue))|logger(?=: Log queue)):? ?(.*)$",
    re.MULTILINE,
)


class Console(Protocol):
    """Runs a console command of Asterisk and returns what it prints."""

    def run(self, command: str) -> str: ...


def read_back(files: Mapping[str, str], console: Console) -> tuple[str, ...]:
    """Return, in words, everything in which the running Asterisk differs from the files."""
    checks: tuple[Callable[[], tuple[str, ...]], ...] = (
        lambda: _compare("queue", _rendered_queues(files), _shown_queues(console)),
        lambda: _compare("line", rendered_steps(files), shown_steps(console)),
        lambda: _compare("global", _rendered_globals(files), _shown_globals(console)),
        lambda: _compare(
            "endpoint",
            _rendered_endpoints(files["pjsip.conf"]),
            set(_ENDPOINT.findall(console.run("pjsip show endpoints"))),
        ),
        lambda: _compare(
            "address",
            _rendered_addresses(files["pjsip.conf"]),
            {" ".join(found) for found in _IDENTIFY.findall(console.run("pjsip show identifies"))},
        ),
    )
    return tuple(difference for check in checks for difference in check())


class LogWitness:
    """Asterisk's log from a moment on: which files it would not read, and why."""

    def __init__(self, log: Path) -> None:
        self._log = log
        self._start = log.stat().st_size if log.exists() else 0

    def refusals(self, console: Console) -> tuple[str, ...]:
        """Return what Asterisk has said of files since, each once, without folders.

        The log is written by a thread of its own: loading a module that cannot exist leaves a mark,
        and what was said before it is there when the mark is.
        """
        mark = f"configuration-read-back-{secrets.token_hex(4)}"
        console.run(f"module load {mark}")
        deadline = time.monotonic() + MARK_SECONDS
        while mark not in (said := self._said()):
            if time.monotonic() > deadline:
                return (f"{self._log.name}: Asterisk does not write its log",)
            time.sleep(0.02)
        found = (re.sub(r"/\S+/", "", text) for text in _READERS.findall(said))
        return tuple(dict.fromkeys(f"Asterisk: {text.strip()}" for text in found))

    def _said(self) -> str:
        if not self._log.exists():
            return ""
        with self._log.open("rb") as log:
            log.seek(self._start if self._log.stat().st_size >= self._start else 0)
            return log.read().decode("utf-8", "replace")


def queue_strategies(files: Mapping[str, str]) -> dict[str, str]:
    """Return strategy by queue name as rendered."""
    strategies = {}
    for section in files["queues.conf"].split("\n[")[1:]:
        name, _, body = section.partition("]")
        if strategy := re.search(r"^strategy = (\w+)", body, re.MULTILINE):
            strategies[name] = strategy[1]
    return strategies


def shown_queues(console: Console) -> dict[str, tuple[int, str]]:
    """Return waiting callers and strategy by queue name, as Asterisk runs them."""
    found = _QUEUE_LINE.findall(console.run("queue show"))
    return {name: (int(calls), strategy) for name, calls, strategy in found}


def waiting_channels(console: Console, queues: frozenset[str]) -> tuple[str, ...]:
    """Return the channels that are in Queue() for one of these queues and talk with nobody."""
    waiting = []
    for line in console.run("core show channels concise").splitlines():
        fields = line.split("!")
        if len(fields) < _CHANNEL_FIELDS:
            continue
        application, arguments, bridge = fields[5], fields[6], fields[-2]
        if application == "Queue" and arguments.partition(",")[0] in queues and not bridge:
            waiting.append(fields[0])
    return tuple(waiting)


def dialplan_files(files: Mapping[str, str], first: str = "extensions.conf") -> tuple[str, ...]:
    """Return the files the dialplan is read from, the first one and all it includes."""
    included = re.findall(r"^#include (\S+)", files[first], re.MULTILINE)
    return (first, *(path for name in included for path in dialplan_files(files, name)))


def rendered_steps(files: Mapping[str, str]) -> set[str]:
    """Return every line of the dialplan that does something, by its file and number."""
    steps = set()
    for path in dialplan_files(files):
        for number, line in enumerate(files[path].splitlines(), 1):
            # A ";" that is not escaped begins a comment; an escaped one is shown without it.
            code = re.split(r"(?<!\\);", line.strip())[0].strip().replace("\\;", ";")
            if step := _STEP.match(code):
                steps.add(_line(Path(path).name, number, step[1] or "", step[2]))
    return steps


def shown_steps(console: Console) -> set[str]:
    """Return every line of the dialplan that Asterisk runs, by its file and number."""
    found = _SHOWN_STEP.findall(console.run("dialplan show"))
    return {_line(file, number, extension, step) for extension, step, file, number in found}


def _line(file: str, number: int | str, extension: str, step: str) -> str:
    """One spelling of a line of the dialplan: ``Hangup`` is shown as ``Hangup()``."""
    step = step.strip() if step.strip().endswith(")") else f"{step.strip()}()"
    return " ".join(word for word in (f"{file}:{number}", extension, step) if word)


def _rendered_queues(files: Mapping[str, str]) -> set[str]:
    return {f"{name} ({strategy})" for name, strategy in queue_strategies(files).items()}


def _shown_queues(console: Console) -> set[str]:
    return {f"{name} ({strategy})" for name, (_, strategy) in shown_queues(console).items()}


def _rendered_globals(files: Mapping[str, str]) -> set[str]:
    text = files["generated/globals.conf"].partition("[globals]")[2]
    found = re.findall(r"^([A-Z_]+) = (.*?)\s*$", text, re.MULTILINE)
    return {f"{name}={value}" for name, value in found}


def _shown_globals(console: Console) -> set[str]:
    found = _GLOBAL.findall(console.run("dialplan show globals"))
    return {f"{name}={value}" for name, value in found if name.startswith(OURS)}


def _rendered_endpoints(pjsip: str) -> set[str]:
    names = re.findall(r"^\[([A-Za-z0-9_-]+)\]\n(?:;.*\n)*type = endpoint", pjsip, re.MULTILINE)
    return {*names, *re.findall(r"^\[([A-Za-z0-9_-]+)\]\((?:web|desk)\)", pjsip, re.MULTILINE)}


def _rendered_addresses(pjsip: str) -> set[str]:
    sections = re.findall(
        r"^\[([\w-]+)\]\ntype = identify\nendpoint = ([\w-]+)\nmatch = (\S+)", pjsip, re.MULTILINE
    )
    return {" ".join(section) for section in sections}


def _compare(kind: str, wanted: set[str], shown: set[str]) -> tuple[str, ...]:
    missing = [f"{kind} {name}: rendered, but Asterisk does not have it" for name in wanted - shown]
    extra = [f"{kind} {name}: Asterisk has it, but it is not rendered" for name in shown - wanted]
    return tuple(sorted(missing + extra))
