"""`hotline conf`: Asterisk's configuration checked, rendered, applied and read back."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from asterisk_conf.applying import Applied, ApplyRefused, apply, may_apply
from asterisk_conf.control_socket import AsteriskNotRunning, ControlSocket
from asterisk_conf.writing import write_files
from ivr import prompts
from routing.catalogue import Catalogue

from . import composition
from .in_force import kept_copy, lead_to
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
    """Ask, render beside, prove that Asterisk took it, then tell every process.

    What is applied is one copy of the catalogue: an edit made meanwhile is for the next time.
    Raises CannotStart, CatalogueFaults and what rendering prompts raises, with nothing changed.
    """
    composition.line(settings)  # faults are told by the files people edit, not by the copy's
    with _alone(settings):
        copy = kept_copy(settings)
        line = composition.line(settings.model_copy(update={"catalogue": copy}))
        files, console = _files(line), ControlSocket(line.instance)
        try:
            may_apply(line.instance.etc, files, console)
            with prompts.beside(settings.prompts) as rendered:
                composition.prepare_prompts(line, rendered)
                applied = apply(line.instance.etc, files, console, line.instance.messages)
                if not applied.differences:
                    prompts.take(rendered, settings.prompts)
                    lead_to(copy, settings)
            return applied
        except ApplyRefused as refused:
            raise CannotStart(_somebody_waits(refused)) from None
        except AsteriskNotRunning:
            raise CannotStart(
                Problem(
                    "asterisk_not_running",
                    f"{line.instance.home} 的 Asterisk 没有运行；先启动系统(hotline up)",
                    f"the Asterisk of {line.instance.home} is not running; start it: hotline up",
                )
            ) from None


def told(applied: Applied) -> Iterator[tuple[str, str, str]]:
    """What an apply did, sentence by sentence: Chinese, English, colour."""
    written = ", ".join(applied.written)
    if not written:
        yield "没有改动，配置已全部生效", "nothing to write, all is in force", "default"
    else:
        yield f"已写入：{written}", f"written: {written}", "default"
    for path in applied.restart_for:
        yield (
            f"{path} 要在 Asterisk 重新启动后生效",
            f"{path} takes effect when Asterisk is started again",
            "yellow",
        )
    for difference in applied.differences:
        yield difference, difference, "red"
    if applied.taken_back:
        yield (
            "Asterisk 没有接受；已恢复原来的文件并重新生效",
            "Asterisk did not take it; the old files are back in force",
            "red",
        )
    elif applied.differences:
        yield (
            "Asterisk 没有接受；原来的文件已写回，但不能证实 Asterisk 正按它们运行，请重新启动",
            "Asterisk did not take it; the old files are written back, but Asterisk does not run"
            " them: restart it",
            "red",
        )


@contextmanager
def _alone(settings: Settings) -> Iterator[None]:
    """One apply at a time: two at once would read back each other's files. Raises CannotStart."""
    lock = os.open(settings.home / "apply.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(
                Problem(
                    "apply_running",
                    "另一个 hotline conf apply 正在进行；请等它结束",
                    "another hotline conf apply is at work; wait until it has ended",
                )
            ) from None
        yield
    finally:
        os.close(lock)


def _somebody_waits(refused: ApplyRefused) -> Problem:
    return Problem(
        "queue_in_use",
        f"队列 {refused.queue} 中还有 {refused.callers} 位来电人在等候，不能删除；"
        "请等他们接通后再试。没有改动任何内容",
        f"queue {refused.queue}: {refused.callers} caller(s) wait in it, so it cannot be removed;"
        " let them be answered first. Nothing was changed",
    )


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
