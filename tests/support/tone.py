"""Sound files as Asterisk leaves them: a tone, silence, the noise of a room."""

import random
import struct
import wave
from pathlib import Path


def write_sound(file: Path, seconds: float, loudness: int, *, from_second: float = 0.0) -> None:
    """Write 8 kHz of a 400 Hz square wave of this height; before `from_second` it is silent."""
    file.parent.mkdir(parents=True, exist_ok=True)
    begin = round(from_second * 8000)
    wave_of = [loudness if n // 10 % 2 else -loudness for n in range(round(seconds * 8000))]
    samples = [0 if n < begin else one for n, one in enumerate(wave_of)]
    _write(file, samples)


def write_noise(file: Path, seconds: float) -> None:
    """Write what a live microphone picks up where nobody speaks."""
    file.parent.mkdir(parents=True, exist_ok=True)
    dice = random.Random(1)
    _write(file, [dice.randint(-50, 50) for _ in range(round(seconds * 8000))])


def _write(file: Path, samples: list[int]) -> None:
    with wave.open(str(file), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        sound.writeframes(struct.pack(f"<{len(samples)}h", *samples))
