"""The composition root: the one place where the rooms meet, made from the settings."""

from __future__ import annotations

import shutil
import sys
import wave
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agi_scripts.rescue_table import rescue_table
from asterisk_conf.instance import Instance, Secrets
from asterisk_conf.render import render
from ivr.languages import Language
from ivr.prompts import Rendered, render_prompts
from routing.catalogue import Catalogue
from routing.loader import load_catalogue

from .secrets_file import Passwords, passwords
from .settings import REPO, Settings

DEMO_PEOPLE: Mapping[str, tuple[str, str, str | None]] = {
    "agent1": ("agent", "坐席一", "8001"),
    "agent2": ("agent", "坐席二", "8002"),
    "supervisor1": ("supervisor", "班长", None),
    "admin1": ("admin", "管理员", None),
    "officer1": ("officer", "承办员", None),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A whole 12345 line, ready to be started: its catalogue, its Asterisk, its passwords."""

    settings: Settings
    catalogue: Catalogue
    instance: Instance
    passwords: Passwords

    def asterisk_files(self) -> dict[str, str]:
        """Asterisk's configuration, text by relative path."""
        known = Secrets(
            ami_reader=self.passwords.ami_reader,
            ami_controller=self.passwords.ami_controller,
            seats=self.passwords.seats,
        )
        table = rescue_table(self.catalogue, datetime.now(UTC))
        return render(self.catalogue, self.instance, known, table)

    @property
    def redis_url(self) -> str:
        """Where events are streamed, password included."""
        return self.settings.redis(self.passwords.redis)

    @property
    def trunk(self) -> str:
        """The catalogue's name of the carrier that the synthetic caller stands for."""
        hosts = {trunk.host: trunk.name for trunk in self.catalogue.trunks}
        return hosts.get(self.settings.trunk_host, "")


def own(home: Path) -> None:
    """Make the home, or take it back: whoever else can look into it finds callers' numbers."""
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.chmod(0o700)


def line(settings: Settings, demo: bool = False, keep: bool = True) -> Line:
    """Put the line together; with `keep` off, without making the home and its passwords.

    Raises CatalogueFaults, SecretsUnreadable.
    """
    catalogue = load_catalogue(settings.catalogue, recorded_seconds(settings.recordings))
    if keep:
        own(settings.home)
    people = DEMO_PEOPLE if demo else ()
    centres = [centre.number for centre in catalogue.sub_centres]
    seats = sorted(catalogue.index.seats)
    known = passwords(settings.secrets_file, seats, people, keep, centres)
    return Line(settings, catalogue, instance(settings), known)


def instance(settings: Settings) -> Instance:
    """The Asterisk of these settings, before it is known whether it is installed."""
    return Instance(
        home=settings.asterisk_home,
        root=asterisk_root(settings),
        prompts=settings.prompts,
        rescue_command=(sys.executable, str(REPO / "agi_scripts" / "rescue.py")),
        sip_host=settings.sip_host,
        sip_port=settings.sip_port,
        http_port=settings.asterisk_http_port,
        ami_port=settings.ami_port,
        agi_port=settings.agi_port,
        rtp_start=settings.rtp_start,
        rtp_end=settings.rtp_end,
        node=settings.node,
        max_calls=settings.max_calls,
    )


def asterisk_root(settings: Settings) -> Path:
    """The tree Asterisk runs from; "/" when set-up chose a packaged one on PATH."""
    if (settings.asterisk_root / "usr/sbin/asterisk").exists() or not shutil.which("asterisk"):
        return settings.asterisk_root
    return Path("/")


def prepare_prompts(line: Line, folder: Path | None = None) -> Rendered:
    """Render what callers hear (into another folder if told so), then check how long greetings are.

    Raises SoundToolFailed, UnusableRecordings, CatalogueFaults.
    """
    settings = line.settings
    target = folder or settings.prompts
    rendered = render_prompts(line.catalogue.prompts, target, settings.recordings)
    measured = {
        f"{language}/{name}": seconds
        for language, lengths in rendered.seconds.items()
        for name, seconds in lengths.items()
    }
    load_catalogue(settings.catalogue, measured)
    return rendered


def recorded_seconds(recordings: Path) -> dict[str, float]:
    """Length of each usable recording by "zh/greeting"; the others are reported when rendered."""
    lengths = {}
    for language in Language:
        for path in sorted((recordings / language).glob("*.wav")):
            try:
                with wave.open(str(path), "rb") as sound:
                    lengths[f"{language}/{path.stem}"] = sound.getnframes() / sound.getframerate()
            except (wave.Error, EOFError, OSError):
                continue
    return lengths
