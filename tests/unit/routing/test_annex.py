"""The shipped catalogue holds the whole of the plan's annex 1, copied here by hand."""

from __future__ import annotations

import shutil
from datetime import date, datetime
from pathlib import Path

import pytest

import routing
from routing.catalogue import Catalogue, MergerMode, QueueKind
from routing.index import special_days
from routing.loader import load_catalogue
from routing.next_step import next_step
from routing.steps import Call, Emergency, Queue, SubCentre

MERGED = """
1|全国统一民政服务电话|12349|市民政局|
2|全国统一自然资源违法举报电话|12336|市规划和自然资源局|
3|全国统一商务领域举报投诉咨询服务电话|12312|市商务局|
4|全国统一旅游资讯服务电话|12301|市文化和旅游局|
5|火灾隐患举报投诉电话|96119|市消防救援支队|
6|全国统一知识产权维权援助公益服务电话|12330|市市场监督管理局|已并入 12315
7|全国统一食品药品监督举报服务电话|12331|市市场监督管理局|已并入 12315
8|全国价格投诉举报统一电话|12358|市市场监督管理局|已并入 12315
9|全国质量技术监督系统和出入境检验检疫统一电话|12365|市市场监督管理局|已并入 12315
10|全国农业系统公益服务电话|12316|市农业农村局|设置专家座席
11|不动产登记咨询电话|96510|市规划和自然资源局|
12|江苏交通服务热线|96196|市交通运输局|
"""
PARALLEL = """
1|全国公共法律服务专用电话|12348|市司法局|设置专家座席
2|全国人力资源和社会保障服务电话|12333|市人力资源和社会保障局|设置专家座席
3|环境保护投诉举报电话|12369|市生态环境局|
4|全国住房和城乡建设服务电话|12319|市城市管理局|
5|全国统一住房公积金热线服务电话|12329|市住房公积金管理中心|设置专家座席
6|全国交通运输服务监督电话|12328|市交通运输局|
7|全国文化市场举报电话|12318|市文化和旅游局|
8|全国统一公共卫生公益服务电话|12320|市卫生健康委|设置专家座席
9|全国统一安全生产举报投诉电话|12350|市应急管理局|
10|12315 市场监管投诉举报热线|12315|市市场监督管理局|
11|医疗保障服务热线|12393|市医疗保障局|设置专家座席
12|全国残疾人维权服务电话|12385|市残联|
13|全国烟草专卖品市场监管举报电话|12313|市烟草专卖局|设服务专席
"""
SUB_CENTRE = "1|全国税务系统统一电话|12366|市税务局|"


def _rows(table: str, part: str, mode: MergerMode) -> list[tuple[str, ...]]:
    return [(part, mode.value, *row.split("|")) for row in table.strip().splitlines()]


ANNEX = [
    *_rows(MERGED, "附件1 一、整体并入", MergerMode.MERGED),
    *_rows(PARALLEL, "附件1 二、双号并行", MergerMode.PARALLEL),
    *_rows(SUB_CENTRE, "附件1 三、设分中心", MergerMode.SUB_CENTRE),
]
NOON = datetime(2026, 11, 23, 12, 0)


def test_the_calendar_holds_the_holidays_of_this_year_and_the_sure_ones_of_the_next(
    nanjing: Catalogue,
) -> None:
    days = special_days(nanjing.calendar)
    off = {day for day, like in days.items() if like is None}
    assert sum(day.year == 2026 for day in off) == 33
    assert {date(2026, 2, 15), date(2026, 10, 7), date(2027, 2, 5), date(2027, 10, 1)} <= off
    worked = {day: like for day, like in days.items() if like is not None}
    assert all(day.weekday() > 4 for day in worked), "only week-ends make up for a holiday"
    assert set(worked.values()) == {0}
    assert len(worked) == 6


@pytest.mark.parametrize("row", ANNEX, ids=lambda row: row[4])
def test_each_row_of_the_annex_is_in_the_catalogue(
    nanjing: Catalogue, row: tuple[str, ...]
) -> None:
    part, mode, item, name, number, unit, note = row
    hotline = nanjing.hotline(number)
    assert hotline is not None
    assert (hotline.name_zh, hotline.unit_zh, hotline.mode.value) == (name, unit, mode)
    assert hotline.clause.startswith(f"{part} 第{item}项")
    assert hotline.joined == ("12315" if note.startswith("已并入") else None)
    assert hotline.expert_queue == (f"expert-{number}" if "专家" in note else None)
    assert hotline.queue == (f"service-{number}" if "专席" in note else "general-seats")
    assert (hotline.notice is not None) == (mode == MergerMode.MERGED)


