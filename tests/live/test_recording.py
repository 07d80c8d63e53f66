"""A conversation is recorded from the moment a person takes the call, and paused on demand."""

import itertools
import sqlite3
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.city import City, running_brief_city
from tests.support.ear import Ear
from tests.support.heard import tones
from tests.support.sipp import SCENARIOS, Carrier, Dial
from tests.support.talking_seat import VOICE_HERTZ, Seat, browser_of, take_seat
from tests.support.until import until

CALLER_HERTZ = 400
_callers = itertools.count(13300000001)


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    with running_brief_city(tmp_path_factory.mktemp("recording")) as running:
        running.add("boss", "supervisor")
        for name, seat in (("ann", "8001"), ("ben", "8006"), ("cid", "8004"), ("dan", "8009")):
            running.add(name, extension=seat)
        yield running


@pytest.fixture
def boss(city: City) -> Iterator[httpx.Client]:
    browser = browser_of(city, "boss")
    yield browser
    browser.close()


@pytest.fixture
def ann(city: City, tmp_path: Path) -> Iterator[Seat]:
    seat = take_seat(city, "ann", "8001", tmp_path)
    yield seat
    seat.ask("agent/offline")
    seat.close()


@pytest.fixture
def carrier(city: City, tmp_path: Path) -> Iterator[Carrier]:
    carrier = Carrier("127.0.0.2", city.target, tmp_path)
    yield carrier
    carrier.stop()


def stored(city: City, query: str, *values: str) -> list[Any]:
    with sqlite3.connect(city.home / "hotline.db", timeout=10) as database:
        return database.execute(query, values).fetchall()


def call_of(city: City, caller: str) -> str:
    """Return the call_id of a caller who waits in a queue, from Asterisk's own log."""

    def found() -> str | None:
        rows = [row.split("|") for row in city.queue_log().splitlines()]
        ids = [row[1] for row in rows if row[4:5] == ["ENTERQUEUE"] and row[6] == caller]
        return ids[-1] if ids else None

    return until(found, 15, f"{caller} waits") or ""


def ring(city: City, carrier: Carrier, stay: float) -> tuple[str, Ear]:
    """Ring 12345 and stay `stay` seconds from the answer on; returns call_id and ear."""
    caller, ear = str(next(_callers)), Ear(carrier.host, CALLER_HERTZ, talker=True)
    carrier.place([Dial("12345", caller, ear.port, stay=stay)])
    return call_of(city, caller), ear


def file_of(city: City, call_id: str) -> Path:
    return city.home / "asterisk/spool/monitor" / f"{call_id}.wav"


def verdict(boss: httpx.Client, call_id: str, within: float = 15) -> dict[str, Any]:
    """Return what the console says is kept of a call, once it is judged."""

    def judged() -> Any:
        return boss.get(f"/calls/{call_id}").json().get("kept")

    return until(judged, within, f"{call_id} is judged") or {}


def both_hang_up(city: City, seat: Seat) -> None:
    """The agent on the page, and the caller, who would be asked how it was."""
    seat.ask("call/hangup")
    until(lambda: seat.state != "talking", 5, "the agent has hung up")
    city.hang_up_everybody()


def recording(seat: Seat) -> str:
    return str((seat.browser.get("/me/agent").json()["call"] or {}).get("recording"))


def transfers(seat: Seat, call_id: str) -> list[str]:
    """Return the states of a call's transfers."""
    shown = seat.browser.get(f"/calls/{call_id}").json()["transfers"]
    return [str(transfer["state"]) for transfer in shown]


