"""The line of yesterday goes on today: its logs begin anew, and no call is lost."""

import time
from pathlib import Path

from tests.live.conftest import CARRIER
from tests.support.city import running_city
from tests.support.sipp import Carrier, Dial
from tests.support.until import until


def test_logs_of_yesterday_are_put_aside_and_todays_calls_are_counted(tmp_path: Path) -> None:
    log = tmp_path / "home/asterisk/log"
    log.mkdir(parents=True)
    (log / "queue_log").write_text(f"{int(time.time()) - 86400}|NONE|NONE|NONE|QUEUESTART|\n")
    with (
        running_city(tmp_path / "home") as city,
        Carrier(CARRIER, city.target, tmp_path) as carrier,
    ):
        until(lambda: list(log.glob("queue_log.2*")), 10, "the log of yesterday is put aside")
        until(lambda: (log / "queue_log").exists(), 5, "Asterisk has opened a new one")
        carrier.place([Dial("12345", "13511110007", stay=8)])
        until(lambda: "|ABANDON|" in city.queue_log(), 30)
        assert "13511110007" not in "".join(p.read_text() for p in log.glob("queue_log.2*"))
        until(lambda: "\n12345," in city.hotline("figures", "--csv"), 20, "the call is counted")
        city.hotline("figures", "--check")  # exit code 0: the logs, old and new, say the same