@pytest.mark.parametrize("row", ANNEX, ids=lambda row: row[4])
def test_given_an_annex_number_when_dialled_then_it_goes_where_its_note_says(
    nanjing: Catalogue, row: tuple[str, ...]
) -> None:
    _, mode, _, _, number, _, note = row
    step = next_step(nanjing, Call("1", number, "13800000000", "carrier"), NOON)
    if mode == MergerMode.SUB_CENTRE:
        assert isinstance(step, SubCentre)
        assert (step.number, step.peer) == ("12366", "subcentre-12366")
        return
    assert isinstance(step, Queue)
    if "专家" in note:
        assert step.queue == f"expert-{number}"
    else:
        assert step.queue == (f"service-{number}" if "专席" in note else "general-seats")
    if mode == MergerMode.MERGED:
        joined = note.startswith("已并入")
        greeting = "greeting-12315" if joined else "greeting"
        assert step.speech.prompts == (greeting, f"notice-{number}")
    else:
        assert step.speech.prompts == (f"greeting-{number}",)


def test_the_catalogue_holds_nothing_but_the_annex_the_main_line_and_the_emergency_numbers(
    nanjing: Catalogue,
) -> None:
    listed = [hotline.number for hotline in nanjing.hotlines if not hotline.line]
    annex = [row[4] for row in ANNEX]
    assert listed == ["12345", *annex, "110", "119", "120", "122"]


def test_line_13_is_an_open_list(nanjing: Catalogue) -> None:
    assert nanjing.open_list is not None
    assert nanjing.open_list.name_zh == "我市各区各部门设立各类政务服务便民热线"
    assert nanjing.open_list.clause == "附件1 一、整体并入 第13项"


def test_the_example_of_a_districts_line_can_be_taken_as_it_stands(tmp_path: Path) -> None:
    folder = shutil.copytree(Path(routing.__file__).parent / "nanjing", tmp_path / "city")
    text = (folder / "hotlines.yaml").read_text("utf-8")
    before, _, example = text.partition("  lines: []\n")
    _, _, example = example.partition("\n")
    uncommented = "".join(line.replace("  # ", "  ", 1) + "\n" for line in example.splitlines())
    (folder / "hotlines.yaml").write_text(before + uncommented, "utf-8")

    line = load_catalogue(folder).hotline("02584000000")

    assert line is not None
    assert (line.mode, line.queue, line.greeting) == ("merged", "general-seats", "greeting")
    assert line.notice is not None


@pytest.mark.parametrize("number", ["110", "119", "120", "122"])
def test_emergency_numbers_go_straight_out(nanjing: Catalogue, number: str) -> None:
    step = next_step(nanjing, Call("1", number, "", "carrier"), NOON)
    assert isinstance(step, Emergency)
    assert (step.number, step.speech.prompts, step.speech.keys) == (number, (), "")


def test_queues_are_those_of_the_annex_of_enterprises_and_of_languages(
    nanjing: Catalogue,
) -> None:
    experts = {row[4] for row in ANNEX if "专家" in row[6]}
    kinds = {queue.name: queue.kind for queue in nanjing.queues}
    expected = {f"expert-{number}": QueueKind.EXPERT for number in experts}
    expected |= {"general-seats": QueueKind.GENERAL, "service-12313": QueueKind.SERVICE}
    assert kinds == expected | {
        "enterprise": QueueKind.ENTERPRISE,
        "english": QueueKind.LANGUAGE,
        "dialect": QueueKind.LANGUAGE,
    }


def test_every_queue_has_a_seat_and_seats_are_8001_to_8020(nanjing: Catalogue) -> None:
    seats = [seat for group in nanjing.seats for seat in group.numbers]
    assert seats == [str(number) for number in range(8001, 8021)]
    staffed = {name for group in nanjing.seats for name in group.queues}
    assert staffed == {queue.name for queue in nanjing.queues}
    assert "general-seats" in nanjing.seat_queues("8001")
    assert nanjing.seat_queues("9999") == {}


def test_no_rule_names_the_city() -> None:
    """Any city writes its own catalogue: the rules know none by name."""
    for file in Path(routing.__path__[0]).glob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert "南京" not in text, file.name
        assert "anjing" not in text, file.name


def test_a_copy_looks_up_its_own_numbers(nanjing: Catalogue) -> None:
    assert nanjing.main.greeting is not None
    mute = nanjing.main.model_copy(update={"greeting": None})
    others = tuple(one for one in nanjing.hotlines if one is not nanjing.main)
    assert nanjing.model_copy(update={"hotlines": (mute, *others)}).main.greeting is None
