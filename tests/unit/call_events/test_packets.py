"""What Asterisk sends is cut and read exactly, and what contradicts itself is refused."""

import re

import pytest

from asterisk_conf.render import base_files
from call_events.packets import (
    END,
    KEPT_HEADERS,
    PACKET_LIMIT,
    PacketRefused,
    Splitter,
    event_name,
    parse,
)

BANNER = b"Asterisk Call Manager/11.0.0\r\n"


def test_packets_come_out_whole_however_the_bytes_are_cut() -> None:
    stream = BANNER + "Event: Hold\r\nQueue: 专家座席\r\n\r\nEvent: Unhold\r\n\r\n".encode()
    for size in range(1, len(stream)):
        splitter = Splitter()
        chunks = [stream[i : i + size] for i in range(0, len(stream), size)]
        packets = [parse(raw) for chunk in chunks for raw in splitter.feed(chunk)]
        assert packets == [{"Event": "Hold", "Queue": "专家座席"}, {"Event": "Unhold"}]


@pytest.mark.parametrize("second", ["Uniqueid: evil", "uniqueid: evil", "UNIQUEID:evil"])
def test_a_repeated_header_or_a_case_variant_of_it_is_refused(second: str) -> None:
    with pytest.raises(PacketRefused):
        parse(f"Event: Hangup\r\nUniqueid: nj1-1.1\r\n{second}".encode())


def test_headers_nobody_reads_may_repeat() -> None:
    raw = b"Event: Hangup\r\nChanVariable: A=1\r\nChanVariable: B=2\r\nUniqueid: nj1-1.1"
    assert parse(raw) == {"Event": "Hangup", "Uniqueid": "nj1-1.1"}


def test_every_word_the_dialplan_says_is_heard() -> None:
    said = [
        (event, set(re.findall(r"(?:^|,)([A-Za-z]+): ", headers)))
        for text in base_files().values()
        for event, headers in re.findall(r"UserEvent\((Hotline[A-Za-z]+),(.*)\)", text)
    ]
    assert {"HotlineStep", "HotlineMessage", "HotlineRoom"} <= {event for event, _ in said}
    for event, names in said:
        assert {"CallId"} <= names <= KEPT_HEADERS, event
        assert event != "HotlineStep" or {"Dnis", "Step"} <= names


def test_an_endless_packet_is_dropped_and_the_next_one_is_heard() -> None:
    splitter = Splitter()
    assert list(splitter.feed(BANNER)) == []
    for _ in range(128):
        assert list(splitter.feed(b"x" * 65536)) == []  # 8 MB in all
    assert list(splitter.feed(END + b"Event: Hold\r\n\r\n")) == [b"Event: Hold"]
    assert splitter.dropped == 1
    assert len(splitter._rest) <= PACKET_LIMIT


def test_the_name_of_an_event_is_read_without_parsing() -> None:
    assert event_name(b"Event: Hangup\r\nUniqueid: 1") == b"Hangup"
    assert event_name(b"Response: Success\r\nMessage: x") == b""
