"""What every command of `hotline` shares: the terminal, the settings, and one way to refuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console
from rich.markup import escape

from ivr.recordings import UnusableRecordings
from ivr.voice import SoundToolFailed
from routing.faults import CatalogueFaults

from .secrets_file import SecretsUnreadable
from .sentences import CannotStart, Problem, words
from .settings import Settings

BAD_INPUT: Final = 2

out = Console()
err = Console(stderr=True)

# What pydantic says in English only; every other fault of a setting has a sentence of our own.
_CHINESE: Final = {
    "int_parsing": "应为整数",
    "bool_parsing": "应为 true 或 false",
    "greater_than_equal": "不得小于 {ge}",
    "less_than_equal": "不得大于 {le}",
    "string_pattern_mismatch": "应符合 {pattern}",
}


@contextmanager
def one_sentence() -> Iterator[None]:
    """Turn what stops a command into its sentences, all at once, and exit code 2."""
    try:
        yield
    except CannotStart as stop:
        for problem in stop.problems:
            err.print(f"[red]✗[/] {escape(str(problem))}", highlight=False, soft_wrap=True)
        raise typer.Exit(BAD_INPUT) from None
    except (OSError, SecretsUnreadable, SoundToolFailed, UnusableRecordings) as error:
        err.print(f"[red]✗[/] {escape(_file_and_fault(error))}", highlight=False, soft_wrap=True)
        raise typer.Exit(BAD_INPUT) from None
    except CatalogueFaults as faults:
        for fault in faults.faults:
            err.print(str(fault), highlight=False, markup=False, soft_wrap=True)
        raise typer.Exit(BAD_INPUT) from None


def _file_and_fault(
    error: OSError | SecretsUnreadable | SoundToolFailed | UnusableRecordings,
) -> str:
    if isinstance(error, OSError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error)
    return words(error.zh, error.en)


def read_settings() -> Settings:
    """The settings of the environment. Raises CannotStart with every one that cannot be used."""
    try:
        return Settings()
    except ValidationError as error:
        raise CannotStart(*(_unusable(dict(fault)) for fault in error.errors())) from None


def _unusable(fault: dict[str, Any]) -> Problem:
    name, value = f"HOTLINE_{str(fault['loc'][0]).upper()}", fault["input"]
    chinese = _CHINESE.get(fault["type"])
    why = chinese.format_map(fault.get("ctx", {})) if chinese else fault["msg"]
    return Problem(
        "setting",
        f"{name} 的值 {value!r} 不能使用:{why}",
        f"{name}: {value!r} cannot be used: {fault['msg']}",
    )


def say(zh: str, en: str) -> None:
    """Print one sentence in the language of the terminal; rich markup counts."""
    out.print(words(zh, en), highlight=False, soft_wrap=True)


def refuse(code: str, zh: str, en: str) -> NoReturn:
    """Stop the command with one sentence in each language. Raises CannotStart."""
    raise CannotStart(Problem(code, zh, en))
