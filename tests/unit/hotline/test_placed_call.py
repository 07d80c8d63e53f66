"""A placed call: malformed plans are refused; the real sipp calls a line of a few lines."""

import asyncio
import re
import socket
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread

import pytest

from hotline.call_report import report
from hotline.placed_call import CallEnd, CallPlan, place_call
from hotline.sentences import CannotStart

HEADERS = re.compile(r"^(Via|From|To|Call-ID|CSeq): .*$", re.MULTILINE)


class FakeLine:
    """A telephone exchange of one line: answers, plays a tone, hears keys, takes BYE."""

    def __init__(self, status: str = "200 OK") -> None:
        self.status = status
        self.keys: list[int] = []
        self.sip = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sip.bind(("127.0.0.1", 0))
        self.media = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.media.bind(("127.0.0.1", 0))
        self.address: tuple[str, int] = self.sip.getsockname()
        self._over = False

    @contextmanager
    def answering(self) -> Iterator[None]:
        threads = [Thread(target=self._signal), Thread(target=self._listen)]
        for sock in (self.sip, self.media):
            sock.settimeout(0.1)
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._over = True
            for thread in threads:
                thread.join(5)
            self.sip.close()
            self.media.close()

    def _signal(self) -> None:
        while not self._over:
            try:
                data, caller = self.sip.recvfrom(65536)
            except TimeoutError:
                continue
            text = data.decode().replace("\r\n", "\n")
            if text.startswith("ACK"):
                continue
            status = self.status if text.startswith("INVITE") else "200 OK"
            lines = [f"SIP/2.0 {status}"]
            for match in HEADERS.finditer(text):
                tag = ";tag=line" if match[1] == "To" and "tag=" not in match[0] else ""
                lines.append(match[0] + tag)
            lines += [f"Contact: <sip:line@127.0.0.1:{self.address[1]}>", "Content-Length: 0"]
            self.sip.sendto("\r\n".join([*lines, "", ""]).encode(), caller)
            if text.startswith("INVITE") and status.startswith("200"):
                media = re.search(r"m=audio (\d+)", text)
                assert media is not None
                header = struct.pack("!BBHII", 0x80, 8, 1, 160, 7)
                for _ in range(5):
                    self.media.sendto(header + b"\x2a" * 160, (caller[0], int(media[1])))

    def _listen(self) -> None:
        while not self._over:
            try:
                packet = self.media.recv(2048)
            except TimeoutError:
                continue
            if packet[1] & 0x7F == 101 and packet[13] & 0x80:
                self.keys.append(packet[12])


def test_given_a_line_that_answers_when_called_then_heard_keys_sent_and_hung_up() -> None:
    line = FakeLine()
    plan = CallPlan("12345", "10000000000", keys="0#", key_after_seconds=0.1, talk_seconds=2)
    with line.answering():
        placed = asyncio.run(place_call(plan, "127.0.0.2", line.address))
    assert placed.end is CallEnd.HUNG_UP_BY_CALLER
    assert placed.answered_after is not None
    assert placed.heard_seconds == pytest.approx(0.1)
    assert placed.heard_sound
    assert placed.pressed == "0#"
    assert line.keys == [0, 0, 0, 11, 11, 11]  # RFC 4733: each end is sent three times


def test_given_a_refusal_when_called_then_its_code_is_told() -> None:
    line = FakeLine("404 Not Found")
    plan = CallPlan("99999", "10000000000", talk_seconds=1)
    with line.answering():
        placed = asyncio.run(place_call(plan, "127.0.0.2", line.address))
    assert (placed.end, placed.refused_with) == (CallEnd.REFUSED, 404)
    sentences, answered = report(plan, placed, line.address)
    assert not answered
    assert "SIP 404" in sentences[0]


@pytest.mark.parametrize(
    ("plan", "code"),
    [
        (CallPlan("12", "10000000000"), "number_malformed"),
        (CallPlan("12345\nX: y", "10000000000"), "number_malformed"),
        (CallPlan("12345", "sip:x@y"), "number_malformed"),
        (CallPlan("12345", "10000000000", keys="1a"), "keys_malformed"),
        (CallPlan("12345", "10000000000", talk_seconds=0), "talk_malformed"),
    ],
)
def test_a_malformed_call_is_refused_before_anything_is_sent(plan: CallPlan, code: str) -> None:
    with pytest.raises(CannotStart) as refused:
        plan.check()
    assert refused.value.problems[0].code == code


def test_an_address_that_is_not_ours_is_named() -> None:
    plan = CallPlan("12345", "10000000000")
    with pytest.raises(CannotStart, match=r"192\.0\.2\.7"):
        asyncio.run(place_call(plan, "192.0.2.7", ("127.0.0.1", 9)))
