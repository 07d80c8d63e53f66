"""Apply a rendered configuration to a running Asterisk, and prove that it took.

Asterisk refuses a broken file without a word, so success is what can be read back afterwards, not
what a reload printed. A queue in which somebody waits is never removed: its caller would be
orphaned (stays in Queue() while the queue no longer exists).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from .writing import changed_files, write_files

# The narrowest reload for each file; a file that is not here needs a restart.
RELOADS: Final[Mapping[str, str]] = {
    "queues.conf": "queue reload all",
    "pjsip.conf": "module reload res_pjsip.so",
    "extensions.conf": "dialplan reload",
    "generated/globals.conf": "dialplan reload",
    "generated/numbers.conf": "dialplan reload",
    "generated/seats_dial.conf": "dialplan reload",
    "manager.conf": "manager reload",
    "http.conf": "module reload http",
    "musiconhold.conf": "moh reload",
    "logger.conf": "logger reload",
    "cel.conf": "module reload cel",
    "cel_custom.conf": "module reload cel_custom.so",
    "features.conf": "module reload features",
    "rescue.json": "",  # read anew by each rescue script
}

_QUEUE_LINE = re.compile(r"^(\S+)\s+has (\d+) calls? .*? in '(\w+)' strategy", re.MULTILINE)
_NUMBER_CONTEXTS: Final = ("numbers", "emergency-numbers", "redirected")
_EXTENSION = re.compile(r"^exten => ([+0-9]+),1,", re.MULTILINE)
_SHOWN_EXTENSION = re.compile(r"^\s+'([+0-9]+)' =>", re.MULTILINE)
_ENDPOINT = re.compile(r"^ Endpoint:\s+([A-Za-z0-9_-]+)", re.MULTILINE)


class Console(Protocol):
    """Runs a console command of Asterisk and returns what it prints."""

    def run(self, command: str) -> str: ...


class ApplyRefused(RuntimeError):
    """Nothing was changed; the text says why."""


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did: files written, reloads run, what was read back and is not as rendered."""

    written: tuple[str, ...]
    reloads: tuple[str, ...]
    differences: tuple[str, ...]
    restart_for: tuple[str, ...]

    @property
    def proved(self) -> bool:
        """True when Asterisk runs what was rendered."""
        return not self.differences and not self.restart_for


def apply(folder: Path, files: Mapping[str, str], console: Console) -> Applied:
    """Write what differs, reload just that, read it back from the running Asterisk.

    When the read-back differs, the old files are put back and reloaded, so that the next start of
    Asterisk is the Asterisk that runs. Raises ApplyRefused, or what the console raises when no
    Asterisk runs, before anything is touched.
    """
    console.run("core waitfullybooted")  # nobody there: nothing is written
    changed = changed_files(folder, files)
    refuse_orphans(changed, files, console)
    old = {path: (folder / path).read_text("utf-8") for path in changed if (folder / path).exists()}
    write_files(folder, {path: files[path] for path in changed})
    reloads = _reload(changed, console)
    restart_for = tuple(path for path in changed if path not in RELOADS)
    differences = read_back(files, console)
    if differences:
        write_files(folder, old)
        _reload(tuple(old), console)
    return Applied(changed, reloads, differences, restart_for)


def _reload(changed: tuple[str, ...], console: Console) -> tuple[str, ...]:
    reloads = tuple(dict.fromkeys(RELOADS[path] for path in changed if RELOADS.get(path)))
    for command in reloads:
        console.run(command)
    return reloads


def refuse_orphans(changed: tuple[str, ...], files: Mapping[str, str], console: Console) -> None:
    """Raise ApplyRefused if a queue with waiting callers is missing from the new configuration."""
    if "queues.conf" not in changed:
        return
    kept = set(queue_strategies(files))
    for name, (calls, _) in shown_queues(console).items():
        if name not in kept and calls:
            raise ApplyRefused(
                f"queue {name}: {calls} caller(s) wait in it; removing it would orphan them. "
                "Let them be answered first, nothing was changed"
            )


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


def read_back(files: Mapping[str, str], console: Console) -> tuple[str, ...]:
    """Return, in words, everything in which the running Asterisk differs from the files."""
    checks: tuple[Callable[[], tuple[str, ...]], ...] = (
        lambda: _compare(
            "queue",
            {f"{name} ({strategy})" for name, strategy in queue_strategies(files).items()},
            {f"{name} ({strategy})" for name, (_, strategy) in shown_queues(console).items()},
        ),
        lambda: _compare(
            "number",
            _rendered_numbers(files["generated/numbers.conf"]),
            {
                f"{number} ({context})"
                for context in _NUMBER_CONTEXTS
                for number in _SHOWN_EXTENSION.findall(console.run(f"dialplan show {context}"))
            },
        ),
        lambda: _compare(
            "endpoint",
            _endpoints(files["pjsip.conf"]),
            set(_ENDPOINT.findall(console.run("pjsip show endpoints"))),
        ),
    )
    return tuple(difference for check in checks for difference in check())


def _rendered_numbers(dialplan: str) -> set[str]:
    parts = (part.partition("]") for part in dialplan.split("\n[")[1:])
    return {
        f"{number} ({context})"
        for context, _, body in parts
        if context in _NUMBER_CONTEXTS
        for number in _EXTENSION.findall(body)
    }


def _endpoints(pjsip: str) -> set[str]:
    names = re.findall(r"^\[([A-Za-z0-9_-]+)\]\n(?:;.*\n)*type = endpoint", pjsip, re.MULTILINE)
    return {*names, *re.findall(r"^\[([A-Za-z0-9_-]+)\]\((?:web|desk)\)", pjsip, re.MULTILINE)}


def _compare(kind: str, wanted: set[str], shown: set[str]) -> tuple[str, ...]:
    missing = [f"{kind} {name}: rendered, but Asterisk does not have it" for name in wanted - shown]
    extra = [f"{kind} {name}: Asterisk has it, but it is not rendered" for name in shown - wanted]
    return tuple(sorted(missing + extra))