def test_both_sides_are_recorded_and_what_was_paused_is_silence(
    city: City, boss: httpx.Client, ann: Seat, carrier: Carrier
) -> None:
    call_id, ear = ring(city, carrier, stay=60)
    until(lambda: ear.heard_seconds > 4, 12, "the caller hears music while waiting")
    assert not file_of(city, call_id).exists(), "nothing is recorded while the caller waits"

    ann.ask("agent/ready", phone="desk")
    until(lambda: recording(ann) == "on", 10, "the desk says that it records")
    answered = ear.packets
    until(lambda: ear.packets > answered + 150, 6, "they talk for three seconds")
    ann.ask("call/recording/pause")
    until(lambda: recording(ann) == "paused", 3, "the desk says that it does not")
    paused = ear.packets
    until(lambda: ear.packets > paused + 150, 6, "a card's number is said")
    ann.ask("call/recording/resume")
    until(lambda: recording(ann) == "on", 3)
    resumed = ear.packets
    until(lambda: ear.packets > resumed + 150, 6, "they talk on")
    both_hang_up(city, ann)
    ear.close()

    kept = verdict(boss, call_id)
    assert kept["recorded"] is True
    assert kept["seconds"] >= 8
    file = file_of(city, call_id)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    caller, agent = tones(file, CALLER_HERTZ), tones(file, VOICE_HERTZ)
    for side, voice in (("caller", caller), ("agent", agent)):
        silent = [at for at, strength in enumerate(voice[5:-5], 5) if strength < 0.02]
        before, after = voice[: silent[0]], voice[silent[-1] + 2 :]
        assert len(silent) >= 12, f"what was said in the pause is silence: {voice}"
        assert silent == list(range(silent[0], silent[-1] + 1)), f"in one piece: {voice}"
        assert sum(one > 0.2 for one in before) >= 10, f"the {side} is heard: {voice}"
        assert sum(one > 0.2 for one in after) >= 10, f"the {side} is heard again: {voice}"
    events = [event["type"] for event in boss.get(f"/calls/{call_id}").json()["events"]]
    told = [event for event in events if event.startswith("Recording")]
    assert told == ["RecordingStarted", "RecordingPaused", "RecordingResumed"]


def test_a_transferred_caller_is_recorded_on_in_the_same_file(
    city: City, boss: httpx.Client, carrier: Carrier, tmp_path: Path
) -> None:
    refers = tmp_path / "refers.xml"
    text = (SCENARIOS / "transferring_phone.xml").read_text("utf-8")
    text = text.replace("[media_port]", "[ear]").replace('"500"/>', '"3000"/>')
    refers.write_text(text, "utf-8")
    ben = take_seat(city, "ben", "8006", tmp_path, scenario=refers)
    cid = take_seat(city, "cid", "8004", tmp_path, hertz=1000)
    call_id, ear = ring(city, carrier, stay=20)
    try:
        ben.ask("agent/ready", phone="desk")
        until(lambda: cid.ear.heard_seconds > 3, 25, "the caller talks to the second seat")
        kept = verdict(boss, call_id, within=45)
    finally:
        ben.ask("agent/offline")
        for end in (ben, cid, ear):
            end.close()
    assert kept["recorded"] is True
    first, second = tones(file_of(city, call_id), VOICE_HERTZ), tones(file_of(city, call_id), 1000)
    heard_first = [at for at, strength in enumerate(first) if strength > 0.2]
    heard_second = [at for at, strength in enumerate(second) if strength > 0.2]
    assert len(heard_first) >= 8, f"the first seat is heard: {first}"
    assert len(heard_second) >= 10, f"the second seat is heard: {second}"
    assert max(heard_first) < min(heard_second) + 2, "one after the other"


def test_through_a_room_the_recording_goes_on_in_the_one_file_of_the_call(
    city: City, boss: httpx.Client, ann: Seat, carrier: Carrier, tmp_path: Path
) -> None:
    dan = take_seat(city, "dan", "8009", tmp_path, hertz=1000)
    call_id, ear = ring(city, carrier, stay=60)
    room = f"calls/{call_id}/transfer"

    def speak(seconds: float) -> None:
        heard = ear.packets
        until(lambda: ear.packets > heard + seconds * 50, seconds + 3, "time goes by")

    def in_state(state: str) -> None:
        until(lambda: transfers(ann, call_id)[-1:] == [state], 10, state)

    try:
        ann.ask("agent/ready", phone="desk")
        until(lambda: ann.state == "talking" and recording(ann) == "on", 20)
        speak(3)
        dan.ask("agent/ready", phone="desk")
        form = {"target": "expert-12348", "how": "warm"}
        assert ann.browser.post(f"/{room}", json=form).status_code == 200
        in_state("consulting")
        speak(4)
        assert ann.browser.post(f"/{room}/join").status_code == 200
        in_state("joined")
        speak(3)
        assert ann.browser.post(f"/{room}/leave").status_code == 200
        in_state("completed")
        speak(3)
        both_hang_up(city, dan)
        kept = verdict(boss, call_id, within=30)
    finally:
        dan.ask("agent/offline")
        for end in (dan, ear):
            end.close()
    assert kept["recorded"] is True
    file = file_of(city, call_id)
    assert [one.name for one in file.parent.glob(f"{call_id}*")] == [file.name], "one file, no more"
    agent = [one > 0.2 for one in tones(file, VOICE_HERTZ)]
    expert = [one > 0.2 for one in tones(file, 1000)]
    first, last = expert.index(True), len(agent) - 1 - agent[::-1].index(True)
    alone = agent[:first]
    assert sum(alone) >= 10, f"first the agent: {agent}"
    caller = [one > 0.2 for one in tones(file, CALLER_HERTZ)]
    music = [c and not (a or e) for c, a, e in zip(caller, agent, expert, strict=True)][:first]
    assert sum(music) >= 15, f"then the caller at music: {music}"
    assert sum(both := [a and e for a, e in zip(agent, expert, strict=True)]) >= 8, f"all: {both}"
    assert sum(expert[last + 2 :]) >= 8, f"then the expert alone with the caller: {expert}"


