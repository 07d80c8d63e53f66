"""Keys that mean nothing: pressed in a flood, in any prompt, by the hundred; the call goes on."""

import itertools
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from call_events.cel import parse_cel, step_of
from tests.support.ear import KEYS, Ear
from tests.support.line import Line
from tests.support.sipp import Carrier, Dial, failed_codes
from tests.support.until import until

_callers = itertools.count(12370000001)  # numbers nobody can ring back: they are asked nothing more
QUEUES = {"1": "enterprise", "3": "english", "4": "dialect"}


def steps(line: Line, caller: str) -> list[str]:
    """Return a caller's steps from Asterisk's own log."""
    rows = parse_cel(line.cel().encode()).rows
    found = [step_of(row) for row in rows if row.caller == caller]
    return [step.step for step in found if step]


def ring(carrier: Carrier, number: str, stay: float) -> tuple[str, Ear]:
    caller, ear = str(next(_callers)), Ear(carrier.host, talker=True)
    carrier.place([Dial(number, caller, ear.port, stay=stay)])
    until(lambda: ear.heard_seconds > 0.3, 10, "something is heard")
    return caller, ear


@contextmanager
def flooding(ear: Ear, keys: str = KEYS) -> Iterator[None]:
    """Press these keys round and round, thirty a second, while the block runs."""
    over = threading.Event()

    def flood() -> None:
        for key in itertools.cycle(keys):
            if over.is_set():
                return
            ear.press(key, between=0.004)

    thread = threading.Thread(target=flood, daemon=True)
    thread.start()
    yield
    over.set()
    thread.join()


def test_each_key_in_the_greeting_leads_where_it_says_or_to_a_person(
    line: Line, tmp_path: Path
) -> None:
    carriers = [Carrier("127.0.0.2", line.target, tmp_path) for _ in KEYS]
    callers: dict[str, tuple[str, Ear]] = {}

    def one(key: str, carrier: Carrier) -> None:
        caller, ear = ring(carrier, "12345", 25)
        ear.press(key)
        callers[key] = caller, ear

    minds = [threading.Thread(target=one, args=pair) for pair in zip(KEYS, carriers, strict=True)]
    for mind in minds:
        mind.start()
    for mind in minds:
        mind.join()
    for key, (caller, ear) in callers.items():
        if key == "2":
            until(lambda caller=caller: "ask:number" in steps(line, caller), 8)  # type: ignore[misc]
        else:
            until(lambda caller=caller: line.entered(caller), 14, f"key {key}")  # type: ignore[misc]
            wanted = QUEUES.get(key, "general-seats")
            assert steps(line, caller)[:2][-1] == f"queue:{wanted}", key
        ear.close()
    for carrier in carriers:
        carrier.stop()


@pytest.mark.parametrize("number", ["12345", "12348", "12349"])
def test_a_flood_of_keys_ends_in_a_queue_and_disturbs_nobody_else(
    line: Line, carrier: Carrier, number: str
) -> None:
    caller, ear = ring(carrier, number, 22)
    with flooding(ear, keys="*7#95608"):
        until(lambda: line.entered(caller)[-1:] == ["general-seats"], 12, "a person, then")
        taken = steps(line, caller)
        other, calm = ring(carrier, "12369", 12)
        until(lambda: line.entered(other) == ["general-seats"], 10, "who presses nothing waits too")
        heard = ear.packets
        until(lambda: ear.packets > heard + 100, 6, "the flood goes on in the queue")
        assert steps(line, caller) == taken, "in a queue keys mean nothing"
        assert len(taken) <= 3, "and before it the first did"
        calm.close()
    ear.close()


def test_a_number_of_two_hundred_digits_is_no_number_and_the_line_goes_on(
    line: Line, carrier: Carrier
) -> None:
    before = line.cel().count('"STEP"')
    placed = carrier.place([Dial("1" * 200, stay=1)])
    assert placed.wait(20) != 0
    assert failed_codes(placed.errors()) == [404]
    assert line.cel().count('"STEP"') == before, "nothing was decided for it"
    caller, ear = ring(carrier, "12369", 8)
    until(lambda: line.entered(caller) == ["general-seats"], 10, "the next caller is served")
    ear.close()


def test_hundreds_of_digits_for_a_ticket_number_end_with_a_person(
    line: Line, carrier: Carrier
) -> None:
    caller, ear = ring(carrier, "12345", 40)
    ear.press("2")
    until(lambda: steps(line, caller)[-1:] == ["ask:number"], 8, "asked for a number")
    with flooding(ear, keys="1234567890"):
        until(lambda: line.entered(caller) == ["general-seats"], 25, "a person, in the end")
    taken = steps(line, caller)
    assert taken[0] == taken[-1] == "queue:general-seats"
    assert len(taken) <= 9, "three tries at most"
    assert "1234567890" not in line.cel(), "digits are in no log"
    ear.close()
