"""Argon2 with a bound on how many are computed at once."""

from __future__ import annotations

import asyncio
from typing import Final

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher

PASSWORD_LEAST: Final = 8
# Argon2 reads the whole input; a megabyte of password is a way to burn a desk's CPU.
PASSWORD_MOST: Final = 128

# OWASP's second argon2id profile: 19 MiB, two passes; five logins at once stay under 100 MiB.
_HASHER: Final = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19 * 1024, parallelism=1),))
# Verified when the user does not exist, so that the answer takes as long as for one who does.
_NOBODY: Final = _HASHER.hash("nobody has this password")


class PasswordCheck:
    """Verifies passwords off the event loop, at most two at a time."""

    def __init__(self) -> None:
        self._turn = asyncio.Semaphore(2)

    async def matches(self, password: str, password_hash: str | None) -> bool:
        """True only for an existing hash and its password; equally slow either way."""
        async with self._turn:
            right = await asyncio.to_thread(_verified, password, password_hash or _NOBODY)
        return right and password_hash is not None


def hash_password(password: str) -> str:
    """The argon2id hash to store."""
    return _HASHER.hash(password)


def _verified(password: str, password_hash: str) -> bool:
    try:
        return _HASHER.verify(password, password_hash)
    except UnknownHashError:
        return False
