"""Faults inside one entry of the catalogue, in words that its author understands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from types import MappingProxyType
from typing import Any

from pydantic import BaseModel, ValidationError

from .entry import (
    AREA_PATTERN,
    COUNTRY_PATTERN,
    HOST_PATTERN,
    NUMBER_PATTERN,
    PREFIX_PATTERN,
    QUEUE_PATTERN,
    SEATS_PATTERN,
    TEXT_PATTERN,
    WORD_PATTERN,
)
from .faults import Fault, Place, fault
from .yaml_tree import Branch, key_place, place_of

_PATTERNS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        HOST_PATTERN: ("应为主机名或 IP 地址", "a host name or an IP address is expected"),
        SEATS_PATTERN: ("应为分机号或范围，如 8001-8010", "a seat or a range, such as 8001-8010"),
        TEXT_PATTERN: ("应为一行非空文字", "one line of text is expected, not empty"),
        AREA_PATTERN: ("应为区号，如 025", "an area code is expected, such as 025"),
        COUNTRY_PATTERN: ("应为国家码，如 86", "a country code is expected, such as 86"),
        PREFIX_PATTERN: ("应为 1 至 4 个大写字母", "1 to 4 capital letters are expected"),
    }
)
_TYPES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "string_type": ("应为文字", "text is expected"),
        "string_too_long": (
            "文字过长，上限 {max_length} 字",
            "longer than {max_length} characters",
        ),
        "int_parsing": ("应为整数", "a whole number is expected"),
        "int_type": ("应为整数", "a whole number is expected"),
        "int_parsing_size": ("数字过大", "the number is too large"),
        "float_parsing": ("应为数字", "a number is expected"),
        "float_type": ("应为数字", "a number is expected"),
        "finite_number": ("应为数字", "a number is expected"),
        "bool_parsing": ("应为 true 或 false", "true or false is expected"),
        "bool_type": ("应为 true 或 false", "true or false is expected"),
        "enum": ("可选值：{expected}", "one of {expected} is expected"),
        "tuple_type": ("应为列表", "a list is expected"),
        "dict_type": ("应为“名称: 值”的形式", "`name: value` pairs are expected"),
        "model_type": ("应为“名称: 值”的形式", "`name: value` pairs are expected"),
        "greater_than": ("应大于 {gt}", "it must be above {gt}"),
        "greater_than_equal": ("不得小于 {ge}", "it must be at least {ge}"),
        "less_than_equal": ("不得大于 {le}", "it must be at most {le}"),
    }
)
_VALUES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "window": (
            "应为时段，如 mon-fri 09:00-17:30",
            "hours are written like mon-fri 09:00-17:30",
        ),
        "host": ("不是 IP 地址", "this is no IP address"),
        "timezone": ("没有这个时区", "there is no such time zone"),
    }
)
_DATE = ("应为日期，如 2027-12-31", "a date is expected, such as 2027-12-31")


def entry_faults(item: Branch, error: ValidationError, model: type[BaseModel]) -> list[Fault]:
    """Every fault the model found in one entry, each at the word that caused it."""
    found: list[Fault] = []
    for detail in error.errors(include_url=False):
        path = tuple(step for step in detail["loc"] if step != "[key]")
        if path == ("keys",) or (path[:1] == ("keys",) and detail["type"] == "string_type"):
            found.append(_menu_fault(item, path, detail["input"]))
        else:
            found.append(_fault(item, path, detail, model))
    return found


def _menu_fault(item: Branch, path: tuple[str | int, ...], given: object) -> Fault:
    """A key that leads to more keys is a deeper menu; anything else is a plain wrong value."""
    place = place_of(item, path)
    if isinstance(given, (dict, list)) and len(path) > 1:
        return fault(place, "menu_too_deep")
    zh, en = _TYPES["dict_type"] if len(path) == 1 else _TYPES["string_type"]
    return fault(place, "value_wrong", value=_value(given), zh=zh, en=en)


def _fault(
    item: Branch, path: tuple[str | int, ...], detail: Mapping[str, Any], model: type[BaseModel]
) -> Fault:
    kind, context, given = detail["type"], detail.get("ctx", {}), detail["input"]
    place = key_place(item, path) if detail["loc"][-1] == "[key]" else place_of(item, path)
    if kind == "missing":
        return fault(place, "field_missing", key=path[-1])
    if kind == "extra_forbidden":
        nested = model.model_fields.get(str(path[0]))
        return unknown_field(key_place(item, path), str(path[-1]), _fields_of(nested))
    if kind == "string_pattern_mismatch":
        if context["pattern"] == NUMBER_PATTERN:
            return fault(place, "number_bad", value=given)
        if context["pattern"] in (WORD_PATTERN, QUEUE_PATTERN):
            return fault(place, "name_bad", value=given)
    zh, en = _explained(kind, context)
    return fault(place, "value_wrong", value=_value(given), zh=zh, en=en)


def _explained(kind: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """What was expected, in both languages."""
    fallback = ("值不合要求", "the value does not meet the rules")
    if kind == "string_pattern_mismatch":
        return _PATTERNS.get(context["pattern"], fallback)
    if kind == "value_error":
        return _VALUES.get(str(context["error"]), fallback)
    if kind.startswith("date"):
        return _DATE
    zh, en = _TYPES.get(kind, fallback)
    return zh.format(**context), en.format(**context)


def _value(given: object) -> str:
    """What stood there, as short as it can be said."""
    if given is None:
        return ""
    return given if isinstance(given, str) else "…"


def _fields_of(field: Any) -> tuple[str, ...]:
    for kind in getattr(field.annotation, "__args__", ()) if field is not None else ():
        if isinstance(kind, type) and issubclass(kind, BaseModel):
            return tuple(kind.model_fields)
    return ()


def hints(name: str, known: Iterable[str]) -> dict[str, str]:
    """A likely spelling, for both sentences; empty when nothing is near."""
    near = get_close_matches(name, sorted(known), n=1)
    if not near:
        return {"hint_zh": "", "hint_en": ""}
    return {"hint_zh": f"（是否为“{near[0]}”？）", "hint_en": f" (did you mean “{near[0]}”?)"}


def unknown_field(place: Place, key: str, known: Iterable[str]) -> Fault:
    """A field the model does not have."""
    return fault(place, "field_unknown", key=key, **hints(key, known))


def misnamed(place: Place, name: str, pattern: str) -> Fault | None:
    """A fault if a name cannot serve as a word of the catalogue."""
    return None if re.fullmatch(pattern, name, re.ASCII) else fault(place, "name_bad", value=name)
