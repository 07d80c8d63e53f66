"""`hotline exchange …`: what sub-centres prove themselves with at our interface."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table

from .sentences import words
from .terminal import one_sentence, out, read_settings, refuse, say

commands = typer.Typer(help="Credentials of sub-centres.", no_args_is_help=True)
SHOWN_SIGNS = 4


@commands.command("list")
def exchange_list() -> None:
    """Every sub-centre, and the last signs of its credential, to tell which one it uses."""
    from .composition import line

    with one_sentence():
        found = line(read_settings(), keep=False)
        kept = found.settings.secrets_file.exists()
    table = Table(show_edge=False, pad_edge=False)
    for heading in (("号码", "number"), ("名称", "name"), ("凭证", "credential")):
        table.add_column(words(*heading), overflow="fold")
    for centre in found.catalogue.sub_centres:
        named = found.catalogue.hotline(centre.number)
        name = words(named.name_zh, named.name_en) if named else ""
        token = found.passwords.exchange[centre.number][-SHOWN_SIGNS:] if kept else ""
        table.add_row(centre.number, name, f"…{token}" if token else "–")
    out.print(table)


@commands.command("rotate")
def exchange_rotate(
    number: Annotated[str, typer.Argument(help="The sub-centre's number, such as 12366.")],
) -> None:
    """Give a sub-centre a new credential, shown this once; the old one counts no more."""
    from routing.loader import load_catalogue

    from .composition import own
    from .secrets_file import new_token

    with one_sentence():
        settings = read_settings()
        if number not in {one.number for one in load_catalogue(settings.catalogue).sub_centres}:
            refuse(
                "sub_centre_unknown",
                f"目录中没有号码为 {number!r} 的分中心",
                f"no sub-centre of the catalogue has the number {number!r}",
            )
        own(settings.home)
        token = new_token(settings.secrets_file, number)
        say(
            f"{number} 的新凭证(只显示这一次，旧凭证立即失效):",
            f"The new credential of {number} (shown this once; the old one counts no more):",
        )
        print(token)
