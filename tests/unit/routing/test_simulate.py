"""What `hotline simulate` says."""

from __future__ import annotations

from datetime import datetime

from routing.catalogue import Catalogue
from routing.simulate import simulate

NOON = datetime(2026, 11, 23, 12, 0)


def test_every_branch_of_an_expert_number(nanjing: Catalogue) -> None:
    lines = simulate(nanjing, "12348", NOON)
    assert [(line.depth, line.when, line.step, line.rule) for line in lines] == [
        (0, "", "arrival", ""),
        (1, "", "queue:expert-12348", "expert"),
        (2, "key:0", "queue:general-seats", "key-person"),
        (3, "FULL", "queue:general-seats", "full"),
        (4, "key:1", "callback:general-seats", "call-back"),
        (4, "key:2", "message", "message"),
        (5, "key:0", "queue:general-seats", "key-person"),
        (5, "LEFT", "hangup", "message-left"),
        (5, "EMPTY", "queue:general-seats", "message-empty"),
        (3, "LONG", "queue:general-seats", "long-wait"),
        (4, "key:1", "callback:general-seats", "call-back"),
        (3, "TIMEOUT", "queue:general-seats", "call-back-offer"),
        (4, "key:1", "callback:general-seats", "call-back"),
        (2, "TIMEOUT", "queue:general-seats", "overflow"),
        (2, "JOINEMPTY", "queue:general-seats", "overflow"),
    ]


def test_every_branch_of_the_sub_centre(nanjing: Catalogue) -> None:
    lines = simulate(nanjing, "12366", NOON)[1:]
    steps = [(line.when, line.step) for line in lines if line.depth < 3]
    assert steps == [
        ("", "subcentre:12366"),
        ("key:0", "queue:general-seats"),
        ("ANSWER", "hangup"),
        ("NOANSWER", "queue:general-seats"),
    ]


def test_what_is_offered_to_those_who_wait_is_told_once(nanjing: Catalogue) -> None:
    lines = simulate(nanjing, "12345", NOON)
    told = [(line.when, line.step) for line in lines if line.rule in ("full", "message")]
    assert told == [("FULL", "queue:general-seats"), ("key:2", "message")]
    after = [line for line in lines if line.when in ("LEFT", "EMPTY")]
    assert [(line.step, line.rule) for line in after] == [
        ("hangup", "message-left"),
        ("queue:general-seats", "message-empty"),
    ]
    assert "工单" in after[0].zh
    assert "ticket" in after[0].en
    keys = [line.step for line in lines if line.rule == "call-back"]
    assert keys == ["callback:general-seats"] * 3, "where all wait, after a minute, and at once"


def test_one_path_by_its_results(nanjing: Catalogue) -> None:
    lines = simulate(
        nanjing, "12345", NOON, results=["key:1", "TIMEOUT", "CONTINUE", "key:5", "never"]
    )
    words = [line.step for line in lines]
    assert words == [
        "arrival",
        "queue:general-seats",
        "queue:enterprise",
        "queue:general-seats",
        "survey",
        "hangup",
    ]


def test_a_line_says_what_is_heard_where_it_goes_and_why(nanjing: Catalogue) -> None:
    line = simulate(nanjing, "12349", NOON)[1]
    assert line.text("zh") == (
        "  播放“您好，南京12345，通话将录音。”“民政热线12349已并入12345。” → "
        "进入队列 综合座席（general-seats），一直等到有人接听，每 60 秒询问是否回拨"
        "  [merged · 附件1 一、整体并入 第1项]"
    )
    assert "waits in queue General (general-seats) until a person answers" in line.text("en")


def test_an_unknown_number_is_told_as_such(nanjing: Catalogue) -> None:
    first = simulate(nanjing, "7777", NOON)[0]
    assert "in no list" in first.en
    assert "目录中没有" in first.zh


def test_every_number_ends_with_a_person(nanjing: Catalogue) -> None:
    for hotline in nanjing.hotlines:
        lines = simulate(nanjing, hotline.number, NOON)
        assert any(line.step == "queue:general-seats" for line in lines), hotline.number
        assert len(lines) < 25
