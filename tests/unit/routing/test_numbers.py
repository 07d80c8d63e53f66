"""Numbers as dialled, compared and shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.catalogue import Catalogue
from routing.numbers import caller_number, dialled_forms, masked


def test_a_number_is_dialled_in_seven_forms(nanjing: Catalogue) -> None:
    assert dialled_forms("12333", nanjing.city) == (
        "12333",
        "02512333",
        "862512333",
        "+862512333",
        "00862512333",
        "8602512333",
        "+8602512333",
    )


@pytest.mark.parametrize(
    ("presented", "one_spelling"),
    [
        ("13812345678", "13812345678"),
        ("+8613812345678", "13812345678"),
        ("008613812345678", "13812345678"),
        ("8613812345678", "13812345678"),
        ("013812345678", "13812345678"),
        ("02584691234", "02584691234"),
        ("+862584691234", "02584691234"),
        ("84691234", "02584691234"),
        ("+442079460000", "+442079460000"),
        ("12345", "12345"),
        ("anonymous", ""),
        ("", ""),
        ("138%0d%0a", ""),
    ],
)
def test_one_caller_has_one_spelling(nanjing: Catalogue, presented: str, one_spelling: str) -> None:
    assert caller_number(presented, nanjing.city) == one_spelling


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("13812345678", "138****5678"),
        ("+8613812345678", "138****5678"),
        ("02584691234", "025****1234"),
        ("05128469123", "0512****9123"),
        ("84691234", "****1234"),
        ("12345", "1****"),
        ("110", "****"),
        ("", ""),
        ("anonymous", "****"),
        ("+442079460000", "+44****0000"),
    ],
)
def test_a_number_is_shown_without_its_middle(number: str, shown: str) -> None:
    assert masked(number) == shown


@given(st.text(max_size=30) | st.from_regex(r"\+?[0-9]{1,20}", fullmatch=True))
def test_masking_hides_at_least_three_digits_of_anything(number: str) -> None:
    shown = masked(number)
    assert shown == "" or "****" in shown
    assert sum(char.isdigit() for char in shown) <= max(0, len(number) - 3)
