"""What is heard in a file that Asterisk wrote: tones, and how strong they are."""

import math
import struct
import wave
from pathlib import Path


def tones(file: Path, hertz: int) -> list[float]:
    """Return how strong a tone is in each fifth of a second, 1.0 for a full square wave."""
    with wave.open(str(file)) as sound:
        assert (sound.getframerate(), sound.getnchannels(), sound.getsampwidth()) == (8000, 1, 2)
        samples = [s for (s,) in struct.iter_unpack("<h", sound.readframes(sound.getnframes()))]
    strengths = []
    for start in range(0, len(samples) - 1600, 1600):
        turns = [2 * math.pi * hertz * n / 8000 for n in range(1600)]
        window = samples[start : start + 1600]
        real = sum(s * math.cos(t) for s, t in zip(window, turns, strict=True))
        imaginary = sum(s * math.sin(t) for s, t in zip(window, turns, strict=True))
        strengths.append(math.hypot(real, imaginary) / 800 / 5000)
    return strengths
