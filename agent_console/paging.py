"""A place in a list as an opaque mark: the last row's time and key."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime

from .errors import Refused


def page_mark(at: datetime, key: str) -> str:
    """The mark after which the next page begins."""
    return base64.urlsafe_b64encode(f"{at.isoformat()}|{key}".encode()).decode().rstrip("=")


def read_mark(mark: str) -> tuple[datetime, str]:
    """The time and key behind a mark; raises `field_malformed` for one that is not ours."""
    try:
        text = base64.urlsafe_b64decode(mark + "=" * (-len(mark) % 4)).decode()
        at, key = text.split("|", 1)
        if not key.isprintable():
            raise ValueError
        return datetime.fromisoformat(at).astimezone(UTC), key[:64]
    except (ValueError, binascii.Error, OverflowError):
        raise Refused("field_malformed", "before") from None
