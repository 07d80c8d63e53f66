"""Whatever happens to the loop, the caller is in a queue within three seconds.

Each fault is a real TCP server at the loop's port; the loop itself is stopped for the test.
"""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agi_scripts.variables import ARRAY, array_value
from tests.live.conftest import CARRIER, OTHER_CENTRES
from tests.support.line import Line, running_line, start_loop
from tests.support.ports import free_port
from tests.support.prompts import silent_prompts
from tests.support.sipp import SCENARIOS, Carrier, Dial
from tests.support.until import until

Behaviour = Callable[[socket.socket], None]
INVITE_WITH_CALLER = """<recv request="INVITE"><action>
<ereg regexp=".*" search_in="hdr" header="From:" assign_to="caller"/></action></recv>"""
BYE_AFTER_A_SECOND = """<pause milliseconds="1000"/><send retrans="500"><![CDATA[
BYE sip:asterisk@[remote_ip]:[remote_port] SIP/2.0
Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]
From: <sip:12366@[local_ip]>;tag=[pid]SIPpTag01[call_number]
To:[$caller]
Call-ID: [call_id]
CSeq: 5 BYE
Max-Forwards: 70
Content-Length: 0
]]></send><recv response="200"/></scenario>"""


def reset_before_reply(connection: socket.socket) -> None:
    connection.recv(64)
    abort(connection)


def reset_mid_script(connection: socket.socket) -> None:
    read_request(connection)
    connection.sendall(b'SET VARIABLE HL_VERB "hangup"\n')
    connection.recv(64)
    connection.sendall(b'SET VARIABLE ARRAY(HL_VERB,HL_TARGET,HL_MARK) "hangup,1')
    abort(connection)


def accept_and_never_reply(connection: socket.socket) -> None:
    read_request(connection)
    held.append(connection)


def connect_and_close(connection: socket.socket) -> None:
    connection.close()


held: list[socket.socket] = []


def abort(connection: socket.socket) -> None:
    """Close with a TCP reset."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def read_request(connection: socket.socket) -> None:
    request = b""
    while not request.endswith(b"\n\n") and (more := connection.recv(4096)):
        request += more


class FaultyLoop:
    """A server at the loop's port that does one wrong thing with every connection."""

    def __init__(self, port: int, behaviour: Behaviour) -> None:
        self._server = socket.create_server(("127.0.0.1", port))
        self._behaviour = behaviour
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._server.accept()
            except OSError:
                return
            self._behaviour(connection)

    def close(self) -> None:
        self._server.shutdown(socket.SHUT_RDWR)
        self._server.close()
        self._thread.join(2)
        while held:
            held.pop().close()


