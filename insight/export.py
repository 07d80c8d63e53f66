"""A report as a table that Excel opens: UTF-8 with its mark, headings in Chinese, one row each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from .report import By, Report

# Excel takes a file without it for the machine's old code page.
BOM: Final = "\ufeff"
KEYS: Final = {
    By.HOTLINE: ("热线号码", "hotline"),
    By.QUEUE: ("队列", "queue"),
    By.AGENT: ("分机", "agent"),
    By.INTERVAL: ("时段起点", "interval"),
}
# Figure → heading (zh, en); times in seconds, rates in per cent.
HEADINGS: Final[dict[str, tuple[str, str]]] = {
    "offered": ("呼入", "offered"),
    "answered": ("接通", "answered"),
    "answered_elsewhere": ("其中转分中心或紧急号码接通", "of which elsewhere"),
    "abandoned": ("放弃", "abandoned"),
    "abandoned_short": ("短时放弃", "abandoned short"),
    "abandoned_long": ("长时放弃", "abandoned long"),
    "interrupted": ("中断", "interrupted"),
    "refused": ("拒接", "refused"),
    "call_back": ("约定回拨", "call-back accepted"),
    "message": ("留言", "left a message"),
    "turned_away": ("未能接入", "turned away"),
    "in_progress": ("进行中", "in progress"),
    "moved_on": ("转出本队列", "moved on"),
    "answered_15s": ("15秒内接通", "in 15 s"),
    "answered_30s": ("30秒内接通", "in 30 s"),
    "connected_rate": ("接通率(%)", "connected %"),
    "rate_15s": ("15秒接通率(%)", "in 15 s %"),
    "rate_30s": ("30秒接通率(%)", "in 30 s %"),
    "mean_wait_ms": ("平均等待(秒)", "mean wait s"),
    "p90_wait_ms": ("90分位等待(秒)", "90th pct wait s"),
    "mean_queue_wait_ms": ("平均排队(秒)", "mean queue wait s"),
    "mean_abandon_ms": ("平均放弃前等待(秒)", "mean patience s"),
    "missed": ("未接", "missed"),
    "talk_ms": ("通话时长(秒)", "talk s"),
    "mean_talk_ms": ("平均通话(秒)", "mean talk s"),
    "hold_ms": ("保持时长(秒)", "hold s"),
    "mean_hold_ms": ("平均保持(秒)", "mean hold s"),
    "wrapup_ms": ("话后处理时长(秒)", "wrap-up s"),
    "mean_wrapup_ms": ("平均话后处理(秒)", "mean wrap-up s"),
    "rated": ("评价", "rated"),
    "satisfied": ("满意", "satisfied"),
    "satisfied_rate": ("满意率(%)", "satisfied %"),
    "present_ms": ("可接时长(秒)", "present s"),
    "busy_ms": ("忙碌时长(秒)", "busy s"),
    "occupancy": ("占用率(%)", "occupancy %"),
}


def table(report: Report, zone: ZoneInfo, language: int = 0) -> Iterator[list[str]]:
    """Headings, rows, and at the end the total of all calls (not of agents: theirs are parts)."""
    agents = report.by is By.AGENT
    figures = [row.figures for row in report.rows] + ([] if agents else [report.total])
    names = [name for name in HEADINGS if figures and hasattr(figures[0], name)]
    yield [KEYS[report.by][language], ("名称", "name")[language]] + [
        HEADINGS[name][language] for name in names
    ]
    for row in report.rows:
        key = _clock(row.key, zone) if report.by is By.INTERVAL else row.key
        name = (row.name_zh, row.name_en)[language]
        yield [key, name] + [shown(one, getattr(row.figures, one)) for one in names]
    if not agents:
        total = [shown(name, getattr(report.total, name)) for name in names]
        yield [("合计", "total")[language], "", *total]


def as_csv(report: Report, zone: ZoneInfo) -> str:
    """The whole file."""
    text = io.StringIO()
    csv.writer(text).writerows(table(report, zone))
    return BOM + text.getvalue()


def shown(name: str, value: float | None) -> str:
    """A figure as people read it: seconds with one digit, per cent with two, else whole."""
    if value is None:
        return ""
    if name.endswith("_ms"):
        return f"{value / 1000:.1f}"
    if name.endswith("_rate") or name.startswith("rate_") or name == "occupancy":
        return f"{value * 100:.2f}"
    return str(value)


def _clock(key: str, zone: ZoneInfo) -> str:
    return datetime.fromisoformat(key).astimezone(zone).strftime("%Y-%m-%d %H:%M")
