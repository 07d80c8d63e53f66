"""What travels between the dialplan and the loop, and what is refused on the way."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agi_scripts.fastagi import MAX_REQUEST_BYTES, LoopServer, read_request
from agi_scripts.rescue import rescued_step
from agi_scripts.rescue_table import rescue_table
from agi_scripts.variables import array_value
from agi_scripts.wire import BadFacts, read_call, set_step_command
from routing.catalogue import Catalogue
from routing.loader import load_catalogue
from routing.next_step import next_step
from routing.steps import Ask, Call, Keyed, Outcome, Reason, Rule, Speech

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
CALL_ID = "n1-1795389915.0"


@pytest.fixture(scope="module")
def nanjing() -> Catalogue:
    return load_catalogue(Path(__file__).resolve().parents[3] / "routing/nanjing")


def request(*arguments: str, script: str = "next", extra: str = "") -> bytes:
    """Return what Asterisk sends for ``AGI(agi://…/next,…)``."""
    lines = [
        "agi_network: yes",
        f"agi_network_script: {script}",
        "agi_callerid: 13800001111",
        f"agi_accountcode: {CALL_ID}",
        *(f"agi_arg_{n}: {value}" for n, value in enumerate(arguments, 1)),
    ]
    return ("\n".join(lines) + "\n" + extra + "\n").encode()


def answer(loop: LoopServer, asked: bytes) -> bytes | None:
    """Return the loop's answer to a question that makes sense."""
    question = loop.read(asked)
    assert question is not None
    return loop.answer(question)


def test_digits_keyed_in_are_read_and_anything_else_is_none() -> None:
    def keyed(*digits: str) -> Keyed:
        return read_call(CALL_ID, "13800001111", ("3", "12345", "carrier", "", *digits))[1].keyed

    assert keyed("20261127000042", "908172") == Keyed("20261127000042", "908172")
    assert keyed("20261127000042") == Keyed("20261127000042")
    assert keyed("1 OR 1=1", "９０８１７２") == keyed("9" * 21, "*#") == keyed() == Keyed()


def test_a_question_for_digits_says_how_many_and_how_long() -> None:
    reason = Reason(Rule.PROGRESS, "prompts.yaml:1")
    command = set_step_command(Ask("pin", 6, 8, Speech(("progress-pin", "digits/1")), reason), 4)
    assert b'"ask,pin,,,8,6,,,0,progress-pin&digits/1,,progress,zh,0,<4>"' in command


@pytest.mark.parametrize("answered", ["key:5", "key:9", "SILENCE"])
def test_without_the_loop_a_survey_ends_politely(nanjing: Catalogue, answered: str) -> None:
    table = json.loads(rescue_table(nanjing, NOW))
    path = f"queue:general-seats=CONTINUE/survey={answered}"
    step = rescued_step(table, "12345", path, NOW)
    assert (step["HL_VERB"], step["HL_SAY"]) == ("hangup", "thanks")
    asked = rescued_step(table, "12345", "speech=key:2/ask:number=DIGITS", NOW)
    assert (asked["HL_VERB"], asked["HL_TARGET"]) == ("queue", "general-seats")


def test_a_question_is_read_with_the_path_so_far() -> None:
    sequence, call = read_call(
        CALL_ID,
        "13800001111",
        ("3", "12333", "carrier", "queue:expert-12333=TIMEOUT/speech=key:2"),
    )
    assert sequence == 3
    assert call == Call(
        CALL_ID,
        "12333",
        "13800001111",
        "carrier",
        (Outcome("queue:expert-12333", "TIMEOUT"), Outcome("speech", "key:2")),
    )


@pytest.mark.parametrize(
    ("arguments", "field"),
    [
        (("x", "12345", "carrier", ""), "sequence"),
        (("1", "12345x", "carrier", ""), "dnis"),
        (("1", "", "carrier", ""), "dnis"),
        (("1", "1" * 200, "carrier", ""), "dnis"),
        (("1", "12345", "Carrier!", ""), "trunk"),
        (("1", "12345", "carrier", "queue:a=TIMEOUT;rm"), "path"),
        (("1", "12345", "carrier", "queue:" + "a" * 500 + "=X"), "path"),
        (("1",), "arguments"),
    ],
)
def test_nonsense_is_refused_by_name(arguments: tuple[str, ...], field: str) -> None:
    with pytest.raises(BadFacts, match=field):
        read_call(CALL_ID, "13800001111", arguments)


def test_a_caller_who_is_no_number_is_nobody_but_is_served() -> None:
    _, call = read_call(CALL_ID, "unknown", ("1", "12345", "carrier", ""))
    assert call.caller_id == ""


def test_the_answer_is_one_command_whose_mark_comes_last(nanjing: Catalogue) -> None:
    step = next_step(nanjing, Call(CALL_ID, "12345", "", "carrier"), NOW)
    command = set_step_command(step, 1)
    assert command.count(b"\n") == 1
    assert command.startswith(b"SET VARIABLE ARRAY(HL_VERB,")
    assert command.endswith(b',<1>"\n')
    assert b'"queue,general-seats,' in command


def test_every_first_step_of_the_city_can_be_said_to_asterisk(nanjing: Catalogue) -> None:
    for hotline in nanjing.hotlines:
        step = next_step(nanjing, Call(CALL_ID, hotline.number, "", "carrier"), NOW)
        assert len(set_step_command(step, 1)) < 1000, hotline.number


@pytest.mark.parametrize("evil", ['a"b', "a\nSET VARIABLE X 1", "a,b", "a b", "${SHELL(x)}"])
def test_a_value_that_would_be_a_second_command_is_never_sent(evil: str) -> None:
    with pytest.raises(ValueError, match="HL_TARGET"):
        array_value({"HL_VERB": "queue", "HL_TARGET": evil}, 1)


def test_a_line_twice_is_refused_whole() -> None:
    """A line break smuggled into a value would add lines, and the last one would count."""
    with pytest.raises(BadFacts):
        read_request(request("1", "12345", "carrier", "", extra="agi_network_script: next\n"))


@pytest.mark.parametrize(
    "bad",
    [
        request("1", "12345", "carrier", "", script="evil"),
        request("1", "12345", "carrier", "", extra="no colon here\n"),
        b"\n\n",
        b"\xff\xfe\n\n",
        b"x" * MAX_REQUEST_BYTES + b"\n\n",
    ],
    ids=["another script", "a line of no kind", "nothing", "not text", "too long"],
)
def test_a_bad_question_gets_no_answer_and_the_next_one_does(
    nanjing: Catalogue, bad: bytes
) -> None:
    loop = LoopServer(lambda: nanjing, lambda: NOW)
    assert loop.read(bad) is None
    good = answer(loop, request("1", "12345", "carrier", ""))
    assert good is not None
    assert b"general-seats" in good
    assert (loop.steps, loop.refused) == (1, 1)


def test_a_catalogue_that_fails_is_our_fault_and_leaves_the_caller_to_the_rescue() -> None:
    def broken() -> Catalogue:
        raise RuntimeError("no catalogue")

    loop = LoopServer(broken, lambda: NOW)
    assert answer(loop, request("1", "12345", "carrier", "")) is None


def test_the_rescue_table_knows_every_number_and_what_to_do_with_others(
    nanjing: Catalogue,
) -> None:
    table = json.loads(rescue_table(nanjing, NOW))
    assert set(table["first"]) == {"", *(hotline.number for hotline in nanjing.hotlines)}
    assert rescued_step(table, "12348", "", NOW)["HL_TARGET"] == "expert-12348"
    assert rescued_step(table, "119", "", NOW)["HL_VERB"] == "emergency"
    assert rescued_step(table, "99999", "", NOW)["HL_TARGET"] == "general-seats"
    later = rescued_step(table, "12348", "queue:expert-12348=TIMEOUT", NOW)
    assert (later["HL_TARGET"], later["QUEUE_PRIO"]) == ("general-seats", "1")


@pytest.mark.parametrize("made", [NOW, datetime(2028, 6, 1, tzinfo=UTC)], ids=["before", "after"])
def test_a_notice_ends_in_the_rescue_as_in_the_loop_whenever_its_table_was_made(
    nanjing: Catalogue, made: datetime
) -> None:
    """The last day is 2027-12-31 in Nanjing, which ends at 16:00 UTC."""
    table = json.loads(rescue_table(nanjing, made))
    for now in (
        datetime(2027, 12, 31, 15, 59, 59, tzinfo=UTC),
        datetime(2027, 12, 31, 16, 0, tzinfo=UTC),
    ):
        for number in ("12349", "12365", "12333"):
            loop = next_step(nanjing, Call("t1-1.1", number, "", ""), now)
            rescued = rescued_step(table, number, "", now)
            assert rescued["HL_SAY"] == "&".join(loop.speech.prompts)
    assert rescued_step(table, "12349", "", now)["HL_SAY"] == "greeting"


def test_a_rescued_call_goes_on_as_the_loop_would_have_it(nanjing: Catalogue) -> None:
    table = json.loads(rescue_table(nanjing, NOW))
    alarm = rescued_step(table, "119", "emergency:119=CHANUNAVAIL", NOW)
    assert (alarm["HL_TARGET"], alarm["QUEUE_PRIO"]) == ("general-seats", "30")
    assert alarm["HL_SAY"] == "emergency-return&recorded"
    returned = rescued_step(table, "12366", "subcentre:12366=NOANSWER", NOW)
    assert (returned["HL_TARGET"], returned["QUEUE_PRIO"]) == ("general-seats", "20")
    keyed = rescued_step(table, "12345", "speech=key:1", NOW)
    assert (keyed["HL_VERB"], keyed["HL_TARGET"]) == ("queue", "general-seats")
    served = rescued_step(table, "12366", "subcentre:12366=ANSWER", NOW)
    assert (served["HL_VERB"], served["HL_TARGET"]) == ("hangup", "16")
