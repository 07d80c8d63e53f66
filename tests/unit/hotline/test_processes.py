"""A process of the line: bounded patience, and an end when it is told to end."""

import asyncio
import socket
import subprocess
import sys
from typing import cast

import pytest
from redis.exceptions import ConnectionError as RedisAway
from redis.exceptions import TimeoutError as RedisSilent

from hotline import processes
from hotline.composition import Line
from hotline.processes import stream_of
from hotline.settings import REPO

# A process one of whose tasks does not hear that it is to end.
DEAF = """
import asyncio
from hotline import processes

async def child():
    print("begun", flush=True)
    try:
        await asyncio.Event().wait()
    except asyncio.CancelledError:
        await asyncio.Event().wait()

async def work():
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(child())

processes.STOP_AGAIN_SECONDS = 0.05
asyncio.run(processes.until_terminated(work()))
"""


class LineOf:
    """A line of which only the stream matters."""

    def __init__(self, port: int) -> None:
        self.redis_url = f"redis://127.0.0.1:{port}/0"


async def test_a_redis_that_accepts_and_never_answers_is_away_after_a_while(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(processes, "REDIS_ANSWER_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        redis = stream_of(cast(Line, LineOf(silent.getsockname()[1])))
        async with asyncio.timeout(3):
            with pytest.raises((RedisSilent, RedisAway)):
                await redis.ping()
        await redis.aclose()


def test_a_lost_cancellation_does_not_keep_a_process_alive() -> None:
    process = subprocess.Popen(
        (sys.executable, "-c", DEAF), stdout=subprocess.PIPE, text=True, cwd=REPO
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    process.terminate()
    assert process.wait(10) == 0
    process.stdout.close()
