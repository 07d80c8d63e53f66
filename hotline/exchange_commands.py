"""`hotline exchange …`: what sub-centres prove themselves with at our interface."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.table import Table

from .secrets_file import ending
from .sentences import words
from .settings import Settings
from .terminal import one_sentence, out, read_settings, refuse, say

commands = typer.Typer(help="Credentials of sub-centres.", no_args_is_help=True)
SHOWN_SIGNS = 4
# Long enough for the other side's people to come to work, and for them to be asked twice.
HOURS = 24
HOURS_MOST = 168

Number = Annotated[str, typer.Argument(help="The sub-centre's number, such as 12366.")]


@commands.command("list")
def exchange_list() -> None:
    """Every sub-centre, and the last signs of its credential, to tell which one it uses."""
    from .composition import line

    with one_sentence():
        found = line(read_settings(), keep=False)
        kept = found.settings.secrets_file.exists()
    table = Table(show_edge=False, pad_edge=False)
    for heading in (
        ("号码", "number"), ("名称", "name"), ("凭证", "credential"), ("旧凭证", "before it")
    ):  # fmt: skip
        table.add_column(words(*heading), overflow="fold")
    now, zone = datetime.now(UTC), found.catalogue.index.zone
    for centre in found.catalogue.sub_centres:
        named = found.catalogue.hotline(centre.number)
        name = words(named.name_zh, named.name_en) if named else ""
        token = found.passwords.exchange[centre.number][-SHOWN_SIGNS:] if kept else ""
        before = [
            f"…{one['token'][-SHOWN_SIGNS:]} {words('至', 'until')} "
            f"{datetime.fromisoformat(one['until']).astimezone(zone):%m-%d %H:%M}"
            for one in ending(found.passwords.exchange_ending.get(centre.number), now)
        ]
        shown = f"…{token}" if token else "–"
        table.add_row(centre.number, name, shown, "\n".join(before) or "–")
    out.print(table)


@commands.command("rotate")
def exchange_rotate(
    number: Number,
    hours: Annotated[
        int,
        typer.Option(
            "--hours",
            min=0,
            max=HOURS_MOST,
            help="How long the old one counts beside it; 0 where it has become known to others.",
        ),
    ] = HOURS,
) -> None:
    """Give a sub-centre a new credential, shown this once; the old one counts for some hours."""
    from .secrets_file import new_token

    with one_sentence():
        settings, zone = _settings_of(number)
        now = datetime.now(UTC)
        until = now + timedelta(hours=hours)
        token = new_token(settings.secrets_file, number, until, now)
        ends = f"{until.astimezone(zone):%Y-%m-%d %H:%M}"
        say(
            f"{number} 的新凭证(只显示这一次，旧凭证{f'至 {ends} 有效' if hours else '立即失效'}):",
            f"The new credential of {number} (shown this once; the old one counts "
            f"{f'until {ends}' if hours else 'no more'}):",
        )
        print(token)


@commands.command("end")
def exchange_end(number: Number) -> None:
    """Of a sub-centre's credentials only the newest counts: it has taken that into use."""
    from .secrets_file import end_tokens

    with one_sentence():
        settings, _ = _settings_of(number)
        end_tokens(settings.secrets_file, number)
        say(f"{number} 只有最新的凭证有效。", f"Only the newest credential of {number} counts.")


def _settings_of(number: str) -> tuple[Settings, ZoneInfo]:
    """The line's settings and its city's time, where the catalogue has this sub-centre."""
    from routing.loader import load_catalogue

    from .composition import own

    settings = read_settings()
    catalogue = load_catalogue(settings.catalogue)
    if number not in {one.number for one in catalogue.sub_centres}:
        refuse(
            "sub_centre_unknown",
            f"目录中没有号码为 {number!r} 的分中心",
            f"no sub-centre of the catalogue has the number {number!r}",
        )
    own(settings.home)
    return settings, catalogue.index.zone
