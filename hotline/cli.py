"""The command line: one function a command, each a few lines over a module of its own."""

from __future__ import annotations

import asyncio
import os
import re
import sys
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.markup import escape
from rich.table import Table

from . import exchange_commands as exchange
from . import people_commands as people
from . import recording_commands as recording
from .sentences import words
from .terminal import one_sentence, out, read_settings, refuse, say

app = typer.Typer(help="12345: a city's line.", no_args_is_help=True, add_completion=False)
conf = typer.Typer(help="Asterisk's configuration.", no_args_is_help=True)
app.add_typer(conf, name="conf")
app.add_typer(people.commands, name="user")
app.add_typer(exchange.commands, name="exchange")
app.command()(recording.record)
app.command()(recording.replay)

# What QUEUESTATUS and DIALSTATUS may be, or a key during what is said.
RESULT = re.compile(r"key:[0-9*#]|[A-Z]{2,20}", re.ASCII)
CLOCK = re.compile(r"[0-2][0-9]:[0-5][0-9]", re.ASCII)
VERDICTS = {"ok": "[green]✓[/]", "note": "[yellow]·[/]", "bad": "[red]✗[/]"}


@app.callback()
def closed_to_others() -> None:
    """12345: a city's line."""
    # Whatever a command writes may hold a caller's number or a password.
    os.umask(0o077)


@app.command()
def up(
    demo: Annotated[bool, typer.Option(help="With demo logins and synthetic callers.")] = False,
) -> None:
    """Run the line until Ctrl-C."""
    from .up import up as run  # the other commands start faster without it

    with one_sentence():
        settings = read_settings()
        raise typer.Exit(run(settings, demo or settings.demo, out))


@app.command()
def doctor() -> None:
    """Look at every dependency: found, version, reachable, what to do."""
    from .doctor import Verdict, examine

    with one_sentence():
        findings = examine(read_settings())
    table = Table(show_edge=False, pad_edge=False)
    headings = (("检查", "what"), ("结果", "found"), ("怎么办", "what to do"))
    for heading in ("", *(words(*each) for each in headings)):
        table.add_column(heading, overflow="fold")
    for finding in findings:
        table.add_row(VERDICTS[finding.verdict], finding.name, finding.found, finding.todo)
    out.print(table)
    raise typer.Exit(any(finding.verdict is Verdict.BAD for finding in findings))


@app.command()
def call(
    number: Annotated[str, typer.Argument(help="The number to dial, such as 12345.")],
    caller: Annotated[str, typer.Option(help="The caller's number.")] = "10000000000",
    keys: Annotated[str, typer.Option(help="Keys pressed while the greeting plays.")] = "",
    seconds: Annotated[float, typer.Option(help="How long the caller stays.")] = 15.0,
) -> None:
    """Place one real SIP call, with audio, and tell what happened."""
    from .call_report import report
    from .demo_caller import caller_audio
    from .placed_call import CallPlan, place_call

    with one_sentence():
        settings = read_settings()
        CallPlan(number, caller, keys, talk_seconds=seconds).check()
        sounds = caller_audio(settings.home / "caller")
        plan = CallPlan(
            number, caller, keys, talk_seconds=seconds, audio=sounds[0] if sounds else b""
        )
        line = (settings.sip_host, settings.sip_port)
        placed = asyncio.run(place_call(plan, settings.trunk_host, line))
    sentences, answered = report(plan, placed, line)
    for sentence in sentences:
        out.print(sentence, highlight=False)
    raise typer.Exit(not answered)


@app.command()
def simulate(
    number: Annotated[str, typer.Argument(help="The number dialled.")],
    at: Annotated[str, typer.Option(help="City time, 2026-05-01T09:30; now if left out.")] = "",
    results: Annotated[
        str, typer.Option(help="One path: results of the steps, such as key:1,TIMEOUT.")
    ] = "",
) -> None:
    """Tell the steps a call would take, without making it."""
    from routing.loader import load_catalogue
    from routing.simulate import simulate as steps

    from .placed_call import NUMBER

    with one_sentence():
        if not NUMBER.fullmatch(number):
            refuse(
                "number_malformed",
                f"号码应为 3 至 20 位数字，现为 {number!r}",
                f"a number has 3 to 20 digits, not {number!r}",
            )
        catalogue = load_catalogue(read_settings().catalogue)
        when = _moment(at, ZoneInfo(catalogue.city.timezone))
        path = [result for result in results.split(",") if result] or None
        for result in path or ():
            if not RESULT.fullmatch(result):
                refuse(
                    "result_malformed",
                    f"结果应如 key:1、TIMEOUT、JOINEMPTY、NOANSWER、ANSWER,现为 {result!r}",
                    "a result is written like key:1, TIMEOUT, JOINEMPTY, NOANSWER or ANSWER,"
                    f" not {result!r}",
                )
        for step in steps(catalogue, number, when, results=path):
            print(step.text(words("zh", "en")))


