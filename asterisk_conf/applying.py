"""Apply a rendered configuration to a running Asterisk, and prove that it took.

Asterisk refuses a broken file without a word, so success is what can be read back afterwards, not
what a reload printed. A queue in which somebody waits is never removed: its caller would be
orphaned (stays in Queue() while the queue no longer exists).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from .read_back import (
    Console,
    LogWitness,
    dialplan_files,
    queue_strategies,
    read_back,
    shown_queues,
    waiting_channels,
)
from .writing import changed_files, write_files

# The narrowest reload for each file; one that is neither here nor of the dialplan needs a restart.
RELOADS: Final[Mapping[str, str]] = {
    "queues.conf": "queue reload all",
    "pjsip.conf": "module reload res_pjsip.so",
    "confbridge.conf": "module reload app_confbridge.so",
    "manager.conf": "manager reload",
    "http.conf": "module reload http",
    "musiconhold.conf": "moh reload",
    "logger.conf": "logger reload",
    "cel.conf": "module reload cel",
    "cel_custom.conf": "module reload cel_custom.so",
    "features.conf": "module reload features",
    "rescue.json": "",  # read anew by each rescue script
}
DIALPLAN: Final = "dialplan reload"
# Where the dialplan takes back a caller whose queue went away in the same instant.
ORPHANED: Final = "hotline,orphaned,1"


class ApplyRefused(RuntimeError):
    """Nothing was changed: callers wait in a queue that the new configuration lacks."""

    def __init__(self, queue: str, callers: int) -> None:
        super().__init__(f"queue {queue}: {callers} caller(s) wait in it")
        self.queue, self.callers = queue, callers


@dataclass(frozen=True, slots=True)
class Applied:
    """What an apply did: files written, reloads run, what was read back and is not as rendered."""

    written: tuple[str, ...]
    reloads: tuple[str, ...]
    differences: tuple[str, ...]
    restart_for: tuple[str, ...]
    taken_back: bool = False
    """The old files are in force again, as read back; False too when nothing was to take back."""

    @property
    def proved(self) -> bool:
        """True when Asterisk runs what was rendered."""
        return not self.differences and not self.restart_for


def may_apply(folder: Path, files: Mapping[str, str], console: Console) -> None:
    """Ask before anything is touched.

    Raises ApplyRefused if a queue in which somebody waits is missing from the new configuration,
    and what the console raises when no Asterisk runs.
    """
    console.run("core waitfullybooted")
    if "queues.conf" not in changed_files(folder, files):
        return
    kept = queue_strategies(files).keys()
    for name, (calls, _) in shown_queues(console).items():
        if name not in kept and calls:
            raise ApplyRefused(name, calls)


def apply(folder: Path, files: Mapping[str, str], console: Console, log: Path) -> Applied:
    """Write what differs, reload just that, read it back from the running Asterisk.

    When the read-back differs or Asterisk's `log` names a file it would not read, the old files are
    put back and reloaded, so that the next start of Asterisk is the Asterisk that runs. Raises what
    `may_apply` raises, before anything is touched.
    """
    may_apply(folder, files, console)
    witness = LogWitness(log)
    changed, loads = changed_files(folder, files), _loads(files)
    old = {path: (folder / path).read_text("utf-8") for path in changed if (folder / path).exists()}
    queues = frozenset(shown_queues(console))
    write_files(folder, {path: files[path] for path in changed})
    reloads = _reload(changed, loads, console)
    take_back_orphans(queues - queue_strategies(files).keys(), console)
    restart_for = tuple(path for path in changed if path not in loads)
    refused = witness.refusals(console) if reloads else ()
    differences = (*read_back(files, console), *refused)
    taken_back = bool(differences) and _put_back(folder, changed, old, loads, console)
    return Applied(changed, reloads, differences, restart_for, taken_back)


def take_back_orphans(gone: frozenset[str], console: Console) -> None:
    """Lead callers who entered a queue in the instant it was removed back to the loop."""
    if gone:
        for channel in waiting_channels(console, gone):
            console.run(f"channel redirect {channel} {ORPHANED}")


def _put_back(
    folder: Path,
    changed: tuple[str, ...],
    old: Mapping[str, str],
    loads: Mapping[str, str],
    console: Console,
) -> bool:
    """Return to the files as they were; tell whether Asterisk runs them again."""
    write_files(folder, old)
    for path in changed:
        if path not in old:
            (folder / path).unlink()
    _reload(changed, loads, console)
    files = {path: (folder / path).read_text("utf-8") for path in loads if (folder / path).exists()}
    return not read_back(files, console)


def _loads(files: Mapping[str, str]) -> dict[str, str]:
    """The narrowest reload by file."""
    return {**RELOADS, **dict.fromkeys(dialplan_files(files), DIALPLAN)}


def _reload(
    changed: tuple[str, ...], loads: Mapping[str, str], console: Console
) -> tuple[str, ...]:
    reloads = tuple(dict.fromkeys(loads[path] for path in changed if loads.get(path)))
    for command in reloads:
        console.run(command)
    return reloads