def all_three_speak(seat: Seat, expert: Seat, call_id: str) -> None:
    """The agent asks the expert, and has the caller come to them."""
    expert.ask("agent/ready", phone="desk")
    room = f"/calls/{call_id}/transfer"
    asked = seat.browser.post(room, json={"target": "expert-12348", "how": "warm"})
    assert asked.status_code == 200, asked.text
    until(lambda: transfers(seat, call_id)[-1:] == ["consulting"], 10)
    assert seat.browser.post(f"{room}/join").status_code == 200
    until(lambda: transfers(seat, call_id)[-1:] == ["joined"], 10, "all three speak")


def spoken_on(boss: httpx.Client, call_id: str, ear: Ear) -> list[str]:
    """Speak on for four seconds, then return what was told of the call's recording."""
    heard = ear.packets
    until(lambda: ear.packets > heard + 200, 8, "caller and third party speak on")
    events = boss.get(f"/calls/{call_id}").json()["events"]
    return [event["type"] for event in events if event["type"].startswith("Recording")]


@pytest.fixture
def dan(city: City, tmp_path: Path) -> Iterator[Seat]:
    seat = take_seat(city, "dan", "8009", tmp_path, hertz=1000)
    yield seat
    seat.ask("agent/offline")
    seat.close()


def test_a_phone_put_down_by_hand_ends_the_pause_of_who_held_it(
    city: City, boss: httpx.Client, dan: Seat, carrier: Carrier, tmp_path: Path
) -> None:
    ann = take_seat(city, "ann", "8001", tmp_path, hangs_up_after=13)
    call_id, ear = ring(city, carrier, stay=60)
    ann.ask("agent/ready", phone="desk")
    until(lambda: ann.state == "talking" and recording(ann) == "on", 20)
    all_three_speak(ann, dan, call_id)
    ann.ask("call/recording/pause")
    until(lambda: recording(ann) == "paused", 3, "a card's number is said")

    until(lambda: ann.state != "talking", 25, "the agent puts the phone on the desk down")

    told = spoken_on(boss, call_id, ear)
    assert told == ["RecordingStarted", "RecordingPaused", "RecordingResumed"]
    assert recording(dan) == "on", "and the expert's desk says so"
    both_hang_up(city, dan)
    ann.ask("agent/offline")
    for end in (ear, ann):
        end.close()
    assert verdict(boss, call_id)["recorded"] is True
    for voice in (CALLER_HERTZ, 1000):
        last = [one > 0.2 for one in tones(file_of(city, call_id), voice)][-14:]
        assert sum(last) >= 10, f"what caller and expert say afterwards is kept: {last}"


def test_the_pause_of_an_expert_outlasts_the_agent_who_leaves(
    city: City, boss: httpx.Client, ann: Seat, dan: Seat, carrier: Carrier
) -> None:
    call_id, ear = ring(city, carrier, stay=60)
    ann.ask("agent/ready", phone="desk")
    until(lambda: ann.state == "talking" and recording(ann) == "on", 20)
    all_three_speak(ann, dan, call_id)
    dan.ask("call/recording/pause")
    until(lambda: recording(dan) == "paused", 3, "the expert is told a secret")

    assert ann.browser.post(f"/calls/{call_id}/transfer/leave").status_code == 200

    until(lambda: ann.state == "wrapup", 10, "the agent has left")
    assert spoken_on(boss, call_id, ear) == ["RecordingStarted", "RecordingPaused"]
    dan.ask("call/recording/resume")
    until(lambda: recording(dan) == "on", 3, "the secret has been said")
    assert spoken_on(boss, call_id, ear)[-1] == "RecordingResumed"
    both_hang_up(city, dan)
    ear.close()


