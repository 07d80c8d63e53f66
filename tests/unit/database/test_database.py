"""Where things are kept: URLs refused in plain words, migrations whole, writers side by side."""

import asyncio
import threading
from pathlib import Path

import psutil
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

import agent_console.tables  # noqa: F401 - these declare the tables compared below
import call_events.tables  # noqa: F401
import tickets.tables  # noqa: F401
from database.base import Base
from database.engine import make_engine, reading
from database.errors import DatabaseUrlError
from database.migrate import current_revision, newest_revision, upgrade, upgrade_async
from database.transaction import transact


@pytest.mark.parametrize(
    ("url", "what"),
    [
        ("hotline", "not a database URL"),
        ("mysql://u:geheim@host/x", "'mysql' is not supported"),
        ("sqlite:////no/such/folder/x.db", "there is no folder /no/such/folder"),
        ("sqlite://", "a file path is needed"),
        ("postgresql://u:geheim@host:5432", "the name of the database is missing"),
        ("postgresql://u:geheim@host:port/x", "not a database URL"),
        ("postgresql://u:geheim@127.0.0.1:1/x", "cannot be opened"),
    ],
)
async def test_a_wrong_url_is_refused_in_one_sentence_without_its_password(
    url: str, what: str
) -> None:
    with pytest.raises(DatabaseUrlError) as refused:
        await upgrade_async(url)
    assert what in refused.value.en
    assert refused.value.zh.startswith("数据库地址")
    assert "geheim" not in refused.value.en + refused.value.zh


async def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "notes.db"
    file.write_text("not a database at all, but somebody's notes\n" * 50)
    with pytest.raises(DatabaseUrlError, match="not a database"):
        await upgrade_async(f"sqlite:///{file}")
    assert file.read_text().startswith("not a database")


def test_upgrade_can_be_repeated(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hotline.db'}"
    upgrade(url)
    upgrade(url)
    assert asyncio.run(current_revision(url)) == newest_revision()


async def test_the_migrations_make_the_tables_we_declare(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hotline.db'}"
    upgrade(url)  # from inside a running loop too

    def differences(connection: Connection) -> list[object]:
        return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))

    engine = make_engine(url)
    async with engine.connect() as connection:
        assert await connection.run_sync(differences) == []
    await engine.dispose()


async def test_two_who_read_then_write_do_not_fail_each_other(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'hotline.db'}")
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE counter (n INTEGER)"))
        await connection.execute(text("INSERT INTO counter VALUES (0)"))

    async def count_up() -> None:
        for _ in range(25):
            async with engine.begin() as connection:
                n = await connection.scalar(text("SELECT n FROM counter"))
                await connection.execute(text("UPDATE counter SET n = :n"), {"n": n + 1})

    await asyncio.gather(*(count_up() for _ in range(4)))
    async with engine.connect() as connection:
        assert await connection.scalar(text("SELECT n FROM counter")) == 100
    await engine.dispose()


def _add(connection: Connection, n: int) -> int:
    connection.execute(text("INSERT INTO counter VALUES (:n)"), {"n": n})
    return int(connection.scalar(text("SELECT count(*) FROM counter WHERE n > 0")) or 0)


async def test_a_transaction_is_whole_or_not_at_all_and_the_next_one_runs(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'hotline.db'}")
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE counter (n INTEGER UNIQUE)"))

    def half(connection: Connection) -> None:
        _add(connection, 2)
        _add(connection, 1)

    assert await transact(engine, _add, 1) == 1
    with pytest.raises(IntegrityError):
        await transact(engine, half)
    assert await transact(engine, _add, 3) == 2
    async with reading(engine) as connection:
        kept = await connection.scalars(text("SELECT n FROM counter ORDER BY n"))
        assert list(kept) == [1, 3]
    await engine.dispose()


async def test_a_disposed_engine_leaves_no_thread_and_no_open_file(tmp_path: Path) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'hotline.db'}")
    await transact(engine, lambda connection: connection.execute(text("CREATE TABLE t (n)")))
    await engine.dispose()
    assert not [thread for thread in threading.enumerate() if "database" in thread.name]
    files = [file.path for file in psutil.Process().open_files()]
    assert not [name for name in files if name.startswith(str(tmp_path))]


async def test_a_failed_statement_is_told_without_the_callers_number(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'hotline.db'}"
    await upgrade_async(url)
    engine = make_engine(url)
    with pytest.raises(SQLAlchemyError) as failed:
        async with engine.begin() as connection:
            await connection.execute(text("INSERT INTO nowhere VALUES (:n)"), {"n": "13812345678"})
    await engine.dispose()
    assert "13812345678" not in str(failed.value)
