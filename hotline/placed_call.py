"""One real SIP call to the line, placed by sipp from the carrier's address."""

from __future__ import annotations

import asyncio
import contextlib
import re
import socket
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import resources
from pathlib import Path

from .caller_voice import KEY_CODES, CallerVoice, media_socket
from .sentences import CannotStart, Problem

RING_SECONDS = 90.0
NUMBER = re.compile(r"\+?[0-9]{3,20}", re.ASCII)
LOG_POLL_SECONDS = 0.1
END_SECONDS = 10.0


class CallEnd(StrEnum):
    """How a placed call ended, as the carrier sees it."""

    HUNG_UP_BY_CALLER = "hung-up-by-caller"
    HUNG_UP_BY_LINE = "hung-up-by-line"
    GIVEN_UP = "given-up"
    REFUSED = "refused"
    NO_REPLY = "no-reply"


@dataclass(frozen=True, slots=True)
class CallPlan:
    """A call to place; `audio` is A-law, `talk_seconds` how long the caller stays once answered."""

    number: str
    caller: str
    keys: str = ""
    key_after_seconds: float = 1.0
    talk_seconds: float = 15.0
    audio: bytes = b""

    def check(self) -> None:
        """Raise CannotStart for a number or key that no telephone has."""
        found = []
        for what_zh, what, number in (
            ("拨打的号码", "the number to call", self.number),
            ("主叫号码", "the caller's number", self.caller),
        ):
            if not NUMBER.fullmatch(number):
                found.append(
                    Problem(
                        "number_malformed",
                        f"{what_zh}应为 3 至 20 位数字(可带 +),现为 {number!r}",
                        f"{what} must be 3 to 20 digits, with or without +, not {number!r}",
                    )
                )
        if any(key not in KEY_CODES for key in self.keys) or len(self.keys) > 20:
            found.append(
                Problem(
                    "keys_malformed",
                    f"按键只能是 0-9、*、#,最多 20 个，现为 {self.keys!r}",
                    f"keys are 0-9, * and #, 20 at most, not {self.keys!r}",
                )
            )
        if not 1 <= self.talk_seconds <= 3600:
            found.append(
                Problem(
                    "talk_malformed", "通话时长应为 1 至 3600 秒", "a call lasts 1 to 3600 seconds"
                )
            )
        if found:
            raise CannotStart(*found)


@dataclass(frozen=True, slots=True)
class PlacedCall:
    """What became of a call; times in seconds from the INVITE, None for what did not happen."""

    end: CallEnd
    refused_with: int | None
    ringing_after: float | None
    answered_after: float | None
    ended_after: float
    heard_seconds: float
    heard_sound: bool
    pressed: str


async def place_call(plan: CallPlan, trunk_host: str, line: tuple[str, int]) -> PlacedCall:
    """Place the call and stay until it ends; cancelling it ends sipp as well.

    Raises CannotStart for a malformed plan, a missing sipp or an address that is not ours.
    """
    plan.check()
    try:
        media = media_socket(trunk_host)
        signalling = _free_port(trunk_host)
    except OSError as error:
        raise CannotStart(
            Problem(
                "trunk_address",
                f"不能使用 HOTLINE_TRUNK_HOST {trunk_host}:{error.strerror}",
                f"HOTLINE_TRUNK_HOST {trunk_host} cannot be used: {error.strerror}",
            )
        ) from None
    voice = CallerVoice(plan.audio, plan.keys, plan.key_after_seconds)
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: voice, sock=media
    )
    speaking = asyncio.create_task(voice.speak())
    try:
        with tempfile.TemporaryDirectory(prefix="hotline-call-") as folder:
            scenario = Path(folder) / "call.xml"
            scenario.write_text(_scenario(plan, media.getsockname()[1]), "utf-8")
            sipp = _sipp_command(plan, (trunk_host, signalling), line, scenario)
            moments = await _run(sipp, Path(folder), plan)
    finally:
        speaking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await speaking
        transport.close()
    return _outcome(moments, voice)


def _scenario(plan: CallPlan, media_port: int) -> str:
    text = (resources.files(__package__) / "sipp" / "call.xml").read_text("utf-8")
    for mark, value in (
        ("@CALLER@", plan.caller),
        ("@MEDIA_PORT@", str(media_port)),
        ("@RING_MS@", str(round(RING_SECONDS * 1000))),
        ("@TALK_MS@", str(round(plan.talk_seconds * 1000))),
    ):
        text = text.replace(mark, value)
    return text


def _sipp_command(
    plan: CallPlan, local: tuple[str, int], line: tuple[str, int], scenario: Path
) -> Sequence[str]:
    # No -aa and no defaults for what the scenario does not expect: the far end's BYE is expected.
    return (
        *("sipp", f"{line[0]}:{line[1]}", "-sf", str(scenario), "-s", plan.number),
        *("-i", local[0], "-p", str(local[1]), "-mi", local[0]),
        *("-m", "1", "-l", "1", "-nostdin", "-trace_logs", "-log_file", "moments.log"),
        *("-timeout", f"{round(RING_SECONDS + plan.talk_seconds + END_SECONDS)}s"),
        *("-skip_rlimit",),
    )


async def _run(command: Sequence[str], folder: Path, plan: CallPlan) -> list[tuple[float, str]]:
    """Run sipp; return what it logged with the second it was seen, "end" last."""
    quiet = asyncio.subprocess.DEVNULL
    start = time.monotonic()
    try:
        sipp = await asyncio.create_subprocess_exec(
            *command, cwd=folder, stdin=quiet, stdout=quiet, stderr=quiet
        )
    except FileNotFoundError:
        raise CannotStart(
            Problem(
                "program_missing",
                "没有安装 sipp;请运行 make setup",
                "sipp is not installed; run: make setup",
            )
        ) from None
    moments: list[tuple[float, str]] = []
    log = folder / "moments.log"
    limit = RING_SECONDS + plan.talk_seconds + 2 * END_SECONDS
    try:
        async with asyncio.timeout(limit):
            while sipp.returncode is None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(sipp.wait(), LOG_POLL_SECONDS)
                lines = log.read_text("utf-8").split("\n") if log.exists() else []
                for line in lines[len(moments) : -1]:
                    moments.append((time.monotonic() - start, line.strip()))
    except TimeoutError:
        pass
    finally:
        if sipp.returncode is None:
            sipp.kill()
            await sipp.wait()
    return [*moments, (time.monotonic() - start, "end")]


def _outcome(moments: Sequence[tuple[float, str]], voice: CallerVoice) -> PlacedCall:
    when: dict[str, float] = {}
    for at, word in moments:
        when.setdefault(word, at)
    refusals = [int(word.split()[1]) for word in when if word.startswith("refused ")]
    ends = [end for end in CallEnd if end in when]
    end = CallEnd.REFUSED if refusals else (ends[0] if ends else CallEnd.NO_REPLY)
    return PlacedCall(
        end=end,
        refused_with=refusals[0] if refusals else None,
        ringing_after=when.get("ringing"),
        answered_after=when.get("answered"),
        ended_after=when["end"],
        heard_seconds=voice.heard_seconds,
        heard_sound=voice.heard_sound,
        pressed="".join(voice.pressed),
    )


def _free_port(host: str) -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
