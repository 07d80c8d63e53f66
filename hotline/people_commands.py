"""`hotline user …`: who may log in."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from .sentences import words
from .terminal import one_sentence, out, read_settings, refuse, say

commands = typer.Typer(help="People who log in.", no_args_is_help=True)


@commands.command("add")
def user_add(
    name: Annotated[str, typer.Argument(help="Login name: a-z, digits, dots; 2 to 32 signs.")],
    role: Annotated[str, typer.Option(help="agent, supervisor, admin or officer.")],
    extension: Annotated[str | None, typer.Option(help="Seat of an agent, such as 8001.")] = None,
    display_name: Annotated[str, typer.Option(help="Name shown to colleagues.")] = "",
    language: Annotated[str, typer.Option(help="zh or en.")] = "zh",
    password_stdin: Annotated[bool, typer.Option(help="Read the password from input.")] = False,
) -> None:
    """Add somebody who may log in."""
    from agent_console.accounts import NewUser

    from .people import add

    password = _asked_password(password_stdin)
    with one_sentence():
        _check_readable(password)
        new = NewUser(name, password, display_name or name, role, extension, language)
        added = add(read_settings(), new)
        seat = added.extension or ""
        say(
            f"{added.username}:已添加，{added.role} {seat}".rstrip(),
            f"{added.username}: added, {added.role} {seat}".rstrip(),
        )


@commands.command("list")
def user_list() -> None:
    """Everybody who may log in, and who no longer may."""
    from .people import listed

    with one_sentence():
        found = listed(read_settings())
    table = Table(show_edge=False, pad_edge=False)
    headings = (("用户名", "name"), ("角色", "role"), ("坐席", "seat"), ("显示名", "shown as"))
    for heading in (*(words(*each) for each in headings), words("添加于", "since"), ""):
        table.add_column(heading, overflow="fold")
    for account in found:
        one = account.user
        since = account.created_at.astimezone().strftime("%Y-%m-%d")
        closed = f"[red]{words('已停用', 'closed')}[/]" if account.disabled else ""
        seat = one.extension or ""
        table.add_row(one.username, one.role, seat, escape(one.display_name), since, closed)
    out.print(
        table if found else words("还没有人：hotline user add", "nobody yet: hotline user add")
    )


@commands.command("passwd")
def user_passwd(
    name: Annotated[str, typer.Argument(help="Login name.")],
    password_stdin: Annotated[bool, typer.Option(help="Read the password from input.")] = False,
) -> None:
    """Give somebody a new password; every login of theirs ends."""
    from .people import change_password

    password = _asked_password(password_stdin)
    with one_sentence():
        _check_readable(password)
        change_password(read_settings(), name, password)
        say(f"{name}:密码已更改，其登录全部失效", f"{name}: password changed, every login ended")


@commands.command("close")
def user_close(name: Annotated[str, typer.Argument(help="Login name.")]) -> None:
    """Let somebody in no more; every login of theirs ends, what they did stays."""
    from .people import let_in

    with one_sentence():
        let_in(read_settings(), name, allowed=False)
        say(f"{name}:已停用，其登录全部失效", f"{name}: closed, every login ended")


@commands.command("open")
def user_open(name: Annotated[str, typer.Argument(help="Login name.")]) -> None:
    """Let somebody in again."""
    from .people import let_in

    with one_sentence():
        let_in(read_settings(), name, allowed=True)
        say(f"{name}:可以登录", f"{name}: may log in")


def _asked_password(from_input: bool) -> str:
    if from_input:
        line = sys.stdin.buffer.readline().rstrip(b"\r\n")
        return line.decode("utf-8", "surrogateescape")
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


def _check_readable(password: str) -> None:
    if not password.isprintable():  # bytes that are not UTF-8 are not printable either
        refuse(
            "password_malformed",
            "密码只能由可显示的 UTF-8 字符组成",
            "a password is made of visible UTF-8 characters",
        )
