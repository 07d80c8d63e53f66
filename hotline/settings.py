"""What can be set from outside, by environment variables with the prefix HOTLINE_."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, Field, ValidationInfo
from pydantic_settings import BaseSettings, SettingsConfigDict

REPO = Path(__file__).resolve().parent.parent

MOST_CALLS: Final = 20_000
# At 198 new calls a second on two cores, with room for 700 at once, 0 to 4 of a hundred never
# reached Asterisk's logs; with room for 2,000 nearly four of ten (docs/measurements.md).
CALLS_PER_CORE: Final = 350

Port = Annotated[int, Field(ge=1, le=65535)]
# These stand in Asterisk's configuration, where ; , | and line breaks mean something.
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,252}$")]


def calls_carried() -> int:
    """How many calls at once this machine is taken to carry."""
    return min(CALLS_PER_CORE * (os.cpu_count() or 1), MOST_CALLS)


def _plain(path: Path) -> Path:
    if not str(path).isprintable() or set(str(path)) & set(";,|$\"'&\\{}[]"):
        raise ValueError("letters, digits, spaces and / . _ - only")
    return path


def _after_rtp_start(end: int, known: ValidationInfo) -> int:
    start = known.data.get("rtp_start", 0)
    if end < start + 3:  # one leg of a call needs two ports, RTP and RTCP
        raise ValueError(f"it must be at least HOTLINE_RTP_START + 3, which is {start + 3}")
    return end


class Settings(BaseSettings):
    """One running line; two with different homes and ports run side by side on one machine."""

    model_config = SettingsConfigDict(
        env_prefix="HOTLINE_", env_ignore_empty=True, frozen=True, extra="ignore"
    )

    home: Annotated[Path, AfterValidator(_plain)] = REPO / "var" / "home"
    asterisk_root: Path = REPO / "var" / "asterisk"
    catalogue: Path = REPO / "routing" / "nanjing"
    node: str = Field("hl1", pattern=r"^[a-z][a-z0-9]{0,15}$")

    sip_host: Host = "127.0.0.1"
    sip_port: Port = 5060
    trunk_host: Host = "127.0.0.2"
    asterisk_http_port: Port = 8088
    ami_port: Port = 5038
    agi_port: Port = 4573
    http_host: Host = "127.0.0.1"
    http_port: Port = 8000
    max_calls: Annotated[int, Field(ge=10, le=MOST_CALLS, default_factory=calls_carried)]
    rtp_start: Port = 10000
    rtp_end: Annotated[Port, AfterValidator(_after_rtp_start)] = 20000
    redis_port: Port = 6390

    public_url: Annotated[str, Field(pattern=r"^(https?://[A-Za-z0-9.:-]+)?$")] = ""
    phone_ws_url: Annotated[str, Field(pattern=r"^(wss?://[A-Za-z0-9.:/_-]+)?$")] = ""
    trusted_proxy: Annotated[str, Field(pattern=r"^([0-9a-fA-F.:]+)?$")] = ""

    database_url: str = ""
    redis_url: str = ""
    demo: bool = False

    def model_post_init(self, context: object) -> None:
        """Paths are absolute: Asterisk takes no other, and the processes have other directories."""
        for name in ("home", "asterisk_root", "catalogue"):
            object.__setattr__(self, name, Path(getattr(self, name)).expanduser().absolute())

    @cached_property
    def database(self) -> str:
        """URL of the database; a file in the home unless set."""
        return self.database_url or f"sqlite+aiosqlite:///{self.home / 'hotline.db'}"

    @property
    def https(self) -> bool:
        """Whether people reach the console over TLS, by a proxy in front of it."""
        return self.public_url.startswith("https://")

    @property
    def phone_url(self) -> str:
        """Where browser phones register, as the browsers reach it."""
        return self.phone_ws_url or f"ws://{self.sip_host}:{self.asterisk_http_port}/ws"

    @property
    def embedded_redis(self) -> bool:
        """Whether we run Redis ourselves: yes, unless a URL names another."""
        return not self.redis_url

    def redis(self, password: str) -> str:
        """URL of Redis; the password is only used for the embedded one."""
        return self.redis_url or f"redis://:{password}@127.0.0.1:{self.redis_port}/0"

    @property
    def secrets_file(self) -> Path:
        return self.home / "secrets.json"

    @property
    def asterisk_home(self) -> Path:
        """Where Asterisk keeps its configuration, logs, spool and control socket."""
        return self.home / "asterisk"

    @property
    def prompts(self) -> Path:
        """What callers hear, rendered: {prompts}/{zh,en}/<id>.<format>."""
        return self.home / "prompts"

    @property
    def in_force(self) -> Path:
        """Link to the catalogue in force, read and watched by every process."""
        return self.home / "catalogue-in-force"

    @property
    def recordings(self) -> Path:
        """Recordings dropped in by people: {recordings}/{zh,en}/<id>.wav; they always win."""
        return self.home / "recordings"

    @property
    def logs(self) -> Path:
        return self.home / "log"

    @property
    def web_dist(self) -> Path:
        return REPO / "agent_console" / "web" / "dist"
