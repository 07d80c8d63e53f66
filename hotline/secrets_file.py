"""Passwords of one line, made at set-up and kept in one file that only its owner can read."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import tempfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

PASSWORD_SIGNS = 24
TOKEN_SIGNS = 43
# Typed by hand by whoever tries the demo; 12 of 57 signs are 70 bits.
DEMO_SIGNS = 12


class SecretsUnreadable(RuntimeError):
    """The file of passwords is damaged; the text says where and what to do."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True)
class Passwords:
    """Who proves what to whom; never printed, except the demo's logins."""

    ami_reader: str = field(repr=False)
    ami_controller: str = field(repr=False)
    redis: str = field(repr=False)
    ticket_pin: str = field(repr=False)
    """The key that makes tickets' PINs; another one makes others."""
    seats: Mapping[str, str] = field(repr=False)
    """SIP password by extension."""
    exchange: Mapping[str, str] = field(default_factory=dict, repr=False)
    """What a sub-centre proves itself with when it fetches a call's context, by its number."""
    exchange_ending: Mapping[str, list[dict[str, str]]] = field(default_factory=dict, repr=False)
    """What it had before, by its number: `token`, and `until` when that counts (ISO 8601)."""
    demo: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Login password by user name, for the demo's people only."""


def passwords(
    path: Path,
    seats: Collection[str],
    demo: Collection[str] = (),
    keep: bool = True,
    centres: Collection[str] = (),
) -> Passwords:
    """Read the file, making what is missing: the file itself, a new seat, a new demo login.

    With `keep` off nothing is written: what is missing is only made up for a look.

    Raises SecretsUnreadable.
    """
    known = _read(path)
    kept = Passwords(
        **{
            name: known.get(name) or _password(PASSWORD_SIGNS)
            for name in ("ami_reader", "ami_controller", "redis", "ticket_pin")
        },
        seats=_filled(known.get("seats"), seats, PASSWORD_SIGNS),
        exchange=_filled(known.get("exchange"), centres, TOKEN_SIGNS),
        exchange_ending=known.get("exchange_ending", {}),
        demo=_filled(known.get("demo"), demo, DEMO_SIGNS),
    )
    if not keep:
        return kept
    if asdict(kept) != known:
        _write(path, asdict(kept))
    path.chmod(0o600)  # a copy restored from elsewhere may be open to others
    return kept


def new_token(path: Path, centre: str, until: datetime, now: datetime) -> str:
    """A new credential for a sub-centre; what it had counts until then. Raises SecretsUnreadable.

    What had been given an end before keeps that, but none counts longer than `until`.
    """
    known, token = _read(path), _password(TOKEN_SIGNS)
    tokens = known.get("exchange", {})
    had = [{"token": tokens[centre], "until": until.isoformat()}] if centre in tokens else []
    before = [*ending(known.get("exchange_ending", {}).get(centre), now), *had]
    capped = [one | {"until": min(_until(one), until).isoformat()} for one in before]
    _write_tokens(path, known, centre, token, ending(capped, now))
    return token


def end_tokens(path: Path, centre: str) -> None:
    """Of a sub-centre's credentials only the newest counts. Raises SecretsUnreadable."""
    known = _read(path)
    if token := known.get("exchange", {}).get(centre):
        _write_tokens(path, known, centre, token, [])


def ending(kept: list[dict[str, str]] | None, now: datetime) -> list[dict[str, str]]:
    """Those of a sub-centre's former credentials that count still, oldest first."""
    # The file is edited by hand too: what an entry lacks must not end the look at the others.
    return [one for one in kept or () if now < _until(one) and one.get("token")]


class ExchangeTokens(Mapping[str, Sequence[str]]):
    """The credentials of sub-centres as the file has them now: the newest, which counts at once,
    and those before it whose time is not over.

    Of a file that is damaged the last that could be read is kept.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_at = -1
        self._tokens: dict[str, str] = {}
        self._ending: dict[str, list[dict[str, str]]] = {}

    def __getitem__(self, centre: str) -> Sequence[str]:
        newest = self._read()[centre]
        before = ending(self._ending.get(centre), datetime.now(UTC))
        return [newest, *(one["token"] for one in before)]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())

    def _read(self) -> dict[str, str]:
        with contextlib.suppress(OSError, SecretsUnreadable):
            changed_at = self._path.stat().st_mtime_ns
            if changed_at != self._read_at:
                known = _read(self._path)
                self._tokens = dict(known.get("exchange", {}))
                self._ending = dict(known.get("exchange_ending", {}))
                self._read_at = changed_at
        return self._tokens


def _until(former: Mapping[str, str]) -> datetime:
    """How long a former credential counts; one whose end cannot be read counts no more."""
    try:
        return datetime.fromisoformat(former["until"]).astimezone(UTC)
    except (KeyError, TypeError, ValueError):
        return datetime.min.replace(tzinfo=UTC)


def _write_tokens(
    path: Path, known: Mapping[str, Any], centre: str, token: str, before: list[dict[str, str]]
) -> None:
    others = {**known.get("exchange_ending", {})}
    others.pop(centre, None)
    changed = {
        "exchange": {**known.get("exchange", {}), centre: token},
        "exchange_ending": others | ({centre: before} if before else {}),
    }
    _write(path, {**known, **changed})


def _filled(known: Mapping[str, str] | None, names: Collection[str], signs: int) -> dict[str, str]:
    return {**{name: _password(signs) for name in names}, **(known or {})}


def _password(signs: int) -> str:
    # Only letters and digits: it goes into Asterisk's files, where ";" begins a comment.
    return "".join(
        secrets.choice("abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789")
        for _ in range(signs)
    )


def _read(path: Path) -> dict[str, Any]:
    try:
        read = json.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise SecretsUnreadable(
            f"无法读取 {path}({error});请恢复该文件，或将其删除",
            f"{path} cannot be read ({error}); restore it, or remove it",
        ) from None
    if isinstance(read, dict) and all(
        isinstance(read.get(group, {}), dict)
        for group in ("seats", "demo", "exchange", "exchange_ending")
    ):
        return read
    raise SecretsUnreadable(
        f"{path} 中没有密码；请恢复该文件，或将其删除",
        f"{path} holds no passwords; restore it, or remove it",
    )


def _write(path: Path, content: Mapping[str, object]) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".secrets.")  # mode 0600
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=1)
        file.flush()
        os.fsync(file.fileno())
    Path(temporary).replace(path)
