"""A sub-centre's call brings a key: the first call that does has what is behind it, no other."""

import itertools
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from call_events.brought import forget_old
from call_events.cel import parse_cel
from call_events.events import EventType
from call_events.log_calls import LogCalls
from call_events.log_story import tell
from call_events.packets import Packet
from call_events.side_story import key_digest
from call_events.story import Story
from call_events.tables import brought_contexts
from call_events.writer import Writer
from database.engine import make_engine, reading
from database.migrate import upgrade_async
from tests.support.ports import free_port
from tests.support.postgres import postgres

KEY = "0123456789abcdef0123456789abcdef"
AT = datetime(2026, 11, 27, 2, tzinfo=UTC)
_ids = itertools.count(1)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def server_url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "postgresql":
        with postgres(free_port()) as url:
            yield url
    else:
        yield ""


@pytest.fixture
async def engine(server_url: str, tmp_path: Path) -> AsyncIterator[AsyncEngine]:
    url = server_url or f"sqlite:///{tmp_path / 'hotline.db'}"
    await upgrade_async(url)
    engine = make_engine(url)
    async with engine.begin() as connection:
        await connection.execute(brought_contexts.delete())
    yield engine
    await engine.dispose()


async def left(engine: AsyncEngine, centre: str = "12366", minutes: float = 30) -> None:
    """12366 has left a context behind KEY, which counts for so long from AT on."""
    row = {"digest": key_digest(KEY), "centre": centre, "facts": {"title": "x"}}
    times = {"deposited_at": AT, "expires_at": AT + timedelta(minutes=minutes)}
    async with engine.begin() as connection:
        await connection.execute(insert(brought_contexts).values(**row, **times, call_id=None))


async def holder(engine: AsyncEngine) -> list[str | None]:
    """The call that has what is behind the key; nothing once it is deleted."""
    async with reading(engine) as connection:
        return list((await connection.execute(select(brought_contexts.c.call_id))).scalars())


def said(call_id: str, key: str, minute: float = 1) -> Packet:
    at = (AT + timedelta(minutes=minute)).timestamp()
    words = {"CallId": call_id, "Centre": "12366", "Key": key, "Dnis": "12345", "Landed": "uri"}
    whose = {"Caller": "13812345678", "Trunk": "subcentre-12366", "Timestamp": f"{at:.6f}"}
    return {"Event": "UserEvent", "UserEvent": "HotlineBrought", **words, **whose}


async def arrives(engine: AsyncEngine, key: str = KEY, minute: float = 1) -> str:
    """A call from 12366 brings this key; return its id."""
    call_id = f"n1-{next(_ids)}.1"
    story = Story("n1")
    story.hear(said(call_id, key, minute), 0.0)
    await Writer(engine, "n1", 0).commit(story.take())
    return call_id


async def test_the_first_call_that_brings_the_key_has_what_is_behind_it(
    engine: AsyncEngine, caplog: pytest.LogCaptureFixture
) -> None:
    await left(engine)
    first = await arrives(engine)
    assert await holder(engine) == [first]
    second = await arrives(engine)
    assert await holder(engine) == [first]
    assert f"call {second} goes on without: 12366 sent a key that is used up" in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    ("centre", "key", "minute", "why"),
    [
        ("12366", "f" * 32, 1, "unknown"),
        ("12367", KEY, 1, "another sub-centre's"),
        ("12366", KEY, 31, "expired"),
        ("12366", "malformed", 1, "no key of ours by its shape"),
        ("12366", KEY[:-1], 1, "no key of ours by its shape"),
    ],
)
async def test_any_other_key_is_logged_and_opens_nothing(
    engine: AsyncEngine,
    caplog: pytest.LogCaptureFixture,
    centre: str,
    key: str,
    minute: float,
    why: str,
) -> None:
    await left(engine, centre)
    await arrives(engine, key, minute)
    assert await holder(engine) == [None]
    assert f"sent a key that is {why}" in caplog.text


def test_the_call_is_known_from_the_key_on_and_its_first_step_changes_nothing() -> None:
    story = Story("n1", {"12345": ("12345", "main")})
    story.hear(said("n1-1.1", KEY), 0.0)
    step = {"UserEvent": "HotlineStep", "Seq": "1", "Step": "queue:general-seats", "Reason": "main"}
    story.hear(said("n1-1.1", "", minute=2) | step, 0.0)
    call = story.calls["n1-1.1"]
    assert (call.caller_id, call.trunk, call.merger_mode) == (
        "13812345678", "subcentre-12366", "main",
    )  # fmt: skip
    kinds = [event.type for event in story.take().events]
    assert kinds == [EventType.CALL_ARRIVED, EventType.CONTEXT_BROUGHT, EventType.STEP_TAKEN]


def row(event: str, second: float, extra: str = "") -> str:
    """A line of cel.csv about the call."""
    words = f'{{""extra"":""{extra}""}}' if extra else ""
    leg = '"t1-1.7","t1-1.7","t1-1.7","PJSIP/subcentre-12366-00000001","13812345678","s","App"'
    return f'"{event}","{1795392599 + second:.6f}",{leg},"{words}","{event if extra else ""}"'


def test_asterisks_own_file_tells_the_same() -> None:
    lines = [
        row("CHAN_START", 0.1),
        row("BROUGHT", 0.2, f"12366 {KEY} 12345 uri"),
        row("STEP", 0.3, "1 loop queue:general-seats main 12345 uri "),
        row("HANGUP", 0.9),
        "",
    ]
    rows = parse_cel("\n".join(lines).encode())
    assert not rows.faults
    known = LogCalls()
    known.add((), rows.rows)
    (over,) = known.settled(datetime.now(UTC) + timedelta(days=365))
    told = tell(over, "t1", {"12345": ("12345", "main")})
    assert told is not None
    assert (told.call.caller_id, told.call.trunk) == ("13812345678", "subcentre-12366")
    (event,) = [e for e in told.events if e.type is EventType.CONTEXT_BROUGHT]
    assert event.data == {"centre": "12366", "digest": key_digest(KEY)}


async def test_what_no_call_took_up_is_deleted_when_its_time_is_over(engine: AsyncEngine) -> None:
    await left(engine)
    await forget_old(engine, AT + timedelta(minutes=45), timedelta(days=180))
    assert await holder(engine) == [None], "the files may still tell of a call that came in time"
    await forget_old(engine, AT + timedelta(hours=2), timedelta(days=180))
    assert await holder(engine) == []


async def test_what_a_call_brought_is_kept_as_long_as_recordings_are(engine: AsyncEngine) -> None:
    await left(engine)
    call_id = await arrives(engine)
    await forget_old(engine, AT + timedelta(days=179), timedelta(days=180))
    assert await holder(engine) == [call_id]
    await forget_old(engine, AT + timedelta(days=181), timedelta(days=180))
    assert await holder(engine) == []
