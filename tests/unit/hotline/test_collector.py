"""What Python's collector of garbage still looks at once a process works."""

import gc
from collections.abc import Iterator

import pytest

from hotline.collector import settle


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    threshold = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)


def test_what_is_there_is_left_out_and_what_lived_long_is_looked_through_seldom() -> None:
    before = gc.get_threshold()

    settle()

    assert gc.get_freeze_count() > 10_000
    assert len(gc.get_objects()) < 1_000
    assert gc.get_threshold() == (before[0], before[1], 10 * before[2])


def test_garbage_that_comes_later_is_collected() -> None:
    class Node:
        alive = 0

        def __init__(self) -> None:
            Node.alive += 1
            self.itself = self

        def __del__(self) -> None:
            Node.alive -= 1

    settle()
    for _ in range(3000):
        Node()

    assert Node.alive < 1500
