"""Prompts as rendered by the real espeak-ng and sox."""

import math
import struct
import subprocess
import wave
from pathlib import Path

import pytest

from ivr.languages import Language
from ivr.prompts import beside, render_prompts, take
from ivr.recordings import UnusableRecordings, rms
from ivr.voice import SoundToolFailed, Tools
from routing.catalogue import Prompt

GREETING = Prompt(zh="您好,南京12345,通话将录音。", en="Hello, Nanjing 12345. Calls are recorded.")
PROMPTS = {"greeting": GREETING}


def loudness(sound: Path) -> float:
    """Of full scale, as sox decodes the file that Asterisk plays."""
    decode = ["sox", "-t", "al", "-r", "8000", "-c", "1", str(sound), "-t", "s16", "-"]
    return rms(subprocess.run(decode, check=True, capture_output=True).stdout)


def record(path: Path, seconds: float = 1.0, rate: int = 16000, volume: float = 0.5) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    tone = (math.sin(2 * math.pi * 440 * n / rate) for n in range(int(rate * seconds)))
    with wave.open(str(path), "wb") as sound:
        sound.setparams((1, 2, rate, 0, "NONE", ""))
        sound.writeframes(b"".join(struct.pack("<h", int(32767 * volume * v)) for v in tone))


@pytest.fixture(scope="module")
def rendered_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    render_prompts(PROMPTS, home / "prompts", home / "recordings")
    return home


def test_greeting_is_audible_and_short_in_both_languages(rendered_home: Path) -> None:
    again = render_prompts(PROMPTS, rendered_home / "prompts", rendered_home / "recordings")
    for language in Language:
        sound = rendered_home / "prompts" / language / "greeting.alaw"
        assert loudness(sound) > 0.02
        assert 1.5 < again.seconds[language]["greeting"] < 8
    assert again.longest()["greeting"] == max(
        again.seconds[language]["greeting"] for language in Language
    )


def test_second_run_makes_nothing(rendered_home: Path) -> None:
    prompts = rendered_home / "prompts"
    before = {path: path.stat().st_mtime_ns for path in prompts.rglob("*")}
    assert render_prompts(PROMPTS, prompts, rendered_home / "recordings").made == ()
    assert {path: path.stat().st_mtime_ns for path in prompts.rglob("*")} == before


def test_digits_and_letters_of_a_ticket_number_can_be_said(rendered_home: Path) -> None:
    for name in ("zh/digits/0", "zh/digits/1", "zh/letters/n", "en/digits/7", "en/letters/j"):
        assert loudness(rendered_home / "prompts" / f"{name}.alaw") > 0.02, name


def test_music_on_hold_is_there_and_quieter_than_a_voice(rendered_home: Path) -> None:
    music = rendered_home / "prompts" / "moh" / "calm.alaw"
    assert music.stat().st_size > 15 * 8000
    assert 0.005 < loudness(music) < loudness(rendered_home / "prompts/zh/greeting.alaw")


def test_given_a_recording_when_rendered_then_it_wins_until_it_is_taken_away(
    tmp_path: Path,
) -> None:
    prompts, recordings = tmp_path / "prompts", tmp_path / "recordings"
    record(recordings / "zh" / "greeting.wav", seconds=2.0)
    rendered = render_prompts(PROMPTS, prompts, recordings)
    assert rendered.recorded == ("zh/greeting.alaw",)
    assert rendered.seconds[Language.ZH]["greeting"] == pytest.approx(2.12, abs=0.1)
    (recordings / "zh" / "greeting.wav").unlink()
    assert render_prompts(PROMPTS, prompts, recordings).made == ("zh/greeting.alaw",)


def test_unusable_recordings_are_named_together_and_nothing_changes(tmp_path: Path) -> None:
    prompts, recordings = tmp_path / "prompts", tmp_path / "recordings"
    record(recordings / "zh" / "greeting.wav", volume=0.0)
    (recordings / "en").mkdir()
    (recordings / "en" / "greeting.wav").write_bytes(b"ID3 not a wav file")
    with pytest.raises(UnusableRecordings) as caught:
        render_prompts(PROMPTS, prompts, recordings)
    assert [one.en for one in caught.value.recordings] == [
        "is silent",
        "is not a WAV file with PCM samples",
    ]
    assert not prompts.exists()


def test_a_prompt_that_left_the_catalogue_leaves_the_disk(tmp_path: Path) -> None:
    prompts, recordings = tmp_path / "prompts", tmp_path / "recordings"
    render_prompts({**PROMPTS, "old": GREETING}, prompts, recordings)
    render_prompts(PROMPTS, prompts, recordings)
    assert not (prompts / "zh/old.alaw").exists()
    assert (prompts / "zh/greeting.alaw").exists()


def test_a_missing_program_is_named(tmp_path: Path) -> None:
    with pytest.raises(SoundToolFailed, match="no-such-espeak is not installed"):
        render_prompts(PROMPTS, tmp_path / "p", tmp_path / "r", Tools(espeak="no-such-espeak"))
    assert not list((tmp_path / "p").rglob("*.alaw"))


def test_what_is_rendered_beside_is_heard_only_when_it_is_taken(tmp_path: Path) -> None:
    """An apply that is refused after its prompts were rendered changes nothing that is heard."""
    prompts, recordings = tmp_path / "prompts", tmp_path / "recordings"
    render_prompts({**PROMPTS, "old": GREETING}, prompts, recordings)
    heard = (prompts / "zh/greeting.alaw").read_bytes()
    other = {"greeting": Prompt(zh="您好", en="Hello")}
    with beside(prompts) as rendered:
        render_prompts(other, rendered, recordings)
        assert (prompts / "zh/greeting.alaw").read_bytes() == heard
    assert [path.name for path in tmp_path.iterdir()] == ["prompts"], "nothing is left beside it"
    with beside(prompts) as rendered:
        render_prompts(other, rendered, recordings)
        take(rendered, prompts)
    assert (prompts / "zh/greeting.alaw").read_bytes() != heard
    assert not (prompts / "zh/old.alaw").exists()
    assert render_prompts(other, prompts, recordings).made == ()
