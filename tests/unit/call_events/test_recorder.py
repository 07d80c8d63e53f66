"""The recorder whole: a loopback Asterisk, a real Redis, and each database there is."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from redis.asyncio import Redis
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from call_events import story, wall_clock
from call_events.control import Control
from call_events.errors import RecorderTaken
from call_events.events import STREAM
from call_events.heartbeat import last_pulse
from call_events.link import AmiLink
from call_events.packets import READER_EVENTS, Packet
from call_events.recorder import Recorder
from call_events.story import Story
from call_events.stream import Resync, events_after, follow, newest_id
from call_events.tables import agent_states, call_events, calls
from database.engine import make_engine, reading
from database.migrate import upgrade_async
from tests.support.ami import BANNER, FakeAsterisk, packet
from tests.support.ports import free_port
from tests.support.postgres import postgres
from tests.support.redis_server import RedisServer, redis_server
from tests.support.until import soon

DATABASES = ["sqlite", "postgresql"]


def recorded(name: str) -> bytes:
    """What Asterisk said after the login."""
    text = (Path(__file__).parents[2] / "replay/recordings" / f"{name}.ami").read_bytes()
    return text.removeprefix(BANNER).partition(b"\r\n\r\n")[2]


@pytest.fixture(scope="module")
def redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_server(free_port(), tmp_path_factory.mktemp("redis")) as server:
        yield server


@pytest.fixture(scope="module", params=DATABASES)
def server_url(request: pytest.FixtureRequest) -> Iterator[str]:
    if request.param == "postgresql":
        with postgres(free_port()) as url:
            yield url
    else:
        yield ""


@dataclass
class House:
    """One database and one Redis; recorders come and go."""

    engine: AsyncEngine
    redis: Redis
    server: RedisServer
    asterisk: FakeAsterisk
    node: str
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    async def recorder(self) -> Recorder:
        port = self.asterisk.port
        recorder = Recorder(
            self.node,
            self.engine,
            self.redis,
            AmiLink("127.0.0.1", port, "reader", "right", wanted=READER_EVENTS),
            AmiLink("127.0.0.1", port, "controller", "right"),
            wrapup={"general-seats": 30},
        )
        self.tasks.append(asyncio.create_task(recorder.run()))
        await soon(recorder.reconciled.is_set)
        return recorder

    async def states(self, wanted: dict[str, str], within: float = 10.0) -> None:
        """Wait until the committed calls, and no others, are in these states."""
        async with asyncio.timeout(within):
            while {call["call_id"]: call["state"] for call in await self.all(calls)} != wanted:
                await asyncio.sleep(0.01)

    async def kill_recorder(self) -> None:
        task = self.tasks.pop()
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task

    async def all(self, table: Any) -> list[dict[str, Any]]:
        async with reading(self.engine) as connection:
            return [dict(row) for row in (await connection.execute(select(table))).mappings()]

    async def count(self, table: Any) -> int:
        async with reading(self.engine) as connection:
            return int(await connection.scalar(select(func.count()).select_from(table)) or 0)

    async def streamed(self) -> list[str]:
        entries: Any = await self.redis.xrange(STREAM)
        return [fields[b"e"].decode() for _, fields in entries]


@pytest.fixture
async def house(server_url: str, redis: RedisServer, tmp_path: Path) -> AsyncIterator[House]:
    url = server_url or f"sqlite:///{tmp_path / 'hotline.db'}"
    await upgrade_async(url)
    engine = make_engine(url)
    async with engine.begin() as connection:
        for table in (calls, call_events, agent_states):
            await connection.execute(table.delete())
    client = Redis(port=redis.port)
    await client.flushall()
    async with FakeAsterisk() as asterisk:
        home = House(engine, client, redis, asterisk, "nj1")
        yield home
        while home.tasks:
            await home.kill_recorder()
    await client.aclose()
    await engine.dispose()


async def test_a_call_is_committed_then_streamed_and_the_phone_is_paused(house: House) -> None:
    recorder = await house.recorder()
    house.asterisk.say(recorded("answered_and_held"))
    await soon(lambda: recorder.committed == 15 and recorder.publisher.published)
    (call,) = await house.all(calls)
    assert (call["outcome"], call["agent"], call["state"]) == ("answered", "8001", "ended")
    assert (call["wait_ms"], call["talk_ms"]) == (1005, 2000)
    events = await house.all(call_events)
    await soon(lambda: recorder.publisher.published == max(event["id"] for event in events))
    assert len(await house.streamed()) == len(events) == 15
    await soon(lambda: house.asterisk.asked("QueuePause"))
    assert house.asterisk.asked("QueuePause")[0]["Reason"] == "wrapup"


async def test_the_stream_played_twice_counts_nothing_twice(house: House) -> None:
    recorder = await house.recorder()
    house.asterisk.say(recorded("abandoned"))
    await soon(lambda: recorder.committed == 5)
    await house.kill_recorder()
    recorder = await house.recorder()
    house.asterisk.say(recorded("abandoned"))
    house.asterisk.say(recorded("emergency"))
    await soon(lambda: recorder.committed == 4)
    assert await house.count(calls) == 2
    assert await house.count(call_events) == 9
    await soon(lambda: recorder.publisher.published == recorder._writer.newest_id)
    assert len(await house.streamed()) == 9


async def test_a_recorder_tells_that_it_records_until_it_does_not(house: House) -> None:
    async def told(recording: bool | None) -> None:
        async with asyncio.timeout(8):
            while True:
                pulse = await last_pulse(house.redis, house.node)
                if (None if pulse is None else pulse.recording) is recording:
                    return
                await asyncio.sleep(0.05)

    await house.recorder()
    await told(True)
    await house.kill_recorder()
    await told(None)


async def test_a_handler_that_raises_ends_no_other_calls_record(
    house: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_story: Story, packet: Packet, _at: datetime) -> None:
        raise ValueError(f"about {packet['CallerIDNum']}")

    monkeypatch.setattr(story, "HEARD", {**story.HEARD, "QueueCallerJoin": broken})
    recorder = await house.recorder()
    house.asterisk.say(recorded("abandoned"))
    house.asterisk.say(recorded("emergency"))
    await soon(lambda: recorder.committed >= 8)
    assert {row["outcome"] for row in await house.all(calls)} == {"abandoned", "emergency"}
    (note,) = [record for record in caplog.records if "not understood" in record.message]
    assert note.message.startswith("event not understood: ValueError at broken:")
    assert "13800000001" not in note.message


async def test_redis_killed_and_back_gets_everything_once(house: House) -> None:
    recorder = await house.recorder()
    house.asterisk.say(recorded("abandoned"))
    await soon(lambda: recorder.committed == 5)
    house.server.kill()
    house.asterisk.say(recorded("sub_centre"))
    await soon(lambda: recorder.committed == 9)
    house.server.start()
    house.asterisk.say(recorded("emergency"))
    await soon(lambda: recorder.committed == 13)
    await soon(lambda: recorder.publisher.published == recorder._writer.newest_id)
    ids = [event["id"] for event in await house.all(call_events)]
    streamed = [int(text.split(":")[1].split(",")[0]) for text in await house.streamed()]
    assert streamed == sorted(ids)


async def test_after_a_gap_the_picture_is_what_asterisk_holds(house: House) -> None:
    await house.recorder()
    half = recorded("answered_and_held").partition(b"Event: Hold\r\n")[0]
    house.asterisk.say(half)
    await house.states({"nj1-1795391162.0": "talking"})
    await house.kill_recorder()
    # While nobody listened the call ended, the agent left, and somebody else began to wait.
    waiting = packet(
        Event="QueueEntry", Queue="general-seats", Uniqueid="nj1-9.9", Wait="40", Position="1"
    )
    here = packet(Event="CoreShowChannel", Channel="PJSIP/carrier-9", Uniqueid="nj1-9.9")

    def answer(action: dict[str, str]) -> list[bytes]:
        name = action["Action"]
        end = packet(Event=f"{name}Complete", EventList="Complete")
        return [
            packet(Response="Success", EventList="start"),
            waiting if name == "QueueStatus" else here,
            end,
        ]

    house.asterisk._answer = answer
    await house.recorder()
    await house.states({"nj1-1795391162.0": "ended", "nj1-9.9": "queued"})
    (agent,) = await house.all(agent_states)
    assert agent["state"] == "offline"


async def test_after_a_gap_a_recording_whose_pauser_is_gone_goes_on(house: House) -> None:
    call = "nj1-1795391162.0"
    await house.recorder()
    house.asterisk.say(recorded("answered_and_held").partition(b"Event: Hold\r\n")[0])
    await house.states({call: "talking"})
    await house.kill_recorder()
    caller = packet(Event="CoreShowChannel", Channel="PJSIP/carrier-0", Uniqueid=call)
    shown = {"QueueStatus": [], "CoreShowChannels": [caller]}

    def answer(action: dict[str, str]) -> list[bytes]:
        name = action["Action"]
        if name == "Getvar":
            return [packet(Response="Success", Variable="HL_PAUSED", Value="8001")]
        if name not in shown:
            return []
        end = packet(Event=f"{name}Complete", EventList="Complete")
        return [packet(Response="Success", EventList="start"), *shown[name], end]

    house.asterisk._answer = answer
    await house.recorder()
    await soon(lambda: house.asterisk.asked("MixMonitorMute"))
    (asked,) = house.asterisk.asked("MixMonitorMute")
    assert (asked["Channel"], asked["State"]) == (call, "0")


async def test_what_is_said_while_the_picture_is_taken_is_told_once(house: House) -> None:
    call, seat = "nj1-1795391162.0", "PJSIP/8001-desk-00000001"
    bridged = {"Event": "CoreShowChannel", "Linkedid": call, "BridgeId": "b1"}
    shown = {
        "QueueStatus": [],
        "CoreShowChannels": [
            packet(**bridged, Channel="PJSIP/carrier-0", Uniqueid=call, AccountCode=call),
            packet(**bridged, Channel=seat, Uniqueid="nj1-1795391162.1", ChannelStateDesc="Up"),
        ],
    }

    def answer(action: dict[str, str]) -> list[bytes]:
        name = action["Action"]
        if name == "QueueStatus":
            house.asterisk.say(recorded("answered_and_held").partition(b"Event: Hold\r\n")[0])
        end = packet(Event=f"{name}Complete", EventList="Complete")
        return [packet(Response="Success", EventList="start"), *shown[name], end]

    house.asterisk._answer = answer
    await house.recorder()
    await house.states({call: "talking"})
    told = [event["type"] for event in await house.all(call_events) if event["call_id"] == call]
    told = [kind for kind in told if kind != "AgentStateChanged"]
    assert told == ["CallArrived", "StepTaken", "CallQueued", "MemberRang", "CallConnected"]


async def test_a_clock_set_back_by_less_than_the_absence_is_put_right_too(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    waiting = packet(Event="QueueEntry", Queue="general-seats", Uniqueid="nj1-9.9", Wait="120")
    here = packet(Event="CoreShowChannel", Channel="PJSIP/carrier-9", Uniqueid="nj1-9.9")
    shown = {"QueueStatus": waiting, "CoreShowChannels": here}

    def answer(action: dict[str, str]) -> list[bytes]:
        name = action["Action"]
        if name not in shown:
            return []
        end = packet(Event=f"{name}Complete", EventList="Complete")
        return [packet(Response="Success", EventList="start"), shown[name], end]

    house.asterisk._answer = answer
    await house.recorder()
    await house.states({"nj1-9.9": "queued"})
    await house.kill_recorder()
    (before,) = await house.all(calls)
    # A minute back: neither the row nor the queue tells of what is yet to come.
    boot, ahead = wall_clock.reading().split()
    await house.redis.set("hotline:clock:nj1", f"{boot} {float(ahead) + 60:.3f}")
    await house.recorder()
    await soon(lambda: house.asterisk.asked("QueueReset"))
    assert "the clock was set by -60.0 s while nobody looked" in caplog.text
    async with asyncio.timeout(10):
        while (after := (await house.all(calls))[0])["arrived_at"] == before["arrived_at"]:
            await asyncio.sleep(0.01)
    assert (before["arrived_at"] - after["arrived_at"]).total_seconds() == pytest.approx(60, abs=1)


async def test_one_recorder_per_node(house: House) -> None:
    await house.recorder()
    with pytest.raises(RecorderTaken):
        await (await second_recorder(house)).run()


async def second_recorder(house: House) -> Recorder:
    link = AmiLink("127.0.0.1", house.asterisk.port, "reader", "right")
    return Recorder(house.node, house.engine, house.redis, link, link)


async def test_a_follower_is_told_where_the_stream_was_trimmed(house: House) -> None:
    recorder = await house.recorder()
    house.asterisk.say(recorded("abandoned"))
    await soon(lambda: recorder.committed == 5)
    await soon(lambda: recorder.publisher.published == recorder._writer.newest_id)
    batch = await anext(follow(house.redis, "0-0"))
    assert isinstance(batch, list)
    first = batch[0][0]
    rest = await events_after(house.redis, first)
    assert not isinstance(rest, Resync)
    assert len(rest) == 4
    await house.redis.xtrim(STREAM, maxlen=1, approximate=False)
    assert await anext(follow(house.redis, first)) == Resync(first, await newest_id(house.redis))
    assert isinstance(await events_after(house.redis, "not-an-id"), Resync)


async def test_an_agent_whose_queue_does_not_exist_stays_as_it_was(house: House) -> None:
    def answer(action: dict[str, str]) -> list[bytes]:
        unknown = action.get("Queue") == "nosuch"
        return [packet(Response="Error", Message="No such queue")] if unknown else []

    house.asterisk._answer = answer
    recorder = await house.recorder()
    control = Control(recorder.controller)
    await recorder.controller.wait_up(5)
    outcome = await control.ready("8001", "web", {"general-seats": 0, "nosuch": 0})
    assert (outcome.status, outcome.reason) == ("failed", "queue_unknown:nosuch")
    assert [a["Queue"] for a in house.asterisk.asked("QueueRemove")] == ["general-seats", "nosuch"]


async def test_a_lost_cancellation_still_ends_the_recorder(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    entered = asyncio.Event()

    async def loses_it(**_: Any) -> None:
        """Ends well although it was cancelled meanwhile, as Python 3.11's wait_for may."""
        entered.set()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.sleep(5)

    recorder = await house.recorder()
    monkeypatch.setattr(recorder.publisher, "_publish", loses_it)
    house.asterisk.say(recorded("abandoned"))
    await asyncio.wait_for(entered.wait(), 10)
    async with asyncio.timeout(10):
        await house.kill_recorder()
