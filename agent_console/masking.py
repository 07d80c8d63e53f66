"""How much of a person is shown to somebody who has not asked for more."""

from __future__ import annotations


def mask_name(name: str | None) -> str | None:
    """A person's name as its first character and stars: 王小明 → 王**."""
    if not name:
        return None
    return name[0] + "*" * min(len(name) - 1, 4)
