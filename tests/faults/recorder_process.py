"""A recorder as a process of its own, so that a test can kill it: `recorder_process.py FACTS`.

`unruly`: what Asterisk says is heard twice and out of order. `broken`: an event whose handler
raises for every third call.
"""

import asyncio
import contextlib
import json
import logging
import random
import sys
import time
from datetime import datetime
from pathlib import Path

import uvloop
from redis.asyncio import Redis

from call_events import story
from call_events.link import AmiLink, Heard
from call_events.packets import READER_EVENTS, Packet
from call_events.recorder import record
from call_events.story import Story
from database.engine import make_engine
from hotline.collector import settle
from hotline.recording import recorder_facts
from routing.loader import load_catalogue
from tests.support.line import NANJING


class UnrulyLink(AmiLink):
    """Everything is heard twice, shuffled within a second; only the link's own marks stay put."""

    async def take(self) -> list[Heard]:
        batch = await super().take()
        until = time.monotonic() + 1
        while not batch[-1].change and (left := until - time.monotonic()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left):
                    batch += await super().take()
        packets = [heard for heard in batch if heard.packet] * 2
        random.shuffle(packets)
        return packets + [heard for heard in batch if heard.change]


def break_handler(event: str) -> None:
    """Let the handler of an event raise for every third call."""
    sound, calls = story.HEARD[event], dict[str, bool]()

    def broken(told: Story, packet: Packet, at: datetime) -> None:
        # Only in what AMI says: the files have words of their own, and are the other witness.
        by_ami = "ChannelStateDesc" in packet
        if by_ami and calls.setdefault(packet["Uniqueid"], len(calls) % 3 == 0):
            raise RuntimeError(f"broken by the test: {event}")
        sound(told, packet, at)

    story.HEARD = {**story.HEARD, event: broken}  # type: ignore[misc]


async def main(facts: dict[str, str]) -> None:
    port = int(facts["ami_port"])
    link = UnrulyLink if "unruly" in facts else AmiLink
    if "broken" in facts:
        break_handler(facts["broken"])
    settle()
    await record(
        node=facts["node"],
        engine=make_engine(facts["database"]),
        redis=Redis(port=int(facts["redis_port"])),
        reader=link("127.0.0.1", port, "reader", facts["reader"], wanted=READER_EVENTS),
        controller=AmiLink("127.0.0.1", port, "controller", facts["controller"]),
        hotlines=recorder_facts(load_catalogue(NANJING))[0],
        wrapup={"general-seats": int(facts.get("wrapup", "0"))},
        logs=Path(facts["logs"]),
    )


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    uvloop.run(main(json.loads(sys.argv[1])))
