"""Every fault of a catalogue, at its line and column. Each test bends the small city once."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from routing.catalogue import Catalogue
from routing.fault_sentences import SENTENCES
from routing.faults import CatalogueFaults, Fault
from routing.loader import load_catalogue

Bent = Callable[..., list[tuple[int, int, str]]]

BREAK = "  - {code: break, zh: 茶歇, en: Break}"
PAUSES = f"pause_reasons:\n{BREAK}\n"

WAY = "ways_out:\n  - {peer: partners, host: 127.0.0.8}\n"


def partner(**other: str) -> str:
    line = {"name": "water", "number": "96889", "name_zh": "水", "name_en": "W"}
    line |= {"group": "utility", "peer": "partners"} | other
    words = ", ".join(f"{key}: {value}" for key, value in line.items())
    return f"{WAY}partner_lines:\n  - {{{words}}}\npause_reasons:"


CASES = {
    "partner-without-a-way-out": (
        "pause_reasons:",
        partner(peer="partner"),
        (68, 80, "way_out_unknown"),
    ),
    "partner-that-is-the-fire-brigade": (
        "pause_reasons:",
        partner(number="0510119"),
        (68, 27, "partner_emergency"),
    ),
    "partner-on-the-emergency-trunk": (
        "pause_reasons:",
        partner(peer="emergency"),
        (68, 80, "way_out_unknown"),
    ),
    "partner-that-rings-with-us": (
        "pause_reasons:",
        partner(number='"051212349"'),
        (68, 27, "partner_is_ours"),
    ),
    "partner-named-like-a-queue": (
        "pause_reasons:",
        partner(name="legal"),
        (68, 12, "name_twice"),
    ),
    "partner-in-no-way": (
        "pause_reasons:",
        partner(transfer="[]"),
        (68, 100, "transfer_ways"),
    ),
    "partner-in-one-way-twice": (
        "pause_reasons:",
        partner(transfer="[cold, cold]"),
        (68, 100, "transfer_ways"),
    ),
    "partner-by-magic": (
        "pause_reasons:",
        partner(transfer="[hot]"),
        (68, 101, "value_wrong"),
    ),
    "returned-callers-behind-others": (
        "limits:",
        "limits:\n  return_priority: 2",
        (10, 20, "return_not_first"),
    ),
    "emergencies-behind-returned-callers": (
        "limits:",
        "limits:\n  emergency_priority: 20",
        (10, 23, "emergency_not_first"),
    ),
    "duplicate-number": ('number: "12349"', 'number: "12348"', (31, 13, "number_twice")),
    "duplicate-in-another-form": (
        'number: "12349"',
        'number: "051212348"',
        (31, 13, "number_twice"),
    ),
    "pilot-listed-as-hotline": (
        'hotline_number: "12345"',
        'hotline_number: "12345"\n  pilot_numbers: [84000000, "051212349"]',
        (7, 29, "number_twice"),
    ),
    "pilot-of-an-emergency": (
        'hotline_number: "12345"',
        'hotline_number: "12345"\n  pilot_numbers: ["0512119"]',
        (7, 19, "emergency_pilot"),
    ),
    "pilot-that-is-no-number": (
        'hotline_number: "12345"',
        'hotline_number: "12345"\n  pilot_numbers: [84000000, tax]',
        (7, 29, "number_bad"),
    ),
    "holiday-that-ends-before-it-begins": (
        "pause_reasons:",
        "calendar:\n  days_off:\n    - {first: 2026-10-07, last: 2026-10-01, name_zh: 国庆, "
        "name_en: N}\npause_reasons:",
        (67, 33, "days_off_wrong"),
    ),
    "holiday-of-a-thousand-years": (
        "pause_reasons:",
        "calendar:\n  days_off:\n    - {first: 2026-10-01, last: 3026-10-07, name_zh: 国庆, "
        "name_en: N}\npause_reasons:",
        (67, 33, "days_off_wrong"),
    ),
    "holiday-listed-twice": (
        "pause_reasons:",
        "calendar:\n  days_off:\n    - {first: 2026-10-01, last: 2026-10-07, name_zh: 国庆, "
        "name_en: N}\n    - {first: 2026-10-07, name_zh: 节, name_en: X}\npause_reasons:",
        (68, 15, "day_twice"),
    ),
    "off-and-worked-at-once": (
        "pause_reasons:",
        "calendar:\n  days_off:\n    - {first: 2026-10-01, name_zh: 国庆, name_en: N}\n"
        "  workdays:\n    - {day: 2026-10-01, name_zh: 节, name_en: X}\npause_reasons:",
        (69, 13, "day_twice"),
    ),
    "a-day-that-does-not-exist": (
        "pause_reasons:",
        "calendar:\n  workdays:\n    - {day: 2026-02-30, name_zh: 节, name_en: X}\npause_reasons:",
        (67, 13, "value_wrong"),
    ),
    "worked-like-no-day": (
        "pause_reasons:",
        "calendar:\n  workdays:\n    - {day: 2026-02-28, like: monday, name_zh: 节, "
        "name_en: X}\npause_reasons:",
        (67, 31, "value_wrong"),
    ),
    "general-queue-with-holiday-hours": (
        "kind: general}",
        'kind: general, holiday_hours: ["mon 09:00-10:00"]}',
        (49, 73, "general_leaves"),
    ),
    "general-queue-with-a-limit": (
        "kind: general}",
        "kind: general, most_waiting: 300}",
        (49, 73, "full_untold"),
    ),
    "language-without-its-name": ("kind: expert", "kind: language", (50, 5, "language_of_queue")),
    "language-of-experts": (
        "kind: expert",
        "kind: expert\n    language: en",
        (54, 15, "language_of_queue"),
    ),
    "language-without-prompts": (
        "kind: expert",
        "kind: language\n    language: fr",
        (54, 15, "value_wrong"),
    ),
    "unknown-queue": ("expert_queue: legal", "expert_queue: leagl", (38, 19, "queue_unknown")),
    "unknown-queue-of-a-key": ('{"1": legal}', '{"1": tax}', (20, 17, "queue_unknown")),
    "unknown-queue-of-a-seat": (
        "queues: {legal: 0}",
        "queues: {tax: 0}",
        (61, 14, "queue_unknown"),
    ),
    "missing-prompt": ("prompt: moved", "prompt: movd", (29, 22, "prompt_missing")),
    "missing-announcement": ("overflow: wait", "overflow: nobody", (72, 13, "prompt_missing")),
    "deep-menu": ('{"1": legal}', '{"1": {"2": legal}}', (20, 17, "menu_too_deep")),
    "deep-menu-as-a-list": ('{"1": legal}', '{"1": [legal]}', (20, 17, "menu_too_deep")),
    "key-used-twice": ('{"1": legal}', '{"1": legal, 1: legal}', (20, 24, "key_twice")),
    "key-0": ('{"1": legal}', '{"0": legal}', (20, 12, "key_reserved")),
    "key-of-two-digits": ('{"1": legal}', '{"12": legal}', (20, 12, "key_bad")),
    "field-used-twice": (
        "  name_en: Smallton",
        "  name_en: Smallton\n  name_en: X",
        (5, 3, "key_twice"),
    ),
    "policy-category-twice": (
        "pause_reasons:",
        "policy_categories:\n  - {code: tax, zh: 税, en: Tax}\n  - {code: tax, zh: 费, en: Fee}\n"
        "pause_reasons:",
        (67, 12, "name_twice"),
    ),
    "long-greeting": ("zh: 您好", "zh: " + "好" * 40, (19, 15, "greeting_too_long")),
    "long-greeting-with-notice": (
        "zh: 已并入",
        "zh: " + "好" * 33,
        (29, 13, "greeting_too_long"),
    ),
    "long-english": ("en: Moved", "en: " + "word " * 22, (29, 13, "greeting_too_long")),
    "emergency-merged": ("mode: emergency", "mode: merged", (45, 11, "emergency_merged")),
    "emergency-merged-with-area-code": (
        'number: "12349"',
        'number: "0512110"',
        (27, 11, "emergency_merged"),
    ),
    "emergency-joined": (
        "mode: merged",
        'mode: merged\n    joined: "119"',
        (28, 13, "emergency_merged"),
    ),
    "emergency-with-greeting": (
        "mode: emergency",
        "mode: emergency\n    greeting: hello",
        (46, 5, "emergency_with_menu"),
    ),
    "overflow-to-itself": (
        "overflow: general-seats",
        "overflow: legal",
        (55, 15, "overflow_cycle"),
    ),
    "no-overflow": ("    overflow: general-seats\n", "", (50, 5, "overflow_missing")),
    "waits-for-ever-with-experts": (
        "wait_seconds: 20",
        "wait_seconds: 0",
        (50, 5, "overflow_missing"),
    ),
    "no-general-queue": ("kind: general", "kind: service", (49, 3, "general_count")),
    "two-general-queues": ("kind: expert", "kind: general", (53, 11, "general_count")),
    "general-queue-that-closes": (
        "kind: general}",
        'kind: general, hours: ["mon 09:00-10:00"]}',
        (49, 73, "general_leaves"),
    ),
    "no-address": ("host: 127.0.0.2", "host: 999.1.1.1", (64, 27, "value_wrong")),
    "address-with-port": ("host: 127.0.0.2", 'host: "127.0.0.2:5060"', (64, 27, "value_wrong")),
    "reserved-peer-name": ("name: carrier", "name: seat", (64, 12, "peer_reserved")),
    "reserved-queue-name": ("- name: legal", "- name: general", (50, 11, "queue_reserved")),
    "seats-overlap": ('extensions: "8004"', "extensions: 8003-8004", (60, 17, "seats_overlap")),
    "seats-backwards": ("8001-8003", "8003-8001", (58, 17, "seats_bad")),
    "seats-uneven": ("8001-8003", "801-8003", (58, 17, "seats_bad")),
    "seats-without-end": ("8001-8003", "000001-900000", (58, 17, "seats_bad")),
    "seats-not-numbers": ("8001-8003", "Anna", (58, 17, "value_wrong")),
    "seat-on-a-hotline": ('extensions: "8004"', 'extensions: "12348"', (60, 17, "seat_is_number")),
    "nobody-in-the-general-queue": (
        "{general-seats: 0, legal: 1}",
        "{legal: 1}",
        (58, 3, "general_unstaffed"),
    ),
    "unknown-field": ("    mode: main", "    mood: 1\n    mode: main", (17, 5, "field_unknown")),
    "unknown-field-inside": (
        "{prompt: moved,",
        "{prompt: moved, for: ever,",
        (29, 29, "field_unknown"),
    ),
    "unknown-section": ("limits:\n", "limit:\n", (9, 1, "field_unknown")),
    "source-is-not-written-by-hand": (
        "clause: 一",
        "clause: 一\n    source: x",
        (22, 5, "field_unknown"),
    ),
    "missing-field": ("    unit_zh: 司法局\n", "", (31, 5, "field_missing")),
    "missing-section": (PAUSES, "", (1, 1, "section_missing")),
    "wrong-mode": ("mode: parallel", "mode: both", (36, 11, "value_wrong")),
    "wrong-whole-number": ("wait_seconds: 20", "wait_seconds: soon", (54, 19, "value_wrong")),
    "wrong-date": ("2027-12-31", "2027-02-30", (29, 36, "value_wrong")),
    "wrong-hours": ("mon-fri 09:00", "mon-fri 9:00", (56, 13, "value_wrong")),
    "wrong-time-zone": ("Asia/Shanghai", "Asia/Nowhere", (8, 13, "value_wrong")),
    "wrong-truth": ("trusted: true", "trusted: perhaps", (64, 47, "value_wrong")),
    "wrong-host": ("host: 127.0.0.2", "host: 'a;b'", (64, 27, "value_wrong")),
    "too-many-seconds": ("wait_seconds: 20", "wait_seconds: 86400", (54, 19, "value_wrong")),
    "text-in-place-of-a-mapping": ("{legal: 0}", "legal", (61, 13, "value_wrong")),
    "line-break-in-a-name": (
        "name_en: Legal\n    unit",
        'name_en: "a\\nb"\n    unit',
        (33, 14, "value_wrong"),
    ),
    "bad-number": ('number: "12349"', "number: 12-349", (22, 13, "number_bad")),
    "short-number": ('number: "12349"', 'number: "12"', (22, 13, "number_bad")),
    "bad-prompt-name": ("  wait: {zh", "  Wait: {zh", (70, 3, "name_bad")),
    "merged-notice-without-end": (
        "{prompt: moved, until: 2027-12-31}",
        "{prompt: moved}",
        (29, 13, "notice_without_end"),
    ),
    "joined-to-nobody": (
        "mode: merged",
        'mode: merged\n    joined: "12399"',
        (28, 13, "joined_unknown"),
    ),
    "joined-to-itself": (
        "mode: merged",
        'mode: merged\n    joined: "12349"',
        (28, 13, "joined_chain"),
    ),
    "sub-centre-without-peer": (
        "mode: parallel",
        "mode: sub_centre",
        (31, 13, "sub_centre_unmatched"),
    ),
    "no-main-number": (
        'hotline_number: "12345"',
        'hotline_number: "12340"',
        (12, 13, "main_count"),
    ),
    "two-main-numbers": ("mode: parallel", "mode: main", (36, 11, "main_count")),
    "emergency-without-way-out": (
        "emergency: {peer: emergency, host: 127.0.0.4}\n",
        "",
        (45, 11, "emergency_unlinked"),
    ),
    "list-in-place-of-a-mapping": (BREAK, "  - break", (66, 5, "not_a_mapping")),
    "mapping-in-place-of-a-list": (
        BREAK,
        "  {code: break}",
        (66, 3, "not_a_list"),
    ),
    "alias": (
        "queues: {legal: 0}",
        "queues: &a {legal: 0}\n  - {extensions: '8005', queues: *a}",
        (62, 26, "alias_used"),
    ),
    "syntax": ("kind: general}", "kind: general", (50, 9, "yaml_syntax")),
    "tab": ("    overflow: general-seats", "\toverflow: general-seats", (55, 1, "yaml_syntax")),
}


@pytest.mark.parametrize("name", CASES)
def test_given_one_bend_then_one_fault_at_its_line_and_column(bent: Bent, name: str) -> None:
    old, new, expected = CASES[name]
    assert expected in bent((old, new))


def test_the_small_city_has_no_fault(bent: Bent) -> None:
    assert bent() == []


def test_all_faults_are_told_at_once_in_order(bent: Bent) -> None:
    found = bent(
        ("timezone: Asia/Shanghai", "timezone: Mars"),
        ("mode: merged", "mode: swallowed"),
        ("expert_queue: legal", "expert_queue: nowhere"),
        ("extensions: 8001-8003", "extensions: 8004-8003"),
        ("still_waiting: wait", "still_waiting: silence"),
    )
    assert found == [
        (8, 13, "value_wrong"),
        (27, 11, "value_wrong"),
        (38, 19, "queue_unknown"),
        (58, 17, "seats_bad"),
        (75, 18, "prompt_missing"),
    ]


def test_an_overflow_circle_is_told_once(bent: Bent) -> None:
    tax = (
        "  - {name: tax, name_zh: 税, name_en: T, kind: expert, wait_seconds: 9, overflow: legal}\n"
    )
    found = bent(("overflow: general-seats", "overflow: tax"), ("seats:\n  -", f"{tax}seats:\n  -"))
    assert found == [(55, 15, "overflow_cycle")]


def test_measured_durations_count_before_estimates(small_city: str, tmp_path: Path) -> None:
    file = tmp_path / "city.yaml"
    file.write_text(small_city, encoding="utf-8")
    load_catalogue(file, {"hello": 4.0, "moved": 4.0})
    load_catalogue(file, {"zh/hello": 8.0, "zh/moved": 0.0})
    with pytest.raises(CatalogueFaults) as found:
        load_catalogue(file, {"hello": 4.0, "en/moved": 4.2})
    (fault,) = found.value.faults
    assert (fault.line, fault.code) == (29, "greeting_too_long")
    assert "8.2" in fault.zh
    assert "8.2" in fault.en


def test_a_likely_spelling_is_offered(
    small_city: str, faults_of: Callable[[str], list[Fault]]
) -> None:
    (found,) = faults_of(small_city.replace("expert_queue: legal", "expert_queue: leagl"))
    assert found.en == "No queue is named “leagl” (did you mean “legal”?)."
    assert "legal" in found.zh
    assert str(found).startswith(f"{found.file}:38:19: [queue_unknown] ")


def test_numbers_need_no_quotes_and_keep_their_zeros(
    small_city: str, loaded: Callable[[str], Catalogue]
) -> None:
    city = loaded(small_city.replace('"0512"', "0512").replace('number: "12349"', "number: 012349"))
    assert city.city.area_code == "0512"
    assert city.hotline("012349") is not None


def test_every_sentence_exists_in_both_languages() -> None:
    for code, (zh, en) in SENTENCES.items():
        assert zh.endswith("。"), code
        assert en.endswith("."), code