@app.command()
def backfill(
    since: Annotated[
        str, typer.Option(help="City time, 2026-05-01T09:30: only calls that ended since then.")
    ] = "",
) -> None:
    """Fill what the recorder missed, from Asterisk's own logs; changes nothing that is right."""
    from routing.loader import load_catalogue

    from .backfill import backfill as fill

    with one_sentence():
        settings = read_settings()
        zone = ZoneInfo(load_catalogue(settings.catalogue).city.timezone)
        filled = fill(settings, _moment(since, zone) if since else None)
    for call_id in filled.added:
        out.print(f"+ {call_id}", highlight=False)
    for call_id in filled.corrected:
        out.print(f"~ {call_id}", highlight=False)
    added, corrected = len(filled.added), len(filled.corrected)
    say(
        f"日志中有 {filled.read} 通电话：补录 {added} 通，更正 {corrected} 通，"
        f"事件 {filled.events} 条；{filled.faults} 行无法读取",
        f"{filled.read} calls in the logs: {added} added, {corrected} corrected,"
        f" {filled.events} events; {filled.faults} lines could not be read",
    )


@app.command()
def figures(
    start: Annotated[
        str, typer.Option("--from", help="City time, 2026-05-01 or 2026-05-01T09:30.")
    ] = "",
    end: Annotated[str, typer.Option("--to", help="The end; a bare day is a whole day.")] = "",
    by: Annotated[str, typer.Option(help="hotline, queue, agent or interval.")] = "hotline",
    interval: Annotated[str, typer.Option(help="15min, hour or day.")] = "hour",
    csv: Annotated[bool, typer.Option("--csv", help="Write a file for Excel to output.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Recount from Asterisk's logs; exit 1 if they differ.")
    ] = False,
) -> None:
    """Tell today's figures, or those of a range, and whether the logs agree."""
    from insight.intervals import Interval
    from insight.report import By

    from . import figures as counted

    with one_sentence():
        if check:
            result = counted.recounted(read_settings(), start, end)
            for sentence in counted.told(result):
                print(sentence)
            raise typer.Exit(bool(result.differences))
        if by not in set(By) or interval not in set(Interval):
            refuse(
                "grouping_unknown",
                "--by 须为 hotline、queue、agent 或 interval,--interval 须为 15min、hour 或 day",
                "--by is hotline, queue, agent or interval; --interval is 15min, hour or day",
            )
        found, catalogue = counted.figures(read_settings(), start, end, By(by), Interval(interval))
        if csv:
            sys.stdout.write(counted.csv_text(found, catalogue))
            return
        headings, *rows = counted.rows(found, catalogue)
    shown = Table(show_edge=False, pad_edge=False)
    for heading in headings:
        shown.add_column(heading, overflow="fold")
    for row in rows:
        shown.add_row(*row)
    out.print(shown)


@conf.command("check")
def conf_check() -> None:
    """Check the catalogue and what would be rendered from it; changes nothing."""
    from .configuration import check

    with one_sentence():
        catalogue, files = check(read_settings())
        numbers, queues = len(catalogue.hotlines), len(catalogue.queues)
        seats = len(catalogue.index.seats)
        say(
            f"{catalogue.city.code}:{numbers} 个号码、{queues} 个队列、{seats} 个坐席；"
            f"可生成 {files} 个文件",
            f"{catalogue.city.code}: {numbers} numbers, {queues} queues, {seats} seats;"
            f" {files} files can be rendered.",
        )


@conf.command("render")
def conf_render(
    folder: Annotated[Path, typer.Argument(help="Where to write the files.")],
) -> None:
    """Write Asterisk's configuration into a folder; passwords included, so mode 0600."""
    from .configuration import render_into

    with one_sentence():
        written = len(render_into(read_settings(), folder))
        say(f"已向 {folder} 写入 {written} 个文件", f"{written} files written to {folder}")


@conf.command("apply")
def conf_apply() -> None:
    """Render, write, reload what changed, and read back from the running Asterisk.

    Exit code 0: Asterisk runs what was rendered; 1: it does not, or only after a restart; 2:
    refused, nothing was changed.
    """
    from .configuration import apply_to_running, told

    with one_sentence():
        applied = apply_to_running(read_settings())
    for zh, en, colour in told(applied):
        say(f"[{colour}]{escape(zh)}[/]", f"[{colour}]{escape(en)}[/]")
    raise typer.Exit(not applied.proved)


def _moment(at: str, zone: ZoneInfo) -> datetime:
    if not at:
        return datetime.now(zone)
    try:
        today = f"{datetime.now(zone).date()}T" if CLOCK.fullmatch(at) else ""
        moment = datetime.fromisoformat(f"{today}{at}")
    except ValueError:
        refuse(
            "time_malformed",
            f"时间应如 2026-05-01T09:30 或 21:00,现为 {at!r}",
            f"write the time like 2026-05-01T09:30 or 21:00, not {at!r}",
        )
    return moment if moment.tzinfo else moment.replace(tzinfo=zone)
