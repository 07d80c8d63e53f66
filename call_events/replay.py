"""Recording a node's AMI stream, and telling its story again from the file."""

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from sqlalchemy.ext.asyncio import AsyncEngine

from .errors import LinkError
from .events import Event
from .link import AmiLink, LinkChange
from .reconcile import Picture, Reconciliation, clock_set, take_picture
from .recording import Moment, Recording, read_recording
from .story import Story
from .writer import Writer

log = logging.getLogger(__name__)

# One transaction's worth, as the recorder's.
BATCH: Final = 1000


async def keep_recording(recording: Recording, reader: AmiLink, controller: AmiLink) -> None:
    """Write what Asterisk says until cancelled; both links are run by the caller.

    After each gap the picture that the recorder would ask for is written too. Errors: OSError.
    """
    while True:
        for heard in await reader.take():
            moments: list[Moment] = [heard]
            if heard.change is LinkChange.UP:
                try:
                    moments.append(await take_picture(reader, controller))
                except LinkError as failure:
                    log.warning("no picture taken: %s", failure.code)  # the next link up does it
            recording.add(moments)


async def replay(
    path: Path,
    engine: AsyncEngine,
    node: str,
    hotlines: Mapping[str, tuple[str, str]],
    wrapup: Mapping[str, int],
) -> list[Event]:
    """Tell a recording to the same machines and write the same tables; return what happened.

    Errors: NotARecording, OSError, SQLAlchemyError.
    """
    story, writer, told = Story(node, hotlines, wrapup), Writer(engine, node, 0), list[Event]()
    reconciliation = Reconciliation(story)
    await writer.open()
    for count, moment in enumerate(read_recording(path), 1):
        tell(story, reconciliation, moment)
        if count % BATCH == 0:
            told += await writer.commit(story.take())
    if changes := story.take():
        told += await writer.commit(changes)
    return told


def tell(story: Story, reconciliation: Reconciliation, moment: Moment) -> None:
    """One moment of a recording, told to the machines as the recorder would."""
    if isinstance(moment, Picture):
        reconciliation.begin(moment)
    elif moment.packet is not None:
        story.hear(moment.packet, moment.at)
    elif moment.change is LinkChange.CAUGHT_UP:
        reconciliation.finish()
    elif moment.change is LinkChange.CLOCK_SET:
        clock_set(story, moment.set_by)
    else:
        reconciliation.drop()
