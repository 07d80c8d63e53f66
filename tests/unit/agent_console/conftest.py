"""A console served on loopback, on a fresh database and an empty stream."""

import shutil
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis
from sqlalchemy.ext.asyncio import AsyncEngine

from database.engine import make_engine
from database.migrate import upgrade
from routing.catalogue import Catalogue
from routing.loader import load_catalogue
from tests.support.console import Console, running_console
from tests.support.ports import free_port
from tests.support.redis_server import redis_server
from tests.support.until import soon

NANJING = Path(__file__).parents[3] / "routing" / "nanjing"


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return load_catalogue(NANJING)


@pytest.fixture(scope="session")
def redis_port(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A Redis of these tests' own."""
    with redis_server(free_port(), tmp_path_factory.mktemp("redis")) as server:
        yield server.port


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database as `upgrade` makes it, to be copied by each test."""
    file = tmp_path_factory.mktemp("database") / "hotline.db"
    upgrade(f"sqlite+aiosqlite:///{file}")
    return file


@pytest.fixture
async def engine(migrated: Path, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    file = tmp_path / "hotline.db"
    shutil.copy(migrated, file)
    engine = make_engine(f"sqlite+aiosqlite:///{file}")
    yield engine
    await engine.dispose()
    # The thread of a query that was cut short may still have its answer to give to this loop.
    await soon(lambda: not any("_connection_worker" in t.name for t in threading.enumerate()))


@pytest.fixture
async def redis(redis_port: int) -> AsyncIterator[Redis]:
    redis = Redis(port=redis_port)
    await redis.flushall()
    yield redis
    await redis.aclose()


@pytest.fixture
def pages(tmp_path: Path) -> Path:
    """What the build of the pages leaves behind."""
    folder = tmp_path / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>12345</title>")
    (folder / "assets" / "index-abc.js").write_text("void 0")
    return folder


@pytest.fixture
async def console(
    engine: AsyncEngine, redis: Redis, catalogue: Catalogue, pages: Path
) -> AsyncIterator[Console]:
    async with running_console(engine, redis, catalogue, pages) as console:
        await soon(lambda: console.app.state.fanout.last_id is not None)
        yield console
