"""Whether a call is an enterprise's: it was bound for the enterprise line (一企来)."""

from collections.abc import Callable

import pytest

from routing.audience import Audience, audience_of
from routing.catalogue import Catalogue


@pytest.mark.parametrize(
    ("number", "steps", "audience"),
    [
        ("12345", [("queue:general-seats", "")], Audience.PERSONAL),
        ("12345", [("queue:general-seats", ""), ("queue:enterprise", "key:1")], "enterprise"),
        # Nobody was free there: the general seat that answers still speaks with an enterprise.
        (
            "12345",
            [("queue:enterprise", "key:1"), ("queue:general-seats", "TIMEOUT")],
            Audience.ENTERPRISE,
        ),
        # The line was closed, so the key led to the general seats at once.
        ("12345", [("queue:general-seats", "key:1")], Audience.ENTERPRISE),
        ("12345", [("queue:general-seats", "key:0")], Audience.PERSONAL),
        ("12333", [("queue:expert-12333", "")], Audience.PERSONAL),
        ("99999", [("queue:general-seats", "")], Audience.PERSONAL),
        ("12345", [], Audience.PERSONAL),
    ],
)
def test_a_call_of_nanjing(
    nanjing: Catalogue, number: str, steps: list[tuple[str, str]], audience: str
) -> None:
    assert audience_of(nanjing, number, steps) == audience


def test_a_number_of_the_enterprise_line_itself(
    small_city: str, loaded: Callable[[str], Catalogue]
) -> None:
    """一企来 may have a number of its own, which needs no key."""
    city = loaded(small_city.replace("kind: expert", "kind: enterprise"))
    assert audience_of(city, "12348", [("queue:general-seats", "")]) == Audience.ENTERPRISE
    assert audience_of(city, "12349", [("queue:general-seats", "")]) == Audience.PERSONAL
