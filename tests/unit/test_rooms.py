"""Every room is the one of this repository, not a distribution of the same name."""

from importlib.util import find_spec
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[2]
ROOMS = (
    "routing", "ivr", "agi_scripts", "asterisk_conf", "call_events", "tickets", "insight",
    "agent_console", "database", "hotline",
)  # fmt: skip


@pytest.mark.parametrize("room", ROOMS)
def test_room_lies_in_the_repository(room: str) -> None:
    spec = find_spec(room)
    assert spec is not None
    assert spec.origin is not None
    assert Path(spec.origin) == REPO / room / "__init__.py"
