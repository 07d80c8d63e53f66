"""A refusal of the console and the JSON it becomes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .sentences import FIELDS, SENTENCES, Sentence


class Refused(Exception):
    """Something the console will not do; carries only facts, the sentence is in the table."""

    def __init__(self, code: str, field: str | None = None, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.field = field
        self.facts = facts


def sentence_for(code: str) -> Sentence:
    """The row of the table; `ticket_field_missing` is said like `field_missing`."""
    return (
        SENTENCES.get(code) or SENTENCES.get(code.removeprefix("ticket_")) or SENTENCES["internal"]
    )


def said(
    code: str, field: str | None = None, facts: Mapping[str, object] | None = None
) -> dict[str, Any]:
    """The body of a refusal: {code, field, zh, en} with every fact in its place."""
    sentence = sentence_for(code)
    zh, en = FIELDS.get(field or "", (field or "", field or ""))
    known = dict(facts or {})
    return {
        "code": code,
        "field": field,
        "zh": sentence.zh.format_map({"zh": zh, "en": en, **known}),
        "en": sentence.en.format_map({"zh": zh, "en": en, **known}),
    }
