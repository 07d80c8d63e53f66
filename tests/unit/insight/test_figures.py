"""The figures of a set of calls: small ones by hand, and what holds for every set."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.calls import CallFacts, Fate, fate_of, in_its_queues
from insight.figures import CallFigures, Tally, mean, percentile

NOON = datetime(2026, 11, 23, 4, tzinfo=UTC)


def call(fate: Fate, wait: float = 0.0, stay: float = 0.0, **facts: object) -> CallFacts:
    """A call that came at noon; `wait` seconds until a person, or `stay` until it was given up."""
    answered = fate in (Fate.ANSWERED, Fate.ELSEWHERE)
    return CallFacts(
        **{
            "call_id": "n1-1.1",
            "hotline": "12345",
            "fate": fate,
            "arrived_at": NOON,
            "answered_at": NOON + timedelta(seconds=wait) if answered else None,
            "ended_at": NOON + timedelta(seconds=wait + stay),
            **facts,
        }  # type: ignore[arg-type]
    )


def figures_of(calls: Iterable[CallFacts], **options: float) -> CallFigures:
    tally = Tally(**options)
    for one in calls:
        tally.add(one)
    return tally.figures()


def parts(figures: CallFigures) -> int:
    return (
        figures.answered
        + figures.abandoned
        + figures.interrupted
        + figures.refused
        + figures.call_back
        + figures.message
        + figures.turned_away
        + figures.in_progress
        + figures.moved_on
    )


def test_a_small_hour_counted_by_hand() -> None:
    figures = figures_of(
        [
            call(
                Fate.ANSWERED, 4, talk_ms=60_000, hold_ms=10_000, wrapup_ms=30_000, satisfaction=5
            ),
            call(Fate.ANSWERED, 15, talk_ms=120_000, satisfaction=4),
            call(Fate.ANSWERED, 15.001, talk_ms=90_000, satisfaction=3),
            call(Fate.ELSEWHERE, 30, talk_ms=999_000),
            call(Fate.ANSWERED, 61),
            call(Fate.ABANDONED, stay=5),
            call(Fate.ABANDONED, stay=5.001),
            call(Fate.INTERRUPTED),
            call(Fate.REFUSED),
            call(Fate.IN_PROGRESS),
        ]
    )
    assert (figures.offered, figures.answered, figures.answered_elsewhere) == (10, 5, 1)
    assert (figures.abandoned, figures.abandoned_short, figures.abandoned_long) == (2, 1, 1)
    assert (figures.interrupted, figures.refused, figures.in_progress) == (1, 1, 1)
    assert (figures.answered_15s, figures.answered_30s) == (2, 4)
    # Of all offered, not of the answered: 2 ÷ 10.
    assert (figures.connected_rate, figures.rate_15s, figures.rate_30s) == (0.5, 0.2, 0.4)
    assert figures.mean_wait_ms == round((4000 + 15_000 + 15_001 + 30_000 + 61_000) / 5)
    assert figures.p90_wait_ms == 61_000
    assert figures.mean_abandon_ms == 5000  # 5000.5 ms, halves to the even
    # What others talked is not our agents' work.
    assert (figures.talk_ms, figures.mean_talk_ms) == (270_000, 90_000)
    assert (figures.hold_ms, figures.mean_hold_ms) == (10_000, 2500)
    assert (figures.wrapup_ms, figures.mean_wrapup_ms) == (30_000, 7500)
    # Of those who answered the survey, not of all.
    assert (figures.rated, figures.satisfied, figures.satisfied_rate) == (3, 2, 2 / 3)


def test_of_no_calls_nothing_is_divided() -> None:
    figures = figures_of([])
    assert figures.offered == parts(figures) == figures.talk_ms == 0
    assert figures.connected_rate is figures.mean_wait_ms is figures.p90_wait_ms is None


def test_what_counts_as_a_short_abandon_can_be_set() -> None:
    assert figures_of([call(Fate.ABANDONED, stay=8)], short_seconds=10).abandoned_short == 1


def test_a_wait_over_a_clock_set_back_is_zero() -> None:
    assert figures_of([call(Fate.ANSWERED, -3600)]).mean_wait_ms == 0


@pytest.mark.parametrize(
    ("outcome", "answered", "fate"),
    [
        ("answered", True, Fate.ANSWERED),
        (None, True, Fate.ANSWERED),
        (None, False, Fate.IN_PROGRESS),
        ("abandoned", False, Fate.ABANDONED),
        ("abandoned", True, Fate.ANSWERED),
        ("interrupted", True, Fate.ANSWERED),
        ("interrupted", False, Fate.INTERRUPTED),
        ("refused", False, Fate.REFUSED),
        ("call_back", False, Fate.CALL_BACK),
        ("message", False, Fate.MESSAGE),
        ("message", True, Fate.ANSWERED),
        ("turned_away", False, Fate.TURNED_AWAY),
        ("sub_centre", True, Fate.ELSEWHERE),
        ("emergency", True, Fate.ELSEWHERE),
    ],
)
def test_what_became_of_a_call(outcome: str | None, answered: bool, fate: Fate) -> None:
    assert fate_of(outcome, answered) is fate


def test_a_call_counts_once_in_each_queue_it_entered_and_ends_in_one() -> None:
    there = in_its_queues(
        call(Fate.ANSWERED, 40, queue="general-seats"),
        ["expert-12333", "general-seats", "general-seats"],
        None,
    )
    assert [(queue, one.fate) for queue, one in there] == [
        ("expert-12333", Fate.MOVED_ON),
        ("general-seats", Fate.ANSWERED),
    ]


def test_who_hangs_up_between_two_queues_abandons_neither() -> None:
    between = call(Fate.ABANDONED, stay=33, queue="expert-12333")
    ((_, there),) = in_its_queues(between, ["expert-12333"], None)
    assert there.fate is Fate.MOVED_ON
    ((_, there),) = in_its_queues(between, ["expert-12333"], "expert-12333")
    assert there.fate is Fate.ABANDONED
    assert in_its_queues(between, [], None) == []


SECONDS = st.floats(0, 10_000)
CALLS = st.builds(
    call,
    st.sampled_from(Fate),
    SECONDS,
    SECONDS,
    talk_ms=st.none() | st.integers(0, 10**7),
    queue=st.sampled_from(["a", "b", "c"]),
)


@given(st.lists(CALLS))
def test_the_parts_are_the_whole_and_faster_is_fewer(calls: list[CallFacts]) -> None:
    figures = figures_of(calls)
    assert parts(figures) == figures.offered == len(calls)
    assert figures.abandoned_short + figures.abandoned_long == figures.abandoned
    assert 0 <= figures.answered_15s <= figures.answered_30s <= figures.answered
    assert figures.answered_elsewhere <= figures.answered
    for rate in (figures.connected_rate, figures.rate_15s, figures.rate_30s):
        assert rate is None or 0 <= rate <= 1


@given(st.lists(CALLS), st.randoms())
def test_the_order_of_calls_changes_nothing(calls: list[CallFacts], random: object) -> None:
    shuffled = list(calls)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert figures_of(shuffled) == figures_of(calls)


@given(st.lists(CALLS), st.lists(CALLS))
def test_two_halves_add_up(first: list[CallFacts], second: list[CallFacts]) -> None:
    whole, one, two = figures_of(first + second), figures_of(first), figures_of(second)
    for name in ("offered", "answered", "abandoned_short", "answered_15s", "talk_ms", "wrapup_ms"):
        assert getattr(whole, name) == getattr(one, name) + getattr(two, name)


@given(CALLS, st.lists(st.sampled_from(["a", "b", "c"])), st.sampled_from(["a", "b", None]))
def test_a_call_ends_in_one_queue_at_most(one: CallFacts, entered: list[str], left: str) -> None:
    there = in_its_queues(one, entered, left)
    assert [queue for queue, _ in there] == list(dict.fromkeys(entered))
    assert sum(visit.fate is not Fate.MOVED_ON for _, visit in there) <= 1


@given(st.lists(st.integers(0, 10**9), min_size=1), st.integers(1, 100))
def test_a_percentile_is_a_value_that_so_many_do_not_exceed(values: Sequence[int], p: int) -> None:
    found = percentile(values, p)
    assert found in values
    assert sum(value <= found for value in values) * 100 >= p * len(values)
    assert sum(value < found for value in values) * 100 < p * len(values)
    middle = mean(values)
    assert middle is not None
    assert min(values) <= middle <= max(values)


def test_a_percentile_by_hand() -> None:
    assert percentile(range(1, 11), 90) == 9
    assert percentile(range(1, 12), 90) == 10
    assert percentile([7], 90) == 7
    assert percentile([], 90) is None
    assert Tally().figures().p90_wait_ms is None
