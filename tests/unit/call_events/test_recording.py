"""A recording is an AMI stream: what is written is read back, also with other numbers in it."""

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from call_events.link import Heard, LinkChange
from call_events.reconcile import Picture
from call_events.recording import (
    Moment,
    NotARecording,
    Pseudonyms,
    Recording,
    read_recording,
)

RECORDINGS = Path(__file__).parents[2] / "replay/recordings"
AT = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)
STEP = {
    "Event": "UserEvent",
    "UserEvent": "HotlineStep",
    "CallId": "t1-1795391177.4",
    "Caller": "13812345678",
    "Dnis": "12345",
    "Path": "",
}
JOIN = {"Event": "QueueCallerJoin", "Uniqueid": "t1-1795391177.4", "CallerIDNum": "13812345678"}
RING = {"Event": "AgentCalled", "CallerIDNum": "13812345678", "MemberName": "8001"}


def written(moments: list[Moment], mask: Pseudonyms | None = None) -> bytes:
    file = io.BytesIO()
    (Recording(file, mask) if mask else Recording(file)).add(moments)
    return file.getvalue()


def read_back(folder: Path, stream: bytes) -> list[Moment]:
    file = folder / "stream.ami"
    file.write_bytes(stream)
    return list(read_recording(file))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    member = {"Event": "QueueMember", "Queue": "general-seats", "Location": "PJSIP/8001-desk"}
    channel = {"Event": "CoreShowChannel", "Uniqueid": "t1-1.1", "Channel": "PJSIP/carrier-01"}
    moments: list[Moment] = [
        Heard(1795391177.25, change=LinkChange.UP),
        Picture(AT, [member], [channel]),
        Heard(1795391178.5, STEP),
        Heard(1795391179.75, change=LinkChange.DOWN),
        Picture(AT, [], None),
        Heard(1795391180.0, JOIN | {"Queue": "中文\nLink: up"}),
    ]
    assert read_back(tmp_path, written(moments)) == moments


@pytest.mark.parametrize("name", ["answered_and_held", "missed_then_other"])
def test_a_bare_ami_stream_is_read_and_kept_as_it_was(tmp_path: Path, name: str) -> None:
    bare = list(read_recording(RECORDINGS / f"{name}.ami"))
    assert len(bare) > 10
    assert read_back(tmp_path, written(bare)) == bare


def test_each_caller_has_one_other_number_and_what_is_ours_stays(tmp_path: Path) -> None:
    other = {
        "Event": "QueueCallerJoin",
        "Uniqueid": "t1-1795391199.5",
        "CallerIDNum": "02583601234",
    }
    told = JOIN | {"Reason": "asked for 13812345678", "Uniqueid": "t1-13812345678.4"}
    seat = {"Event": "Hangup", "CallerIDNum": "8001", "Cause": "16", "HoldTime": "138"}
    moments: list[Moment] = [Heard(1.0, packet) for packet in (STEP, told, RING, other, seat)]
    stream = written(moments, Pseudonyms(frozenset(("8001", "12345"))))
    packets = [one.packet or {} for one in read_back(tmp_path, stream) if isinstance(one, Heard)]

    alias = packets[0]["Caller"]
    assert alias.startswith("138")
    assert (len(alias), alias != "13812345678") == (11, True)
    assert [one.get("CallerIDNum") for one in packets[1:4]] == [alias, alias, "02500000002"]
    assert packets[1]["Reason"] == f"asked for {alias}"
    assert packets[1]["Uniqueid"] == "t1-13812345678.4", "an id is nobody's number"
    assert packets[0]["Dnis"] == "12345"
    assert packets[4] == seat


def test_a_file_that_is_no_stream_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotARecording):
        read_back(tmp_path, b"notes of a meeting: none\n")
