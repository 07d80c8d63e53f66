"""The Asterisk of sockets (`ami_player`) and other processes that only the benchmarks have."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from tests.support.line import REPOSITORY


@dataclass(frozen=True, slots=True)
class Player:
    """A process that does what each line of its stdin says and prints a line when it is done."""

    process: Process

    async def say(self, *words: object) -> str:
        """Return what it prints when it has done this."""
        assert self.process.stdin is not None
        self.process.stdin.write(" ".join(map(str, words)).encode() + b"\n")
        return await self.answer()

    async def answer(self) -> str:
        assert self.process.stdout is not None
        line = await self.process.stdout.readline()
        if not line:
            raise RuntimeError("a process of the bench ended")
        return line.decode().strip()


@asynccontextmanager
async def program(module: str, *arguments: object) -> AsyncIterator[Player]:
    """Run a module of this repository until the block ends; it says when it is ready."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, *map(str, arguments), cwd=REPOSITORY, stdin=PIPE, stdout=PIPE
    )
    player = Player(process)
    try:
        await player.answer()
        yield player
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()


@asynccontextmanager
async def playing(port: int, members: int) -> AsyncIterator[Player]:
    """An Asterisk of sockets at a loopback port, with so many members in its queue."""
    async with program("bench.ami_player", port, members) as player:
        yield player
