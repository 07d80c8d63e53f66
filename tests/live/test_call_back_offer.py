"""Who waits long is offered a call-back and keeps the place; beyond the limits nobody is lost.

The offer comes after 4 s here, two callers may wait before it comes at once, the shortest expected
wait is long, and the machine carries few calls.
"""

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from call_events.call_state import Outcome
from call_events.cel import parse_cel, step_of
from call_events.log_calls import LogCalls
from call_events.log_reader import LogReader
from call_events.log_story import tell
from insight.raw_logs import read_logs
from insight.recount import tell as retell
from tests.support.catalogue import edited_copy
from tests.support.ear import Ear
from tests.support.line import Line, running_line
from tests.support.prompts import rendered_prompts
from tests.support.seat import ringing_seat
from tests.support.sipp import SCENARIOS, Carrier, Dial, failed_codes
from tests.support.until import until

GENERAL = "queue:general-seats"
MAX_CALLS = 60
# Twice as many again, all at once: Asterisk's own bound would refuse without a word in any log.
OVER = 120
_callers = itertools.count(13300000001)


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """A line without anybody at the seats."""
    home = tmp_path_factory.mktemp("waiting")
    catalogue = edited_copy(
        home / "catalogue",
        ("offer_after_seconds: 60", "offer_after_seconds: 4"),
        ("offer_at_wait_seconds: 300", "offer_at_wait_seconds: 1"),
        ("most_waiting: 400", "most_waiting: 2"),
    )
    prompts = rendered_prompts()
    with running_line(home, prompts, catalogue_path=catalogue, max_calls=MAX_CALLS) as line:
        yield line


@pytest.fixture
def carrier(waiting: Line, tmp_path: Path) -> Iterator[Carrier]:
    waiting.cli("channel request hangup all")
    until(lambda: waiting.channels() == 0, 10, "the line is quiet")
    with Carrier("127.0.0.2", waiting.target, tmp_path) as carrier:
        yield carrier


@pytest.fixture
def ear(carrier: Carrier) -> Iterator[Ear]:
    ear = Ear(carrier.host)
    yield ear
    ear.close()


def caller() -> str:
    return str(next(_callers))


def steps(line: Line, number: str) -> list[tuple[str, str]]:
    """Return step and rule of each of a caller's steps, from Asterisk's own log."""
    rows = parse_cel(line.cel().encode()).rows
    found = [step_of(row) for row in rows if row.caller == number]
    return [(step.step, step.reason) for step in found if step]


def outcome(line: Line, number: str) -> Outcome | None:
    """Return what the files say became of a caller's call."""
    reader = LogReader(line.instance.log, {})
    logs = LogCalls()
    logs.add(reader.queue.read(), reader.cel.read())
    reader.close()
    told = [tell(rows, "t1", {}) for rows in logs.ours()]
    calls = [one.call for one in told if one and one.call.caller_id == number]
    return calls[0].outcome if calls else None


def answered(line: Line, number: str) -> bool:
    """Tell whether a person has spoken with a caller."""
    calls = {row.call_id for row in line.queue_log() if number in row.details}
    return any(row.event == "CONNECT" and row.call_id in calls for row in line.queue_log())


def recounted(line: Line, number: str) -> str:
    """Return what the recount, by a way of its own, says became of a caller's call."""
    rows = parse_cel(line.cel().encode()).rows
    call_id = next(row.call_id for row in rows if row.caller == number)
    return retell(read_logs(line.instance.log))[call_id].end


def test_who_waits_is_offered_a_call_back_and_1_accepts_it(
    waiting: Line, carrier: Carrier, ear: Ear
) -> None:
    me = caller()
    call = carrier.place(
        [Dial("12345", me, ear.port, stay=60)], scenario=SCENARIOS / "patient_caller.xml"
    )
    until(lambda: (GENERAL, "call-back-offer") in steps(waiting, me), 25, "it is offered")
    heard = ear.heard_seconds
    until(lambda: ear.heard_seconds > heard + 1, 10, "the offer is heard")
    ear.press("1")
    until(lambda: steps(waiting, me)[-1] == ("callback:general-seats", "call-back"), 10, "promised")
    before = ear.heard_seconds
    assert call.wait(30) == 0, "we hang up, after the promise"
    assert ear.heard_seconds > before + 2, "the promise is said to the end"
    assert until(lambda: outcome(waiting, me), 10, "it is over") is Outcome.CALL_BACK
    assert recounted(waiting, me) == "call_back"


