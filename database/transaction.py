"""A whole transaction in one visit to the database: whole or not at all."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Concatenate, Final, ParamSpec, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Engine, event
from sqlalchemy.ext.asyncio import AsyncEngine

from .engine import beside

P = ParamSpec("P")
T = TypeVar("T")

_threads: Final[WeakKeyDictionary[Engine, "_Thread"]] = WeakKeyDictionary()


async def transact(
    engine: AsyncEngine,
    work: Callable[Concatenate[Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> T:
    """Run `work(connection, …)` in one transaction and return what it returned.

    On SQLite it runs in the engine's own thread: an awaited statement would go to a thread and
    back four times, with the database locked all the while. `work` must not touch what the event
    loop changes meanwhile. Cancelled on the way, a transaction may still be committed.
    Errors: those of `work`, SQLAlchemyError, OSError.
    """
    if engine.dialect.name == "sqlite":
        return await _thread_of(engine).run(lambda connection: work(connection, *args, **kwargs))
    async with engine.begin() as connection:
        return await connection.run_sync(work, *args, **kwargs)


class _Thread:
    """One thread, one connection: those who write in this process take turns without polling."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = beside(engine)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")

    async def run(self, work: Callable[[Connection], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._whole, work)

    def _whole(self, work: Callable[[Connection], T]) -> T:
        with self._engine.begin() as connection:
            return work(connection)

    def close(self) -> None:
        """After what is under way."""
        self._thread.shutdown(wait=True)
        self._engine.dispose()


def _thread_of(engine: AsyncEngine) -> _Thread:
    known = _threads.get(engine.sync_engine)
    if known is None:
        known = _threads[engine.sync_engine] = _Thread(engine)

        @event.listens_for(engine.sync_engine, "engine_disposed")
        def _close(disposed: Engine) -> None:
            if thread := _threads.pop(disposed, None):
                thread.close()

    return known
