"""Text and recordings into sound files as Asterisk plays them cheapest.

The format is A-law, 8 kHz, one channel, without a header (`.alaw`). A carrier's calls in China are
A-law (ITU-T G.711), so Asterisk copies such a file into RTP packet by packet and never transcodes;
a wav file would be encoded anew for each caller. Browsers on Opus are transcoded either way.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .languages import Language

SAMPLES_PER_SECOND = 8000  # A-law: one byte a sample
EXTENSION = "alaw"
TOOL_SECONDS = 30.0

# An announcer: about five syllables a second in Mandarin, three words in English (espeak-ng's own
# figure is only right for English).
VOICES = {Language.ZH: ("cmn", 300), Language.EN: ("en-gb", 190)}

# Down to the telephone band, ends trimmed to a breath, peak at -4 dB so that no step is clipped.
_TRIM = ("silence", "1", "0.02", "0.5%", "reverse", "silence", "1", "0.02", "0.5%", "reverse")
_EFFECTS = (*_TRIM, "highpass", "200", "rate", "-m", "8000", "gain", "-n", "-4", "pad", "0", "0.12")
_OUTPUT = ("-t", "al", "-r", str(SAMPLES_PER_SECOND), "-c", "1")


class SoundToolFailed(RuntimeError):
    """espeak-ng or sox is missing or refused its input; the text says which and why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True)
class Tools:
    """The programs sounds are made with."""

    espeak: str = "espeak-ng"
    sox: str = "sox"

    def missing(self) -> tuple[str, ...]:
        """The programs that are not installed."""
        return tuple(name for name in (self.espeak, self.sox) if shutil.which(name) is None)


TOOLS = Tools()


def speak(text: str, language: Language, target: Path, tools: Tools = TOOLS) -> None:
    """Render a sentence into `target`. Raises SoundToolFailed."""
    voice, words_per_minute = VOICES[language]
    with tempfile.TemporaryDirectory(prefix="hotline-voice-") as folder:
        raw = Path(folder) / "raw.wav"
        # By stdin: a text that begins with a dash is never read as an option.
        speed = ("-s", str(words_per_minute))
        run_tool((tools.espeak, "-v", voice, *speed, "-w", str(raw), "--stdin"), text)
        to_alaw(raw, target, tools)


def to_alaw(source: Path, target: Path, tools: Tools = TOOLS) -> None:
    """Convert any recording sox can read into `target`. Raises SoundToolFailed."""
    with replacing(target) as temporary:
        run_tool((tools.sox, "-D", str(source), *_OUTPUT, str(temporary), *_EFFECTS))
        if temporary.stat().st_size == 0:
            raise SoundToolFailed(
                f"{source.name} 中没有可听见的声音",
                f"{source.name} holds nothing that can be heard",
            )


def seconds(sound: Path) -> float:
    """Length of a rendered sound."""
    return sound.stat().st_size / SAMPLES_PER_SECOND


def run_tool(command: Sequence[str], stdin: str = "") -> str:
    """Run one program and return what it prints, errors included. Raises SoundToolFailed."""
    try:
        done = subprocess.run(
            command,
            input=stdin.encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=TOOL_SECONDS,
            check=False,
        )
    except FileNotFoundError:
        raise SoundToolFailed(
            f"没有安装 {command[0]};请运行 make setup",
            f"{command[0]} is not installed; run: make setup",
        ) from None
    except subprocess.TimeoutExpired:
        raise SoundToolFailed(
            f"{command[0]} 在 {TOOL_SECONDS:.0f} 秒内没有完成",
            f"{command[0]} did not finish in {TOOL_SECONDS:.0f} s",
        ) from None
    printed = done.stdout.decode(errors="replace").strip()
    if done.returncode != 0:
        why = f"{command[0]}: {printed[-300:] or done.returncode}"
        raise SoundToolFailed(f"{why}(语音合成失败)", why)
    return printed


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """Write to the yielded path; it then takes the target's place, so nobody hears half a sound."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        temporary.replace(target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
