"""`/metrics` for Prometheus: how the line is, without a word about anybody."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass
from typing import Any, Final, TypeVar, cast

from fastapi import APIRouter, Request, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from redis.exceptions import RedisError

from call_events.heartbeat import Pulse, last_pulse
from call_events.stream import newest_id
from call_events.tally import COMMIT_SECONDS
from database.errors import AWAY

from .access import Parts, fanout_of
from .deps import Deps
from .fanout import Fanout
from .floor import Floor
from .schemas import FloorRead

router = APIRouter(tags=["health"])

ANSWER_SECONDS: Final = 2.0
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Seen:
    """What could be learned in time; None where nobody answered."""

    floor: FloorRead | None
    pulse: Pulse | None
    newest_id: str | None
    followed_id: str | None
    sockets: Counter[str]
    console_link: bool

    def collect(self) -> Iterator[Metric]:
        """Every metric of the line, as prometheus_client asks for them."""
        yield from _links(self)
        yield from _stream(self)
        if self.floor is not None:
            yield from _hall(self.floor)
        if self.pulse is not None:
            yield from _recorder(self.pulse)


@router.get("/metrics", include_in_schema=False)
async def metrics(request: Request, deps: Parts) -> Response:
    """Everything there is to watch; what cannot be asked in time is left out."""
    seen = await _look(deps, cast(Floor, request.app.state.floor), fanout_of(request))
    # A registry is whatever can be collected; ours lives for one answer.
    return Response(generate_latest(cast(Any, seen)), media_type=CONTENT_TYPE_LATEST)


async def _look(deps: Deps, floor: Floor, fanout: Fanout) -> Seen:
    hall, pulse, newest = await asyncio.gather(
        _within(floor.read()),
        _within(last_pulse(deps.redis, deps.node)),
        _within(newest_id(deps.redis)),
    )
    sockets = Counter(str(box.user.role) for box in fanout.boxes)
    link = deps.asterisk_reachable()
    return Seen(hall, pulse, newest, fanout.last_id, sockets, link)


async def _within(answer: Awaitable[T]) -> T | None:
    try:
        async with asyncio.timeout(ANSWER_SECONDS):
            return await answer
    except (RedisError, *AWAY):
        return None


def _links(seen: Seen) -> Iterator[Metric]:
    pulse = seen.pulse
    up = GaugeMetricFamily(
        "hotline_asterisk_link_up", "1 while the AMI link is up.", labels=("account",)
    )
    up.add_metric(("console",), seen.console_link)
    up.add_metric(("recorder-reader",), pulse is not None and pulse.reading)
    up.add_metric(("recorder-controller",), pulse is not None and pulse.controlling)
    yield up
    yield GaugeMetricFamily(
        "hotline_recorder_up", "1 while the recorder has a pulse.", value=pulse is not None
    )
    recording = pulse is not None and pulse.recording
    yield GaugeMetricFamily(
        "hotline_recorder_recording", "1 while calls become rows.", value=recording
    )


def _stream(seen: Seen) -> Iterator[Metric]:
    yield GaugeMetricFamily(
        "hotline_redis_up", "1 while Redis answers the console.", value=seen.newest_id is not None
    )
    yield GaugeMetricFamily(
        "hotline_database_up", "1 while the database answers.", value=seen.floor is not None
    )
    if seen.newest_id is not None and seen.followed_id is not None:
        behind = max(0, _moment(seen.newest_id) - _moment(seen.followed_id)) / 1000
        yield GaugeMetricFamily(
            "hotline_stream_lag_seconds", "Age of what the console has yet to send.", value=behind
        )
    clients = GaugeMetricFamily(
        "hotline_websocket_clients", "Browsers connected now.", labels=("role",)
    )
    for role, count in seen.sockets.items():
        clients.add_metric((role,), count)
    yield clients


def _hall(floor: FloorRead) -> Iterator[Metric]:
    waiting = GaugeMetricFamily("hotline_calls_waiting", "Callers waiting now.", labels=("queue",))
    longest = GaugeMetricFamily(
        "hotline_longest_wait_seconds", "The longest of those waits.", labels=("queue",)
    )
    for queue in floor.queues:
        waiting.add_metric((queue.name,), queue.waiting)
        longest.add_metric((queue.name,), queue.longest_wait_ms / 1000)
    yield from (waiting, longest)
    agents = GaugeMetricFamily("hotline_agents", "Agents by what they do now.", labels=("state",))
    for state, count in Counter(agent.state for agent in floor.agents).items():
        agents.add_metric((state,), count)
    yield agents


def _recorder(pulse: Pulse) -> Iterator[Metric]:
    ended = CounterMetricFamily(
        "hotline_calls_ended", "Calls recorded, by how they ended.", labels=("outcome",)
    )
    for outcome, count in pulse.ended.items():
        ended.add_metric((outcome,), count)
    yield ended
    yield CounterMetricFamily(
        "hotline_illegal_moves", "Events that came out of order.", value=pulse.illegal_moves
    )
    yield GaugeMetricFamily(
        "hotline_log_lag_seconds", "How far Asterisk's own logs are read behind.", value=pulse.lag
    )
    yield GaugeMetricFamily(
        "hotline_recorder_backlog_packets", "Heard and not handled yet.", value=pulse.backlog
    )
    yield GaugeMetricFamily(
        "hotline_recorder_unpublished_events",
        "Committed and not on the stream yet.",
        value=pulse.unpublished,
    )
    yield GaugeMetricFamily(
        "hotline_recorder_committing", "1 while rows are taken.", value=pulse.committing
    )
    commits = HistogramMetricFamily("hotline_commit_seconds", "Seconds of one transaction.")
    buckets, total = [], 0
    ends = [*(str(seconds) for seconds in COMMIT_SECONDS), "+Inf"]
    for end, count in zip(ends, pulse.commits, strict=False):
        total += count
        buckets.append((end, total))
    if buckets:
        commits.add_metric((), buckets, pulse.commit_seconds)
        yield commits


def _moment(stream_id: str) -> int:
    return int(stream_id.partition("-")[0])
