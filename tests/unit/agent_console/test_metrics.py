"""/metrics, its alarms and its dashboard: they speak of the same things, and of nobody."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families
from redis.asyncio import Redis
from ruamel.yaml import YAML

from agent_console.alarms import BACKLOG_PACKETS, ILLEGAL_SECONDS, LAG_SECONDS, Alarm, alarms
from call_events.events import Event, EventType
from call_events.heartbeat import Pulse, tell
from call_events.tally import Tally
from tests.support.console import CALLER, NODE, Console

DEPLOY = Path(__file__).parents[3] / "deploy"
WELL = Pulse(reading=True, controlling=True, reconciled=True, committing=True, lag=0.0)
NAME = re.compile(r"\bhotline_[a-z_]+")
MAY_LABEL = {"account", "le", "outcome", "queue", "role", "state"}

GATHERED = datetime.now(UTC).timestamp()

Sample = dict[tuple[str, frozenset[tuple[str, str]]], float]


async def read(console: Console) -> tuple[Sample, str]:
    async with httpx.AsyncClient(base_url=console.origin) as prometheus:
        answer = await prometheus.get("/metrics")
    assert answer.status_code == 200
    samples = {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(answer.text)
        for sample in family.samples
    }
    return samples, answer.text


def value(samples: Sample, name: str, **labels: str) -> float:
    return samples[name, frozenset(labels.items())]


def pulse_of(tally: Tally, **more: object) -> Pulse:
    facts = {"reading": True, "controlling": True, "reconciled": True, "committing": True}
    return Pulse(**{**facts, "lag": 1.5, "backlog": 7, "unpublished": 3, **tally.told(), **more})


def busy_tally() -> Tally:
    tally, now = Tally(), datetime.now(UTC)
    ends = ["answered", "answered", "abandoned"]
    events = [Event(n, EventType.CALL_ENDED, now, data={"outcome": o}) for n, o in enumerate(ends)]
    tally.committed([*events, Event(9, EventType.ILLEGAL_MOVE, now)], 0.004)
    tally.committed([], 30.0)
    return tally


async def test_what_recorder_console_and_hall_know_is_counted(
    console: Console, redis: Redis
) -> None:
    await console.recorded_call("n1-1.1", queue="general-seats", state="queued",
                                queued_at=datetime.now(UTC))  # fmt: skip
    await tell(redis, NODE, pulse_of(busy_tally()))
    browser = await console.logged_in("first", extension="8001")
    async with console.screen(browser) as screen:
        await screen.next_of("Hello")
        samples, text = await read(console)
    assert value(samples, "hotline_calls_ended_total", outcome="answered") == 2
    assert value(samples, "hotline_calls_ended_total", outcome="abandoned") == 1
    assert value(samples, "hotline_illegal_moves_total") == 1
    assert value(samples, "hotline_calls_waiting", queue="general-seats") == 1
    assert value(samples, "hotline_websocket_clients", role="agent") == 1
    assert value(samples, "hotline_asterisk_link_up", account="recorder-reader") == 1
    assert value(samples, "hotline_log_lag_seconds") == 1.5
    assert value(samples, "hotline_recorder_backlog_packets") == 7
    assert value(samples, "hotline_commit_seconds_bucket", le="0.005") == 1
    assert value(samples, "hotline_commit_seconds_bucket", le="+Inf") == 2
    assert value(samples, "hotline_stream_lag_seconds") == 0
    assert CALLER not in text
    assert {label for _, labels in samples for label, _ in labels} <= MAY_LABEL


async def test_a_silent_recorder_is_told_as_one_and_its_counts_are_left_out(
    console: Console,
) -> None:
    samples, text = await read(console)
    assert value(samples, "hotline_recorder_up") == 0
    assert value(samples, "hotline_recorder_recording") == 0
    assert value(samples, "hotline_asterisk_link_up", account="recorder-reader") == 0
    assert "hotline_calls_ended" not in text


async def test_dashboard_and_alerts_use_only_metrics_that_exist(
    console: Console, redis: Redis
) -> None:
    await tell(redis, NODE, pulse_of(busy_tally()))
    await console.recorded_call("n1-1.1")
    browser = await console.logged_in("first", extension="8001")
    async with console.screen(browser) as screen:
        await screen.next_of("Hello")
        samples, _ = await read(console)
    there = {name for name, _ in samples}
    board = json.loads((DEPLOY / "grafana/hotline.json").read_text("utf-8"))
    shown = {name for panel in board["panels"] for target in panel["targets"]
             for name in NAME.findall(target["expr"])}  # fmt: skip
    rules = YAML(typ="safe").load((DEPLOY / "prometheus/alerts.yml").read_text("utf-8"))
    asked = {name for rule in rules["groups"][0]["rules"] for name in NAME.findall(rule["expr"])}
    assert shown - there == set()
    assert asked - there == set()
    documented = (DEPLOY.parent / "docs/watching.md").read_text("utf-8")
    series = re.compile(r"_(bucket|sum|count|created)$")
    assert {series.sub("", name) for name in there} - set(NAME.findall(documented)) == set()


def test_every_alarm_of_the_floor_is_a_rule_with_the_same_limit() -> None:
    rules = YAML(typ="safe").load((DEPLOY / "prometheus/alerts.yml").read_text("utf-8"))
    known = {
        rule["labels"]["alarm"]: rule["expr"]
        for rule in rules["groups"][0]["rules"]
        if "alarm" in rule["labels"]
    }
    assert set(known) == set(Alarm)
    assert known["backlog"].endswith(f"> {BACKLOG_PACKETS}")
    assert known["log_lag"].endswith(f"> {LAG_SECONDS:g}")
    assert f"[{ILLEGAL_SECONDS / 60:g}m]" in known["illegal_moves"]


@pytest.mark.parametrize(
    ("pulse", "raised"),
    [
        (None, [Alarm.RECORDER_SILENT]),
        (WELL, []),
        (pulse_of(Tally(), reading=False, committing=False),
         [Alarm.LINK_DOWN, Alarm.NOT_COMMITTING]),
        (pulse_of(Tally(), lag=31.0, backlog=5001), [Alarm.BACKLOG, Alarm.LOG_LAG]),
        (pulse_of(busy_tally()), [Alarm.ILLEGAL_MOVES]),
    ],
)  # fmt: skip
def test_what_is_wrong_raises_its_alarm(pulse: Pulse | None, raised: list[Alarm]) -> None:
    # The pulses were made when the tests were gathered, which may be a while ago.
    assert alarms(pulse, GATHERED) == raised


def test_an_illegal_move_of_the_morning_is_no_alarm_in_the_afternoon() -> None:
    pulse = pulse_of(busy_tally())
    assert pulse.last_illegal_move is not None
    assert alarms(pulse, pulse.last_illegal_move + ILLEGAL_SECONDS + 1) == []


async def test_the_floor_shows_the_alarms_of_the_moment(console: Console, redis: Redis) -> None:
    boss = await console.logged_in("boss", "supervisor")
    assert (await boss.get("/floor")).json()["alarms"] == ["recorder_silent"]
    await tell(redis, NODE, pulse_of(Tally(), reading=False))
    assert (await boss.get("/floor")).json()["alarms"] == ["link_down"]
    await tell(redis, NODE, WELL)
    assert (await boss.get("/floor")).json()["alarms"] == []
