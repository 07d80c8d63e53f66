"""`hotline record` and `hotline replay`: save what Asterisk says, and tell its story again."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from call_events.errors import LinkError
from call_events.events import Event
from call_events.link import AmiLink
from call_events.packets import READER_EVENTS
from call_events.recording import NotARecording, Pseudonyms, Recording
from call_events.replay import keep_recording
from call_events.replay import replay as tell_again
from database.engine import make_engine
from database.migrate import upgrade_async
from routing.catalogue import Catalogue
from routing.loader import load_catalogue
from routing.numbers import masked

from . import composition
from .processes import running
from .sentences import CannotStart, Problem
from .settings import Settings

CONNECT_SECONDS: Final = 5.0


def record(settings: Settings, path: Path, mask: bool) -> int:
    """Save what Asterisk says until SIGINT or SIGTERM; return the number of packets.

    Raises CannotStart where there is a file already or no Asterisk to hear.
    """
    line = composition.line(settings, keep=False)
    try:
        with path.open("xb") as file:
            chosen = Pseudonyms(_ours(line.catalogue)) if mask else dict
            recording = Recording(file, chosen)
            asyncio.run(_until_stopped(line, recording))
    except FileExistsError:
        raise CannotStart(
            Problem("recording_exists", f"{path} 已存在", f"there is a file {path} already")
        ) from None
    except LinkError as failure:
        path.unlink()
        raise CannotStart(
            Problem(failure.code, f"连不上 Asterisk:{failure}", f"Asterisk is not heard: {failure}")
        ) from None
    return recording.packets


def replay(settings: Settings, path: Path, database: Path | None) -> Iterator[str]:
    """Tell a recording to a fresh database; return its story, a line for each event.

    Raises CannotStart where the database is there already or the file is no recording.
    """
    catalogue = load_catalogue(settings.catalogue)
    if database is not None and database.exists():
        raise CannotStart(
            Problem("database_exists", f"{database} 已存在", f"there is a {database} already")
        )
    with tempfile.TemporaryDirectory() as folder:
        file = database or Path(folder) / "replay.db"
        try:
            told = asyncio.run(_tell(catalogue, settings.node, path, file))
        except NotARecording:
            raise CannotStart(
                Problem("not_a_recording", f"{path} 不是录制文件", f"{path} is no recording")
            ) from None
    zone = catalogue.index.zone
    return (_sentence(event, zone) for event in sorted(told, key=lambda event: event.at))


async def _until_stopped(line: composition.Line, recording: Recording) -> None:
    port, known = line.settings.ami_port, line.passwords
    reader = AmiLink("127.0.0.1", port, "reader", known.ami_reader, wanted=READER_EVENTS)
    controller = AmiLink("127.0.0.1", port, "controller", known.ami_controller)
    async with running(reader.run()), running(controller.run()):
        await reader.wait_up(CONNECT_SECONDS)
        keeping = asyncio.ensure_future(keep_recording(recording, reader, controller))
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, keeping.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


async def _tell(catalogue: Catalogue, node: str, path: Path, database: Path) -> list[Event]:
    url = f"sqlite:///{database}"
    await upgrade_async(url)
    engine = make_engine(url)
    try:
        return await tell_again(path, engine, node, *recorder_facts(catalogue))
    finally:
        await engine.dispose()


def recorder_facts(
    catalogue: Catalogue,
) -> tuple[Mapping[str, tuple[str, str]], Mapping[str, int]]:
    """What a recorder knows of the catalogue: numbers as dialled, and wrap-up seconds by queue."""
    hotlines = {
        form: (hotline.number, hotline.mode.value)
        for form, hotline in catalogue.index.hotlines.items()
    }
    return hotlines, {queue.name: queue.wrapup_seconds for queue in catalogue.queues}


def _ours(catalogue: Catalogue) -> frozenset[str]:
    """Numbers that are no person's: of the line, and of its seats."""
    return frozenset((*catalogue.index.hotlines, *catalogue.index.seats))


def _sentence(event: Event, zone: ZoneInfo) -> str:
    data: dict[str, Any] = {k: v for k, v in event.data.items() if v not in (None, "")}
    if "caller_id" in data:
        data["caller_id"] = masked(data["caller_id"])
    said = " ".join(f"{name}={value}" for name, value in data.items())
    at = event.at.astimezone(zone).isoformat(" ", "milliseconds")[:-6]
    return f"{at} {event.call_id or '-'} {event.agent or '-'} {event.type} {said}".rstrip()