def test_a_pause_ends_with_the_talk_it_was_for_when_the_caller_is_sent_on_and_comes_back(
    city: City, boss: httpx.Client, ann: Seat, carrier: Carrier
) -> None:
    call_id, ear = ring(city, carrier, stay=60)
    ann.ask("agent/ready", phone="desk")
    until(lambda: ann.state == "talking" and recording(ann) == "on", 20)
    heard = ear.packets
    until(lambda: ear.packets > heard + 150, 6, "they talk")
    ann.ask("call/recording/pause")
    until(lambda: recording(ann) == "paused", 3)
    form = {"target": "expert-12316", "how": "cold"}
    assert ann.browser.post(f"/calls/{call_id}/transfer", json=form).status_code == 200
    until(lambda: transfers(ann, call_id), 5)
    until(lambda: ann.state == "talking" and recording(ann) == "on", 15, "nobody there: ann again")
    heard = ear.packets
    until(lambda: ear.packets > heard + 150, 6, "they talk on")
    both_hang_up(city, ann)
    ear.close()
    kept = verdict(boss, call_id)
    assert kept["recorded"] is True
    agent = [one > 0.2 for one in tones(file_of(city, call_id), VOICE_HERTZ)]
    assert sum(agent[:20]) >= 10, f"the talk before is kept: {agent}"
    assert sum(agent[-14:]) >= 10, f"and the one after, in the same file: {agent}"


def test_a_pause_ends_where_the_caller_is_sent_on_and_an_expert_takes_the_call(
    city: City, boss: httpx.Client, ann: Seat, dan: Seat, carrier: Carrier
) -> None:
    call_id, ear = ring(city, carrier, stay=60)
    ann.ask("agent/ready", phone="desk")
    until(lambda: ann.state == "talking", 20)
    began = time.monotonic()
    until(lambda: recording(ann) == "on", 5)
    dan.ask("agent/ready", phone="desk")
    ann.ask("call/recording/pause")
    until(lambda: recording(ann) == "paused", 3)
    form = {"target": "expert-12348", "how": "cold"}
    assert ann.browser.post(f"/calls/{call_id}/transfer", json=form).status_code == 200
    until(lambda: dan.state == "talking" and recording(dan) == "on", 20, "the expert talks")
    heard = ear.packets
    until(lambda: ear.packets > heard + 150, 6, "they talk on")
    both_hang_up(city, dan)
    spoken = time.monotonic() - began
    ear.close()
    kept = verdict(boss, call_id)
    assert kept["recorded"] is True
    assert kept["seconds"] <= spoken + 1, "each second once"
    expert = [one > 0.2 for one in tones(file_of(city, call_id), 1000)]
    assert sum(expert[-14:]) >= 10, f"what the expert says is kept: {expert}"


def test_whoever_may_listen_is_written_down_first_and_hears_any_piece(
    city: City, boss: httpx.Client, ann: Seat, carrier: Carrier
) -> None:
    call_id, ear = ring(city, carrier, stay=30)
    ann.ask("agent/ready", phone="desk")
    until(lambda: ann.state == "talking" and recording(ann) == "on", 20)
    heard = ear.packets
    until(lambda: ear.packets > heard + 100, 6, "they talk")
    both_hang_up(city, ann)
    ear.close()
    verdict(boss, call_id)
    sound = file_of(city, call_id).read_bytes()
    where = f"/calls/{call_id}/recording"

    assert ann.browser.post(where).status_code == 403, "an agent does not listen"
    assert boss.get(where).json()["code"] == "recording_not_opened"
    assert boss.post(where).status_code == 201
    assert boss.get(where).content == sound
    piece = boss.get(where, headers={"range": "bytes=100-299"})
    assert (piece.status_code, piece.content) == (206, sound[100:300])
    assert piece.headers["content-range"] == f"bytes 100-299/{len(sound)}"
    looks = "select username from audit where action = 'recording_opened' and subject = ?"
    assert stored(city, looks, call_id) == [("boss",)]


def test_with_a_full_disk_the_call_goes_on_and_is_said_to_be_unrecorded(
    city: City, boss: httpx.Client, ann: Seat, carrier: Carrier
) -> None:
    call_id, ear = ring(city, carrier, stay=60)
    file_of(city, call_id).symlink_to("/dev/full")  # every write: no space left on device
    ann.ask("agent/ready", phone="desk")
    until(lambda: ann.state == "talking", 20)
    heard, hears = ear.packets, ann.ear.packets
    until(lambda: ear.packets > heard + 150 and ann.ear.packets > hears + 150, 6, "they talk")
    both_hang_up(city, ann)
    ear.close()

    assert verdict(boss, call_id) == {"recorded": False, "seconds": 0, "deleted_at": None}
    assert f"ALARM: call {call_id} was not recorded" in city.log()
    assert boss.post(f"/calls/{call_id}/recording").json()["code"] == "recording_unknown"
