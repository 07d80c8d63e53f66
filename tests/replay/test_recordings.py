"""What a real Asterisk 22.10 said, recorded whole, becomes exactly these events."""

from pathlib import Path

import pytest

from call_events.packets import PacketRefused, Splitter, parse
from call_events.story import Story

RECORDINGS = Path(__file__).parent / "recordings"
QUEUE = "general-seats"

ARRIVES = ["CallArrived", "StepTaken", "CallQueued"]
WRAPS_UP = ["WrapUpStarted", "8001 wrapup", "CallEnded answered"]
STORIES = {
    "answered_and_held": [
        "8001 ready",
        *ARRIVES,
        "MemberRang",
        "8001 ringing",
        "CallConnected",
        "8001 talking",
        "CallHeld",
        "CallResumed",
        *WRAPS_UP,
        "8001 ready",
        "8001 offline",
    ],
    "agent_hangs_up": [
        "8001 ready",
        *ARRIVES,
        "MemberRang",
        "8001 ringing",
        "CallConnected",
        "8001 talking",
        *WRAPS_UP,
        "8001 offline",
    ],
    "abandoned": [*ARRIVES, "CallAbandoned", "CallEnded abandoned"],
    "abandoned_ringing": [
        "8001 ready",
        *ARRIVES,
        "MemberRang",
        "8001 ringing",
        "CallAbandoned",
        "8001 ready",
        "CallEnded abandoned",
        "8001 offline",
    ],
    "missed_then_other": [
        "8001 ready",
        *ARRIVES,
        "MemberRang",
        "8001 ringing",
        "MemberMissed",
        "8001 ready",
        "8001 paused rest",
        "8002 ready",
        "MemberRang",
        "8002 ringing",
        "CallConnected",
        "8002 talking",
        "WrapUpStarted",
        "8002 wrapup",
        "CallEnded answered",
        "8001 offline",
        "8002 offline",
    ],
    "sub_centre": ["CallArrived", "StepTaken", "CallConnected", "CallEnded sub_centre"],
    "sub_centre_away": ["CallArrived", "StepTaken", "CallEnded abandoned"],
    "emergency": ["CallArrived", "StepTaken", "CallConnected", "CallEnded emergency"],
    "expert_overflows": [
        "CallArrived",
        "StepTaken",
        "StepTaken JOINEMPTY",
        "CallQueued",
        "CallAbandoned",
        "CallEnded abandoned",
    ],
}


def retold(recording: bytes, chunk: int) -> tuple[Story, int]:
    story, splitter, refused = Story("nj1", {}, {QUEUE: 30}), Splitter(), 0
    for start in range(0, len(recording), chunk):
        for raw in splitter.feed(recording[start : start + chunk]):
            try:
                packet = parse(raw)
            except PacketRefused:
                refused += 1
                continue
            if "Event" in packet:
                story.hear(packet, 0.0)
    return story, refused


def in_words(story: Story) -> list[str]:
    words = []
    for draft in story.take().events:
        said = draft.data
        if draft.type == "AgentStateChanged":
            reason = f" {said['reason']}" if said["state"] == "paused" else ""
            words.append(f"{draft.agent} {said['state']}{reason}")
        else:
            more = said.get("outcome") or (draft.type == "StepTaken" and said["last"])
            words.append(f"{draft.type} {more}" if more else str(draft.type))
    return words


@pytest.mark.parametrize("chunk", [1 << 20, 61])
@pytest.mark.parametrize("name", sorted(STORIES))
def test_the_recording_tells_its_story(name: str, chunk: int) -> None:
    story, refused = retold((RECORDINGS / f"{name}.ami").read_bytes(), chunk)
    assert in_words(story) == STORIES[name]
    assert (refused, story.calls) == (0, {})


def test_told_twice_it_names_the_same_sources() -> None:
    recording = (RECORDINGS / "answered_and_held.ami").read_bytes()
    once, again = (retold(recording, 4096)[0].take().events for _ in range(2))
    assert [draft.source for draft in once] == [draft.source for draft in again]
    assert len({draft.source for draft in once}) == len(once)


def test_headers_smuggled_into_a_value_change_no_call() -> None:
    recording = (RECORDINGS / "abandoned.ami").read_bytes()
    # As Asterisk prints a caller's name with an escaped line break in it, where nobody cut it.
    forged = recording.replace(
        b"CallerIDName: trunk\r\n", b"CallerIDName: x\r\nUniqueid: evil\r\nAccountCode: evil\r\n"
    )
    story, refused = retold(forged, 4096)
    assert refused == 5
    assert in_words(story) == []
