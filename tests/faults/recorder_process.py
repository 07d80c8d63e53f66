"""A recorder as a process of its own, so that a test can kill it: `recorder_process.py FACTS`."""

import asyncio
import json
import logging
import sys
from pathlib import Path

from redis.asyncio import Redis

from call_events.link import AmiLink
from call_events.packets import READER_EVENTS
from call_events.recorder import record
from database.engine import make_engine


async def main(facts: dict[str, str]) -> None:
    port = int(facts["ami_port"])
    await record(
        node=facts["node"],
        engine=make_engine(facts["database"]),
        redis=Redis(port=int(facts["redis_port"])),
        reader=AmiLink("127.0.0.1", port, "reader", facts["reader"], wanted=READER_EVENTS),
        controller=AmiLink("127.0.0.1", port, "controller", facts["controller"]),
        hotlines={"12345": ("12345", "main"), "12333": ("12333", "merged")},
        wrapup={},
        logs=Path(facts["logs"]),
    )


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(main(json.loads(sys.argv[1])))
