"""Recordings that people drop in: each is checked before any caller hears it."""

from __future__ import annotations

import wave
from array import array
from dataclasses import dataclass
from pathlib import Path

SHORTEST_SECONDS = 0.3
LONGEST_SECONDS = 120.0
# Of full scale; room noise of a live microphone is about 0.001, a voice 0.03 to 0.3.
AUDIBLE_RMS = 0.003


@dataclass(frozen=True, slots=True)
class UnusableRecording:
    """A recording that would not be heard, and why."""

    path: Path
    zh: str
    en: str


class UnusableRecordings(Exception):
    """Every recording that cannot be used, at once."""

    code = "recordings_unusable"

    def __init__(self, recordings: tuple[UnusableRecording, ...]) -> None:
        self.zh = "\n".join(f"{one.path}:{one.zh}" for one in recordings)
        self.en = "\n".join(f"{one.path}: {one.en}" for one in recordings)
        super().__init__(self.en)
        self.recordings = recordings


def check_recording(path: Path) -> UnusableRecording | None:
    """What is wrong with a recording; None when it can be played."""
    try:
        with wave.open(str(path), "rb") as sound:
            rate, width, frames = sound.getframerate(), sound.getsampwidth(), sound.getnframes()
            samples = sound.readframes(min(frames, rate * int(LONGEST_SECONDS)))
    except (wave.Error, EOFError, OSError):
        return UnusableRecording(
            path, "不是 PCM 编码的 WAV 文件", "is not a WAV file with PCM samples"
        )
    if width != 2 or rate < 8000:
        return UnusableRecording(
            path,
            f"需要 16 位、8 kHz 以上，现为 {8 * width} 位、{rate} Hz",
            f"must be 16 bit and 8 kHz or more, is {8 * width} bit and {rate} Hz",
        )
    length = frames / rate
    if not SHORTEST_SECONDS <= length <= LONGEST_SECONDS:
        return UnusableRecording(
            path,
            f"时长 {length:.1f} 秒，应为 {SHORTEST_SECONDS} 至 {LONGEST_SECONDS:.0f} 秒",
            f"lasts {length:.1f} s; {SHORTEST_SECONDS} to {LONGEST_SECONDS:.0f} s can be used",
        )
    if rms(samples) < AUDIBLE_RMS:
        return UnusableRecording(path, "没有可听见的声音", "is silent")
    return None


def rms(samples: bytes) -> float:
    """Loudness of 16-bit samples as a part of full scale, 0 to 1."""
    values = array("h", samples[: len(samples) // 2 * 2])
    if not values:
        return 0.0
    return float((sum(value * value for value in values) / len(values)) ** 0.5 / 32768)
