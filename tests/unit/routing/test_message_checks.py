"""What the checker says of the message by voice a city may offer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from routing.faults import Fault

MESSAGE = """\
message: {offer: wait, ask: wait, kept: wait, ticket: wait, pin: wait%s}
"""


@pytest.mark.parametrize(
    ("more", "faults"),
    [
        ("", []),
        (", seconds: 20, silence_seconds: 19", []),
        (", seconds: 20, silence_seconds: 20", ["message_short"]),
        (", seconds: 5", ["value_wrong"]),
        (", seconds: 601", ["value_wrong"]),
        (", silence_seconds: 1", ["value_wrong"]),
        (", beep: wait", ["field_unknown"]),
    ],
)
def test_a_message_has_time_for_more_than_silence(
    small_city: str, faults_of: Callable[[str], list[Fault]], more: str, faults: list[str]
) -> None:
    city = small_city.replace("  recorded: wait\n", "  recorded: wait\n  full: wait\n")
    assert [found.code for found in faults_of(city + MESSAGE % more)] == faults


def test_a_message_is_offered_behind_words_and_each_of_its_prompts_exists(
    small_city: str, faults_of: Callable[[str], list[Fault]]
) -> None:
    assert [one.code for one in faults_of(small_city + MESSAGE % "")] == ["message_untold"]
    city = small_city.replace("  recorded: wait\n", "  recorded: wait\n  full: wait\n")
    found = faults_of(city + (MESSAGE % "").replace("kept: wait", "kept: nowhere"))
    assert [one.code for one in found] == ["prompt_missing"]
    without = faults_of(city + (MESSAGE % "").replace("ask: wait, ", ""))
    assert [one.code for one in without] == ["field_missing"]
