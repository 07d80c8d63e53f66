"""The check character of a unified social credit code, GB 32100-2015."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tickets.credit_code import ALPHABET, check_character, is_valid, is_well_formed, tidied

# Codes that large companies print on their own pages.
PUBLISHED = ("914403001922038216", "9144030071526726XG", "91330100799655058B")


@pytest.mark.parametrize("code", PUBLISHED)
def test_codes_that_are_in_use_are_valid(code: str) -> None:
    assert is_well_formed(code)
    assert is_valid(code)


def test_a_code_is_read_as_people_write_it() -> None:
    assert tidied("9144 0300-7152 6726xg") == "9144030071526726XG"


@given(st.sampled_from(PUBLISHED), st.integers(0, 17), st.sampled_from(ALPHABET))
def test_one_wrong_character_is_always_noticed(code: str, place: int, other: str) -> None:
    wrong = code[:place] + other + code[place + 1 :]
    assert is_valid(wrong) == (wrong == code)


@given(st.sampled_from(PUBLISHED), st.integers(0, 16))
def test_two_neighbours_in_the_wrong_order_are_always_noticed(code: str, place: int) -> None:
    wrong = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert is_valid(wrong) == (wrong == code)


@given(st.text(ALPHABET, min_size=17, max_size=17))
def test_every_code_has_one_check_character(first_17: str) -> None:
    assert [c for c in ALPHABET if is_valid(first_17 + c)] == [check_character(first_17)]


@pytest.mark.parametrize(
    "code",
    [
        "",
        "91440300715267",
        "9144030071526726XGG",
        "9144030071526726IG",
        "9144O30071526726XG",
        "９144030071526726XG",
        "91A403007152672600",
        "91440³0071526726XG",
    ],
)
def test_what_is_no_code_is_not_taken_for_one(code: str) -> None:
    assert not is_well_formed(code)
