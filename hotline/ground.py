"""What a line stands on before it starts: the tables of its database, and the demo's logins.

Done in a process of its own, which ends: what it needs is 35 MB that `hotline up` would keep for as
long as the line runs.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import get_context

from .sentences import CannotStart, Problem
from .settings import Settings


def lay_ground(settings: Settings, demo: bool) -> None:
    """Bring the tables up to date; with `demo`, make its logins. Raises CannotStart."""
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as process:
        try:
            process.submit(_lay, settings, demo).result()
        except BrokenProcessPool:
            zh, en = "准备数据库的进程被终止", "the process that prepares the database was killed"
            raise CannotStart(Problem("setup", zh, en)) from None


def _lay(settings: Settings, demo: bool) -> None:
    from .people import prepare

    prepare(settings, demo)
