"""Faults of a catalogue: where, what, and one sentence in each language."""

from __future__ import annotations

from dataclasses import dataclass

from .fault_sentences import SENTENCES


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A spot in a catalogue file, counted from 1 as editors do."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One fault; `code` is stable, the sentences are for people."""

    file: str
    line: int
    column: int
    code: str
    zh: str
    en: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: [{self.code}] {self.zh} / {self.en}"


class CatalogueFaults(Exception):
    """Everything that is wrong with a catalogue, at once, in the order of its files and lines."""

    code = "catalogue_faults"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


def fault(place: Place, code: str, **words: object) -> Fault:
    """A fault of a known code at a place."""
    zh, en = SENTENCES[code]
    shown = {name: _shown(word) for name, word in words.items()}
    return Fault(place.file, place.line, place.column, code, zh.format(**shown), en.format(**shown))


def _shown(word: object) -> str:
    """Words from a file are quoted back in part, on one line."""
    text = "".join(char if char.isprintable() else "?" for char in str(word))
    return text if len(text) <= 120 else f"{text[:117]}..."
