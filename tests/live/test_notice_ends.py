"""The notice of a merged number ends with its last day, also while the loop is down.

What the rescue script looks up was written a month ago, when both notices were in force.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from agi_scripts.rescue_table import rescue_table
from asterisk_conf.render import RESCUE_TABLE
from tests.support.catalogue import edited_copy
from tests.support.ear import Ear
from tests.support.line import Line, running_line
from tests.support.prompts import rendered_prompts
from tests.support.sipp import Carrier, Dial
from tests.support.until import until

CARRIER = "127.0.0.2"
IN_FORCE, OVER = "12349", "12336"


@pytest.fixture(scope="module")
def loopless(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A line without its loop, the notice of one number over since yesterday."""
    home = tmp_path_factory.mktemp("notices")
    today = datetime.now(ZoneInfo("Asia/Shanghai")).date()
    last_days = {IN_FORCE: today + timedelta(days=1), OVER: today - timedelta(days=1)}
    changes = [
        (f"notice-{number}, until: 2027-12-31", f"notice-{number}, until: {last}")
        for number, last in last_days.items()
    ]
    catalogue = edited_copy(home / "catalogue", *changes)
    with running_line(home, rendered_prompts(), catalogue_path=catalogue, with_loop=False) as line:
        table = rescue_table(line.catalogue, datetime.now(UTC) - timedelta(days=30))
        (line.instance.etc / RESCUE_TABLE).write_text(table, "utf-8")
        yield line


def heard_before_the_queue(line: Line, folder: Path, number: str, caller: str) -> float:
    """Seconds of speech a caller hears until in the queue."""
    carrier, ear = Carrier(CARRIER, line.target, folder), Ear(CARRIER)
    try:
        carrier.place([Dial(number, caller, ear.port, stay=20)])
        until(lambda: line.entered(caller), 15, "a queue")
        return ear.heard_seconds
    finally:
        carrier.stop()
        ear.close()


def test_given_no_loop_a_notice_is_heard_up_to_its_last_day_and_not_after(
    loopless: Line, tmp_path: Path
) -> None:
    during = heard_before_the_queue(loopless, tmp_path, IN_FORCE, "13300000001")
    after = heard_before_the_queue(loopless, tmp_path, OVER, "13300000002")
    for number in (IN_FORCE, OVER):
        (step,) = loopless.steps(number)
        assert step.split()[1:3] == ["agi", "queue:general-seats"], "the rescue script decided"
    assert after > 1, "the greeting is heard"
    assert during > after + 1, "and before the last day the notice too"