def test_who_presses_nothing_waits_on_ahead_of_those_who_come_new(
    waiting: Line, carrier: Carrier
) -> None:
    me = caller()
    carrier.place([Dial("12345", me, stay=45)])
    until(lambda: len(waiting.entered(me)) == 3, 45, "they wait on, and on")
    assert steps(waiting, me)[1:] == [(GENERAL, "call-back-offer")] * 2
    assert waiting.entered(me) == ["general-seats"] * 3


def test_who_comes_when_as_many_wait_as_may_is_told_and_waits_all_the_same(
    waiting: Line, carrier: Carrier
) -> None:
    # Nobody can be rung back at such numbers: they are not asked, and wait without a pause.
    first, second, third = "12355556666", "12355556667", caller()
    carrier.place([Dial("12348", one, stay=45) for one in (first, second)])
    until(lambda: waiting.entered(first) and waiting.entered(second), 20, "two wait")
    carrier.place([Dial("12348", third, stay=33)])
    until(lambda: waiting.entered(third), 28, "the third waits too")
    assert (GENERAL, "full") in steps(waiting, third)


def test_who_comes_when_a_long_wait_would_be_told_is_offered_a_call_back_before_waiting(
    waiting: Line, carrier: Carrier, tmp_path: Path
) -> None:
    # app_queue tells a mean of the last waits: a quarter of the first, of whole seconds.
    first, second, withheld = "12355556668", "12355556669", "anonymous"
    third, fourth = caller(), caller()
    carrier.place([Dial("12369", first, stay=20)])
    until(lambda: waiting.entered(first), 20, "the first waits")
    with ringing_seat(waiting, tmp_path, "8001", scenario="answerer.xml"):
        until(lambda: "wait: 0:06" in waiting.cli("queue show general-seats"), 12, "for a while")
        member = "PJSIP/8001-desk"
        waiting.cli(f"queue add member {member} to general-seats penalty 0 as 8001")
        until(lambda: answered(waiting, first), 10, "and is answered")
        waiting.cli(f"queue remove member {member} from general-seats")
    carrier.place([Dial("12369", second, stay=30)])
    until(lambda: waiting.entered(second), 20, "the second waits, and nobody before them")
    unknown = carrier.place([Dial("12319", withheld, stay=9)])
    until(lambda: waiting.entered(""), 15, "who cannot be rung back waits")
    assert unknown.wait(15) == 0, "and gives up"
    # Of two who come in one second, the other is told what app_queue has said to the one.
    carrier.place([Dial("12369", one, stay=25) for one in (third, fourth)], per_second=100)
    for one in (third, fourth):
        until(lambda one=one: steps(waiting, one)[1:] == [(GENERAL, "long-wait")], 20, "asked")
        assert waiting.entered(one) == [], "before any wait"
    until(lambda: waiting.entered(third), 20, "and waits, since nothing is pressed")
    assert steps(waiting, second) == [(GENERAL, "parallel")]
    assert waiting.steps("12319") == ["1 loop queue:general-seats parallel"]


def test_beyond_the_machines_limit_each_call_is_refused_with_503_and_logged(
    waiting: Line, carrier: Carrier
) -> None:
    callers = [caller() for _ in range(MAX_CALLS + OVER)]
    dials = [Dial("12345", me, stay=8) for me in callers]
    placed = carrier.place(dials, per_second=300, at_once=len(dials))
    placed.wait(40)
    refused = [me for me in callers if steps(waiting, me)[:1] == [("turnaway:503", "machine-full")]]
    assert placed.counts()["failed"] == len(refused) == OVER
    assert failed_codes(placed.errors()) == [503] * OVER
    assert until(lambda: outcome(waiting, refused[0]), 10, "it is over") is Outcome.TURNED_AWAY
    assert {recounted(waiting, me) for me in refused} == {"turned_away"}
    until(lambda: waiting.channels() == 0, 10, "the line is free again")
    again = caller()
    assert carrier.place([Dial("12345", again, stay=1)]).wait(20) == 0


def test_an_emergency_number_is_never_counted_out(waiting: Line, carrier: Carrier) -> None:
    carrier.place([Dial("12345", caller(), stay=12) for _ in range(MAX_CALLS)], per_second=100)
    until(lambda: waiting.channels() >= MAX_CALLS, 10, "the line is full")
    me = caller()
    carrier.place([Dial("119", me, stay=1)])
    until(lambda: steps(waiting, me), 10, "it is decided")
    assert steps(waiting, me)[0] == ("emergency:119", "emergency")
