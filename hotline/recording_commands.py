"""`hotline record`, `hotline replay`: an AMI stream saved, and told again."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .terminal import one_sentence, out, read_settings


def record(
    file: Annotated[Path, typer.Argument(help="The file to write; there must be none yet.")],
    mask: Annotated[
        bool, typer.Option("--mask", help="Another number for each caller, always the same one.")
    ] = False,
) -> None:
    """Save what Asterisk says, with the time, until Ctrl-C."""
    from .recording import record as save

    with one_sentence():
        packets = save(read_settings(), file, mask)
        out.print(f"{packets} packets in {file}", highlight=False)


def replay(
    file: Annotated[Path, typer.Argument(help="What `hotline record` wrote, or any AMI stream.")],
    database: Annotated[
        Path | None, typer.Option(help="A new SQLite file to keep the rows in.")
    ] = None,
) -> None:
    """Tell a recording again to a fresh database, and print its story."""
    from .recording import replay as tell

    with one_sentence():
        for sentence in tell(read_settings(), file, database):
            print(sentence)
