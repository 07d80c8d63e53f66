"""Every sound of the line, rendered at set-up: recordings where there are any, else from text.

    {target}/{zh,en}/<prompt>.alaw   {target}/{zh,en}/digits/0.alaw …   {target}/moh/calm.alaw

Rendering again is quick: a sound is made anew only when its text, recording or voice changed.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from routing.catalogue import Prompt

from . import music, voice
from .languages import Language
from .recordings import UnusableRecordings, check_recording
from .spoken import digit_texts, queue_texts, spoken
from .voice import EXTENSION, TOOLS, Tools

MANIFEST = "manifest.json"
# The name by which Asterisk's Record() plays it.
TONE = f"beep.{EXTENSION}"
# Raise it when voice.py renders differently, so that every home is rendered anew.
RENDERING = 1
WORKERS = 4


@dataclass(frozen=True, slots=True)
class Sound:
    """One sound to be: its name below the language folder, its text, a recording that wins."""

    language: Language
    name: str
    text: str
    recording: Path | None

    @property
    def file(self) -> str:
        """Path below the prompts folder."""
        return f"{self.language}/{self.name}.{EXTENSION}"

    def fingerprint(self) -> str:
        """Changes whenever the rendered sound would."""
        if self.recording is not None:
            made_from = hashlib.sha256(self.recording.read_bytes()).hexdigest()
        else:
            made_from = repr((voice.VOICES[self.language], spoken(self.text, self.language)))
        return hashlib.sha256(f"{RENDERING} {made_from}".encode()).hexdigest()

    def render(self, target: Path, tools: Tools) -> None:
        """Write the sound."""
        if self.recording is not None:
            voice.to_alaw(self.recording, target, tools)
        else:
            voice.speak(spoken(self.text, self.language), self.language, target, tools)


@dataclass(frozen=True, slots=True)
class Rendered:
    """What was done: which sounds were made anew, which come from recordings, how long each is."""

    made: tuple[str, ...]
    recorded: tuple[str, ...]
    seconds: Mapping[Language, Mapping[str, float]]

    def longest(self) -> dict[str, float]:
        """Seconds of each prompt in the language that takes longest."""
        names = {name for lengths in self.seconds.values() for name in lengths}
        return {
            name: max(lengths.get(name, 0.0) for lengths in self.seconds.values())
            for name in sorted(names)
        }


def render_prompts(
    prompts: Mapping[str, Prompt],
    target: Path,
    recordings: Path,
    tools: Tools = TOOLS,
) -> Rendered:
    """Bring the sounds below `target` up to date, each file replaced whole.

    Raises UnusableRecordings, with nothing changed, and SoundToolFailed.
    """
    wanted = tuple(_sounds(prompts, recordings))
    _refuse_unusable(wanted)
    target.mkdir(parents=True, exist_ok=True)
    before = _read_manifest(target)
    after = {sound.file: sound.fingerprint() for sound in wanted}
    stale = tuple(
        sound
        for sound in wanted
        if before.get(sound.file) != after[sound.file] or not (target / sound.file).exists()
    )
    with ThreadPoolExecutor(WORKERS) as pool:
        for _ in pool.map(lambda sound: sound.render(target / sound.file, tools), stale):
            pass
    music.render_music(target / "moh", tools)
    for language in Language:
        music.render_tone(target / language / TONE, tools)
    for gone in before.keys() - after.keys():
        (target / gone).unlink(missing_ok=True)
    if after != before:
        _write_manifest(target, after)
    return Rendered(
        made=tuple(sound.file for sound in stale),
        recorded=tuple(sound.file for sound in wanted if sound.recording is not None),
        seconds={
            language: {
                sound.name: voice.seconds(target / sound.file)
                for sound in wanted
                if sound.language is language and sound.name in prompts
            }
            for language in Language
        },
    )


@contextmanager
def beside(target: Path) -> Iterator[Path]:
    """A second folder with the same sounds, to render into while callers hear those of `target`.

    Files are linked, not copied: each sound is replaced whole, so the first folder keeps its own.
    """
    target.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        copy = Path(folder) / target.name
        shutil.copytree(target, copy, copy_function=os.link)
        yield copy


def take(rendered: Path, target: Path) -> None:
    """Let callers hear the sounds of `rendered`; each is the old one or the new one, never half."""
    wanted = {path.relative_to(rendered) for path in rendered.rglob("*") if path.is_file()}
    for path in sorted(wanted):
        new, old = rendered / path, target / path
        if not (old.exists() and new.samefile(old)):
            old.parent.mkdir(parents=True, exist_ok=True)
            new.replace(old)
    for old in [path for path in target.rglob("*") if path.is_file()]:
        if old.relative_to(target) not in wanted:
            old.unlink()


def _sounds(prompts: Mapping[str, Prompt], recordings: Path) -> Iterator[Sound]:
    for language in Language:
        texts = {name: getattr(prompt, language.value) for name, prompt in prompts.items()}
        for name, text in {**digit_texts(language), **queue_texts(language), **texts}.items():
            recording = recordings / language.value / f"{name}.wav"
            yield Sound(language, name, text, recording if recording.exists() else None)


def _refuse_unusable(wanted: tuple[Sound, ...]) -> None:
    checked = (check_recording(sound.recording) for sound in wanted if sound.recording)
    unusable = tuple(recording for recording in checked if recording is not None)
    if unusable:
        raise UnusableRecordings(unusable)


def _read_manifest(target: Path) -> dict[str, str]:
    try:
        read = json.loads((target / MANIFEST).read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return read if isinstance(read, dict) else {}


def _write_manifest(target: Path, manifest: Mapping[str, str]) -> None:
    with voice.replacing(target / MANIFEST) as temporary:
        temporary.write_text(json.dumps(manifest, indent=1, sort_keys=True), "utf-8")
