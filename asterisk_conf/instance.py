"""Where one Asterisk lives and what its configuration needs beyond the catalogue."""

import os
import shlex
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Secrets:
    """Passwords made at set-up; never in the repository, files with them are mode 0600."""

    ami_reader: str
    ami_controller: str
    seats: Mapping[str, str]
    """SIP password by extension."""


@dataclass(frozen=True, slots=True)
class Instance:
    """One Asterisk: its folders, its ports, its limits. Times in seconds."""

    home: Path
    root: Path
    """Tree of the Asterisk packages, or ``/`` for one installed by the system."""
    prompts: Path
    rescue_command: tuple[str, ...]
    """Program and script that answer a call when the loop does not."""
    sip_host: str = "127.0.0.1"
    sip_port: int = 5060
    http_port: int = 8088
    ami_port: int = 5038
    agi_port: int = 4573
    rtp_start: int = 10000
    rtp_end: int = 20000
    node: str = "n1"
    max_calls: int = 2000
    """Calls at once beyond which a new one is refused by the dialplan, and logged."""
    wrapup_guard: int = 2
    """Time no call is offered after one, until the recorder's own pause stands."""
    loop_deadline: float = 1.2
    rescue_deadline: float = 1.2
    """Together below 3 s: a caller whose loop and rescue are both mute is in a queue by then."""
    rescue_limit: int = 8
    step_limit: int = 20
    peers: Mapping[str, tuple[str, int]] = field(default_factory=dict)
    """Address of a peer by name, where it is not the catalogue's (tests, a second site)."""

    @property
    def asterisk_bound(self) -> int:
        """Asterisk's own bound; what it refuses there it does not log. A call that the dialplan
        refuses is one call more until it is gone, so a storm must find room beyond the limit."""
        return 2 * self.max_calls + 1000

    @property
    def etc(self) -> Path:
        return self.home / "etc"

    @property
    def log(self) -> Path:
        return self.home / "log"

    @property
    def messages(self) -> Path:
        """Where Asterisk writes what it warns of, files it refuses among it (logger.conf)."""
        return self.log / "messages.log"

    @property
    def run(self) -> Path:
        return self.home / "run"

    @property
    def spool(self) -> Path:
        return self.home / "spool"

    @property
    def recordings(self) -> Path:
        """Where Asterisk writes conversations, `<call_id>.wav`."""
        return self.spool / "monitor"

    @property
    def var(self) -> Path:
        return self.home / "var"

    @property
    def share(self) -> Path:
        return self.home / "share"

    @property
    def voice_messages(self) -> Path:
        """Where Asterisk writes messages by voice, `<call_id>.wav` (messages.conf)."""
        return self.spool / "message"

    def make_folders(self) -> None:
        """Create Asterisk's folders, closed to others: its logs hold callers' numbers."""
        for folder in (self.etc, self.log, self.run, self.spool, self.var, self.share):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("cel-custom", "cdr-custom"):  # without it no CEL is written, and no error
            (self.log / name).mkdir(mode=0o700, exist_ok=True)
        for folder in (self.recordings, self.voice_messages):
            folder.mkdir(mode=0o700, exist_ok=True)
        self._write_rescue_script()
        (self.var / "keys").mkdir(mode=0o700, exist_ok=True)
        _link(self.share / "sounds", self.prompts)
        data = self.root / "usr/share/asterisk"
        for name in ("documentation", "rest-api", "static-http"):
            if (data / name).exists():
                _link(self.share / name, data / name)

    def _write_rescue_script(self) -> None:
        # Asterisk runs a file, without arguments of its own: the file names our own Python.
        script = self.share / "agi-bin/rescue"
        script.parent.mkdir(exist_ok=True)
        script.write_text(f'#!/bin/sh\nexec {shlex.join(self.rescue_command)} "$@"\n', "utf-8")
        script.chmod(0o700)

    def modules(self) -> Path:
        """Return the folder of Asterisk's modules."""
        found = sorted(self.root.glob("usr/lib/*/asterisk/modules"))
        found += sorted(self.root.glob("usr/lib/asterisk/modules"))
        if not found:
            raise FileNotFoundError(f"no Asterisk modules under {self.root}")
        return found[0]

    def program(self) -> tuple[str, ...]:
        """Return the command that runs this Asterisk, without options.

        An extracted tree is started with its own loader and libraries, so it neither needs nor
        touches those of the system. One built on this system has no loader: it uses the system's.
        """
        binary = self.root / "usr/sbin/asterisk"
        if self.root == Path("/"):
            return (shutil.which("asterisk") or str(binary),)
        if not binary.exists():
            raise FileNotFoundError(f"no Asterisk under {self.root}")
        loaders = sorted(self.root.glob("usr/lib*/**/ld-linux*.so.*"))
        if not loaders:
            return (os.fspath(binary),)
        libraries = self.modules().parent.parent
        return (os.fspath(loaders[0]), "--library-path", os.fspath(libraries), os.fspath(binary))

    def command(self) -> tuple[str, ...]:
        """Return the command that runs this Asterisk in the foreground."""
        return (*self.program(), "-f", "-C", os.fspath(self.etc / "asterisk.conf"))


def _link(link: Path, target: Path) -> None:
    if link.is_symlink() and link.readlink() == target:
        return
    link.unlink(missing_ok=True)
    link.symlink_to(target)
