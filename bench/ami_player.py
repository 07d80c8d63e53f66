"""An Asterisk of sockets for the benchmarks, as a process of its own: it says what it is told to.

`python -m bench.ami_player PORT MEMBERS`; then a line of its stdin makes it speak:
    play FILE              the bytes of a file, at once
    pauses RATE SECONDS    a pause or its end, of one member after another, at a steady rate
After each it prints the count of events said.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import uvloop

from tests.support.ami import FakeAsterisk, packet

QUEUE = "general-seats"
FIRST = 10001
TICK = 0.002


def members(count: int) -> list[bytes]:
    """Who is in the queue: seats from `FIRST` on, each at a desk phone."""
    return [
        packet(
            Event="QueueMember",
            Queue=QUEUE,
            Name=str(FIRST + n),
            Location=f"PJSIP/{FIRST + n}-desk",
            Status="1",
            Paused="0",
            PausedReason="",
        )
        for n in range(count)
    ]


def pause(seat: int, paused: bool) -> bytes:
    """A member's pause as Asterisk says it, with the moment it is said."""
    return packet(
        Event="QueueMemberPause",
        Privilege="agent,all",
        Timestamp=f"{time.time():.6f}",
        Queue=QUEUE,
        MemberName=str(seat),
        Interface=f"PJSIP/{seat}-desk",
        StateInterface=f"PJSIP/{seat}-desk",
        Membership="dynamic",
        Penalty="0",
        CallsTaken="0",
        LastCall="0",
        LastPause="0",
        LoginTime="1795391160",
        InCall="0",
        Status="1",
        Paused="1" if paused else "0",
        PausedReason="rest" if paused else "",
        Ringinuse="0",
        Wrapuptime="0",
    )


async def pauses(asterisk: FakeAsterisk, rate: int, seconds: float, count: int, first: int) -> int:
    """Say a steady rate of pauses, one seat after another, going on from the `first`."""
    began, said, most = time.monotonic(), first, first + round(rate * seconds)
    while said < most:
        due = min(first + int((time.monotonic() - began) * rate) + 1, most)
        for number in range(said, due):
            asterisk.say(pause(FIRST + number % count, number // count % 2 == 0))
        said = max(said, due)
        await asyncio.sleep(TICK)
    return said - first


async def main(port: int, count: int) -> None:
    shown = members(count)

    def answer(action: dict[str, str]) -> Sequence[bytes]:
        if action["Action"] != "QueueStatus":
            return ()
        end = packet(Event="QueueStatusComplete", EventList="Complete")
        return [packet(Response="Success", EventList="start"), *shown, end]

    asterisk = FakeAsterisk(answer)
    asterisk.port = port
    said = 0
    async with asterisk:
        print("ready", flush=True)
        while words := (await asyncio.to_thread(sys.stdin.readline)).split():
            if words[0] == "play":
                data = await asyncio.to_thread(Path(words[1]).read_bytes)
                print(data.count(b"\r\n\r\n"), flush=True)
                asterisk.say(data)
            else:
                rate, seconds = int(words[1]), float(words[2])
                # A seat that is paused already would be no event of ours.
                now = await pauses(asterisk, rate, seconds, count, said)
                said += now
                print(now, flush=True)


if __name__ == "__main__":
    uvloop.run(main(int(sys.argv[1]), int(sys.argv[2])))
