"""The loop's service under clients that are not Asterisk."""

import asyncio
import socket
import struct
import time

from agi_scripts import fastagi
from tests.support.line import Line
from tests.support.sipp import Carrier, Dial
from tests.support.until import until


def connect(line: Line) -> socket.socket:
    return socket.create_connection(("127.0.0.1", line.instance.agi_port), 5)


def test_given_clients_that_misbehave_the_next_call_is_served(
    line: Line, carrier: Carrier, caller: str
) -> None:
    for _ in range(50):
        connect(line).close()
    aborted = connect(line)
    aborted.sendall(b"agi_network: yes\n")
    aborted.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    aborted.close()
    flood = connect(line)
    flood.sendall(b"x" * (fastagi.MAX_REQUEST_BYTES + 1))
    flood.settimeout(2)
    assert flood.recv(1) == b"", "a request without end is closed"
    flood.close()

    carrier.place([Dial("12345", caller, stay=10)])

    assert until(lambda: line.entered(caller), 10) == ["general-seats"]
    assert line.steps("12345")[-1].split()[1] == "loop"


def test_a_client_that_says_nothing_is_shown_out(line: Line) -> None:
    mute = connect(line)
    mute.settimeout(fastagi.SESSION_SECONDS + 3)
    started = time.monotonic()
    assert mute.recv(1) == b""
    assert time.monotonic() - started >= fastagi.SESSION_SECONDS - 1.1
    mute.close()


def test_a_thousand_questions_at_once_are_all_answered(line: Line) -> None:
    question = "\n".join(
        (
            "agi_network_script: next",
            "agi_callerid: 13800001111",
            "agi_accountcode: t1-1.1",
            "agi_arg_1: 1",
            "agi_arg_2: 12345",
            "agi_arg_3: carrier",
            "agi_arg_4: ",
            "\n",
        )
    ).encode()

    async def ask() -> bytes:
        reader, writer = await asyncio.open_connection("127.0.0.1", line.instance.agi_port)
        writer.write(question)
        answer = await asyncio.wait_for(reader.readline(), 10)
        writer.write(b"200 result=1\n")
        assert await asyncio.wait_for(reader.read(), 10) == b""
        writer.close()
        return answer

    async def ask_all() -> list[bytes]:
        return await asyncio.gather(*(ask() for _ in range(1000)))

    answers = asyncio.run(ask_all())
    assert all(b"queue,general-seats" in answer for answer in answers)
