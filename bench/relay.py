"""The least there can be between a Redis stream and many websockets, to hold the console against.

`python -m bench.relay REDIS_PORT PORT`: each entry names its seat and goes, as it is, to the one
socket at `/<seat>`. `python -m bench.relay REDIS_PORT`: puts entries on the stream, for each line
of its stdin `pauses RATE SECONDS SEATS`.
"""

import asyncio
import sys
import time

import uvloop
from redis.asyncio import Redis
from websockets.asyncio.server import ServerConnection, serve

from hotline.collector import settle

from .ami_player import FIRST, TICK

STREAM = "bench:relay"


async def relay(redis: Redis, port: int) -> None:
    """Carry every entry to its socket, until killed."""
    sockets: dict[bytes, ServerConnection] = {}

    async def join(socket: ServerConnection) -> None:
        assert socket.request is not None
        sockets[socket.request.path[1:].encode()] = socket
        await socket.wait_closed()

    async with serve(join, "127.0.0.1", port, compression=None):
        print("ready", flush=True)
        last = b"$"
        while True:
            for _, entries in await redis.xread({STREAM: last}, count=500, block=1000) or ():
                last = entries[-1][0]
                for _, entry in entries:
                    await sockets[entry[b"seat"]].send(entry[b"e"], text=True)


async def publish(redis: Redis) -> None:
    """Put entries on the stream as asked."""
    print("ready", flush=True)
    while words := (await asyncio.to_thread(sys.stdin.readline)).split():
        print(await pauses(redis, int(words[1]), float(words[2]), int(words[3])), flush=True)


async def pauses(redis: Redis, rate: int, seconds: float, seats: int) -> int:
    """Put a steady rate of entries on the stream, for one seat after another."""
    began, said = time.monotonic(), 0
    while said < rate * seconds:
        due = min(int((time.monotonic() - began) * rate) + 1, int(rate * seconds))
        pipeline = redis.pipeline(transaction=False)
        for number in range(said, due):
            entry = f'{{"at":{time.time():.6f}}}'
            pipeline.xadd(STREAM, {"seat": FIRST + number % seats, "e": entry}, maxlen=10_000)
        if due > said:
            await pipeline.execute()
        said = max(said, due)
        await asyncio.sleep(TICK)
    return said


async def main(redis_port: int, port: int = 0) -> None:
    redis = Redis(port=redis_port)
    settle()  # as the console's process
    await (relay(redis, port) if port else publish(redis))


if __name__ == "__main__":
    uvloop.run(main(*map(int, sys.argv[1:3])))
