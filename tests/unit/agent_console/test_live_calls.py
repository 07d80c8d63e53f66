"""Which calls the console keeps in its memory."""

from datetime import UTC, datetime

from agent_console.live_calls import LiveCalls
from call_events.events import Event, EventType

NOON = datetime(2026, 3, 2, 4, tzinfo=UTC)


def tell(calls: LiveCalls, call_id: str, *types: EventType) -> None:
    for kind in types:
        calls.follow(Event(1, kind, NOON, call_id=call_id))


def test_calls_that_have_ended_are_forgotten_before_one_that_waits() -> None:
    calls = LiveCalls(most=10, ended_most=2)
    tell(calls, "n1-1.1", EventType.CALL_ARRIVED, EventType.CALL_QUEUED)

    for number in range(2, 7):
        tell(calls, f"n1-{number}.1", EventType.CALL_ARRIVED, EventType.CALL_ENDED)

    kept = [number for number in range(1, 7) if calls.get(f"n1-{number}.1") is not None]
    assert kept == [1, 5, 6]


def test_beyond_all_bounds_the_oldest_is_forgotten_even_if_it_waits() -> None:
    calls = LiveCalls(most=3, ended_most=2)

    for number in range(1, 6):
        tell(calls, f"n1-{number}.1", EventType.CALL_ARRIVED, EventType.CALL_QUEUED)

    kept = [number for number in range(1, 6) if calls.get(f"n1-{number}.1") is not None]
    assert kept == [3, 4, 5]