@pytest.fixture(scope="module")
def loopless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A line whose loop is not there."""
    home = tmp_path_factory.mktemp("loopless")
    peers = {"subcentre-12366": (OTHER_CENTRES, free_port(OTHER_CENTRES))}
    with running_line(home, silent_prompts(), peers=peers, with_loop=False) as line:
        yield line


FAULTS = [None, reset_before_reply, reset_mid_script, accept_and_never_reply, connect_and_close]


@pytest.mark.parametrize("fault", FAULTS, ids=lambda f: f.__name__ if f else "refused")
def test_given_a_broken_loop_the_caller_is_in_a_queue_within_three_seconds(
    loopless: Line, tmp_path: Path, caller: str, fault: Behaviour | None
) -> None:
    server = FaultyLoop(loopless.instance.agi_port, fault) if fault else None
    carrier = Carrier(CARRIER, loopless.target, tmp_path)
    started = time.monotonic()
    try:
        carrier.place([Dial("12333", caller, stay=5)])
        until(lambda: loopless.entered(caller), 4, "a queue")
        waited = time.monotonic() - started
    finally:
        carrier.stop()
        if server:
            server.close()
    assert waited <= 3.0
    assert loopless.steps("12333")[-1].split()[1] == "agi", "the rescue script decided"


def test_given_loop_and_rescue_both_broken_the_dialplan_alone_finds_the_general_queue(
    loopless: Line, tmp_path: Path, caller: str
) -> None:
    script = loopless.instance.share / "agi-bin/rescue"
    sound = script.read_text("utf-8")
    script.write_text("#!/bin/sh\nexec sleep 30\n", "utf-8")
    server = FaultyLoop(loopless.instance.agi_port, accept_and_never_reply)
    carrier = Carrier(CARRIER, loopless.target, tmp_path)
    started = time.monotonic()
    try:
        carrier.place([Dial("12348", caller, stay=5)])
        assert until(lambda: loopless.entered(caller), 4) == ["general-seats"]
        waited = time.monotonic() - started
    finally:
        carrier.stop()
        server.close()
        script.write_text(sound, "utf-8")
    assert waited <= 3.0
    assert loopless.steps("12348")[-1].split()[1] == "dialplan"


@pytest.mark.parametrize("rescue_works", [True, False], ids=["rescue", "dialplan-alone"])
def test_given_no_loop_a_caller_who_was_served_elsewhere_is_not_put_before_an_agent(
    loopless: Line, tmp_path: Path, caller: str, rescue_works: bool
) -> None:
    centre_host, centre_port = loopless.instance.peers["subcentre-12366"]
    hangs_up = tmp_path / "hangs_up.xml"
    text = (SCENARIOS / "answerer.xml").read_text("utf-8")
    text = text.replace('<recv request="INVITE"/>', INVITE_WITH_CALLER)
    until_bye = text.partition('<recv request="BYE"/>')[0]
    hangs_up.write_text(until_bye + BYE_AFTER_A_SECOND, "utf-8")
    script = loopless.instance.share / "agi-bin/rescue"
    sound = script.read_text("utf-8")
    carrier = Carrier(CARRIER, loopless.target, tmp_path)
    centre = Carrier(centre_host, loopless.target, tmp_path)
    try:
        answering = centre.run(hangs_up, ("-p", str(centre_port), loopless.target))
        carrier.place([Dial("12366", caller, stay=30)])
        until(lambda: answering.counts()["created"], 6, "the centre is called")
        if not rescue_works:
            script.write_text("#!/bin/sh\nexit 1\n", "utf-8")
        until(lambda: loopless.steps("12366")[-1].split()[2] == "hangup:16", 8, "it is over")
    finally:
        carrier.stop()
        centre.stop()
        script.write_text(sound, "utf-8")
    assert loopless.entered(caller) == []


def test_a_call_that_was_rescued_once_does_not_wait_for_the_loop_again(
    loopless: Line, tmp_path: Path, caller: str
) -> None:
    asked = []

    def ask_and_wait(connection: socket.socket) -> None:
        asked.append(connection)
        accept_and_never_reply(connection)

    server = FaultyLoop(loopless.instance.agi_port, ask_and_wait)
    carrier = Carrier(CARRIER, loopless.target, tmp_path)
    centre_host, centre_port = loopless.instance.peers["subcentre-12366"]
    centre = Carrier(centre_host, loopless.target, tmp_path)
    before = len(loopless.steps("12366"))
    try:
        centre.answer(centre_port, SCENARIOS / "refuser.xml")
        carrier.place([Dial("12366", caller, stay=8)])
        until(lambda: loopless.entered(caller), 6, "the centre is busy, and a queue takes them")
    finally:
        carrier.stop()
        centre.stop()
        server.close()
    steps = [step.split()[:3] for step in loopless.steps("12366")[before:]]
    assert steps == [["1", "agi", "subcentre:12366"], ["2", "agi", "queue:general-seats"]]
    assert len(asked) == 1


def test_a_loop_that_leads_nowhere_is_asked_no_more_than_twenty_times(
    loopless: Line, tmp_path: Path, caller: str
) -> None:
    nowhere = {"HL_VERB": "queue", "HL_TARGET": "no-such-queue", "HL_RULE": "main"}
    asked = []

    def lead_nowhere(connection: socket.socket) -> None:
        asked.append(connection)
        read_request(connection)
        answer = array_value(nowhere, len(asked))
        connection.sendall(f'SET VARIABLE {ARRAY} "{answer}"\n'.encode())
        connection.shutdown(socket.SHUT_WR)
        held.append(connection)

    server = FaultyLoop(loopless.instance.agi_port, lead_nowhere)
    carrier = Carrier(CARRIER, loopless.target, tmp_path)
    try:
        carrier.place([Dial("12348", caller, stay=8)])
        assert until(lambda: loopless.entered(caller), 6) == ["general-seats"]
    finally:
        carrier.stop()
        server.close()
    assert len(asked) == loopless.instance.step_limit == 20
    assert loopless.steps("12348")[-1].split()[1] == "dialplan"


def test_given_more_rescues_than_processes_may_run_everybody_still_gets_a_queue(
    loopless: Line, tmp_path: Path
) -> None:
    callers = [str(13600000001 + n) for n in range(40)]
    carrier = Carrier(CARRIER, loopless.target, tmp_path)
    try:
        carrier.place([Dial("12345", one, stay=12) for one in callers], per_second=40)
        until(lambda: all(loopless.entered(one) for one in callers), 12)
    finally:
        carrier.stop()


def test_given_the_faults_are_over_the_loop_answers_again(
    loopless: Line, tmp_path: Path, caller: str
) -> None:
    loop = start_loop(loopless, tmp_path)
    carrier = Carrier(CARRIER, loopless.target, tmp_path)
    try:
        carrier.place([Dial("12369", caller, stay=3)])
        until(lambda: loopless.entered(caller), 3)
        assert loopless.steps("12369")[-1].split()[1] == "loop"
    finally:
        carrier.stop()
        loop.terminate()
        loop.wait(5)
