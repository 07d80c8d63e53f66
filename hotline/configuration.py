"""`hotline conf`: Asterisk's configuration checked, rendered, applied and read back."""

from __future__ import annotations

from pathlib import Path

from asterisk_conf.applying import Applied, ApplyRefused, apply
from asterisk_conf.control_socket import AsteriskNotRunning, ControlSocket
from asterisk_conf.writing import write_files
from routing.catalogue import Catalogue

from . import composition
from .in_force import put_in_force
from .sentences import CannotStart, Problem
from .settings import Settings


def check(settings: Settings) -> tuple[Catalogue, int]:
    """The catalogue and how many files it renders to. Raises CatalogueFaults, CannotStart."""
    line = composition.line(settings, keep=False)
    return line.catalogue, len(_files(line))


def render_into(settings: Settings, folder: Path) -> tuple[str, ...]:
    """Write the configuration into a folder; return the paths written."""
    line = composition.line(settings)
    return write_files(folder, _files(line))


def apply_to_running(settings: Settings) -> Applied:
    """Render prompts and configuration, prove that Asterisk took them, then tell every process."""
    line = composition.line(settings)
    composition.prepare_prompts(line)
    try:
        applied = apply(line.instance.etc, _files(line), ControlSocket(line.instance))
        if not applied.differences:
            put_in_force(settings)
        return applied
    except ApplyRefused as refused:
        raise CannotStart(Problem("apply_refused", str(refused), str(refused))) from None
    except AsteriskNotRunning:
        raise CannotStart(
            Problem(
                "asterisk_not_running",
                f"{line.instance.home} 的 Asterisk 没有运行；先启动系统(hotline up)",
                f"the Asterisk of {line.instance.home} is not running; start it: hotline up",
            )
        ) from None


def _files(line: composition.Line) -> dict[str, str]:
    try:
        return line.asterisk_files()
    except FileNotFoundError as error:
        raise CannotStart(
            Problem(
                "asterisk_missing",
                f"没有找到 Asterisk({error});请运行 make setup",
                f"{error}; run: make setup",
            )
        ) from None
