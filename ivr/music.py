"""Music for those who wait, of our own so that nobody need be asked for a licence; and the tone."""

from __future__ import annotations

import tempfile
from pathlib import Path

from .voice import EXTENSION, SAMPLES_PER_SECOND, TOOLS, Tools, replacing, run_tool

# Pentatonic (宫商角徵羽 on C), plucked softly; one note after the other, 19.2 s in all.
_UP = ("C4", "E4", "G4", "A4", "G4", "E4", "D4", "C4")
_DOWN = ("A3", "C4", "D4", "E4", "G4", "A4", "G4", "E4")
_NOTES = (*_UP, *_DOWN)
NOTE_SECONDS = 1.2
_ALAW = ("-t", "al", "-r", str(SAMPLES_PER_SECOND), "-c", "1")
_FADE = ("fade", "q", "0.02", str(NOTE_SECONDS), "0.6")
# Dull and low: the agent's first word must be louder than the music before it.
_SOFTEN = ("lowpass", "1800", "echo", "0.8", "0.7", "180", "0.3", "gain", "-n", "-16")

# As in indications.conf, and as long.
_TONE = ("synth", "0.4", "sine", "950", "gain", "-6", "pad", "0.1", "0.1")


def render_music(folder: Path, tools: Tools = TOOLS) -> Path:
    """Make the loop unless it is there; other files people put into the folder are played too.

    Raises SoundToolFailed.
    """
    target = folder / f"calm.{EXTENSION}"
    if target.exists():
        return target
    with tempfile.TemporaryDirectory(prefix="hotline-music-") as scratch:
        notes = []
        for number, note in enumerate(_NOTES):
            part = f"{scratch}/{number:02}.wav"
            blank = (tools.sox, "-D", "-n", "-r", str(SAMPLES_PER_SECOND), "-c", "1", part)
            run_tool((*blank, "synth", str(NOTE_SECONDS), "pluck", note, *_FADE))
            notes.append(part)
        with replacing(target) as temporary:
            run_tool((tools.sox, "-D", *notes, *_ALAW, str(temporary), *_SOFTEN))
    return target


def render_tone(target: Path, tools: Tools = TOOLS) -> None:
    """Make the tone after which a caller speaks, unless it is there. Raises SoundToolFailed."""
    if not target.exists():
        with replacing(target) as temporary:
            run_tool((tools.sox, "-D", "-n", *_ALAW, str(temporary), *_TONE))
