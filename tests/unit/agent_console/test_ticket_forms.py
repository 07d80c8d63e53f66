"""The ticket form: what it takes, what it refuses, and who looks at whom."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from agent_console.tables import AuditRow
from tests.support.console import CALLER, Console

FORM: dict[str, Any] = {
    "kind": "help",
    "urgency": "normal",
    "title": "路灯不亮",
    "content": "小区门口的路灯三天不亮。",
}


async def looks(console: Console) -> list[tuple[str, str, str]]:
    async with AsyncSession(console.engine) as session:
        rows = await session.scalars(select(AuditRow).order_by(AuditRow.id))
        return [(row.username, row.action, row.subject) for row in rows]


async def test_given_a_call_when_its_ticket_is_saved_then_the_callers_number_is_in_it_unseen(
    console: Console,
) -> None:
    browser = await console.logged_in("first", extension="8001")
    await console.recorded_call("n1-1.1", agent="8001")
    form = FORM | {"call_id": "n1-1.1", "requester_phone": "138****5678"}
    answer = await browser.post("/tickets", json=form)
    assert answer.status_code == 201, answer.text
    ticket = answer.json()
    assert ticket["number"].startswith("NJ20")
    assert ticket["hotline"] == "12333"
    assert ticket["state"] == "accepted"
    assert ticket["requester_phone"] == "138****5678"
    assert CALLER not in answer.text
    assert await looks(console) == []

    number = ticket["number"]
    shown = await browser.post(f"/tickets/{number}/requester")
    assert shown.json() == {"requester_phone": CALLER}
    assert (await browser.get("/calls/n1-1.1")).json()["ticket_numbers"] == [number]
    assert await looks(console) == [("first", "requester_revealed", number)]


async def test_a_caller_who_went_without_experts_leaves_a_ticket_they_call_back_on(
    console: Console,
) -> None:
    browser = await console.logged_in("first", extension="8001")
    await console.recorded_call("n1-1.1", agent="8001", wants_expert="expert-12333")
    await console.recorded_call("n1-2.2", agent="8001")
    number = (await browser.post("/tickets", json=FORM | {"call_id": "n1-1.1"})).json()["number"]
    await browser.post("/tickets", json=FORM | {"call_id": "n1-2.2"})
    for narrowed in ({"wants_expert": "true"}, {"expert_queue": "expert-12333"}):
        found = (await browser.get("/tickets", params=narrowed)).json()["items"]
        assert [(one["number"], one["expert_queue"]) for one in found] == [(number, "expert-12333")]
    assert len((await browser.get("/tickets")).json()["items"]) == 2
    call = (await browser.get("/calls/n1-1.1")).json()
    assert call["wants_expert"] == "expert-12333"


ENTERPRISE_CALL = [{"seq": 2, "step": "queue:enterprise", "reason": "key", "last": "key:1"}]
CODE = "91330100799655058B"


async def test_a_call_to_the_enterprise_line_leaves_an_enterprises_ticket(
    console: Console,
) -> None:
    browser = await console.logged_in("first", extension="8001")
    line = {"dnis": "12345", "hotline": "12345", "merger_mode": "main"}
    await console.recorded_call("n1-1.1", agent="8001", path=ENTERPRISE_CALL, **line)
    await console.recorded_call("n1-2.2", agent="8001", **line)
    told = {"enterprise_name": "南京某某科技有限公司", "policy_category": "finance"}
    form = FORM | told | {"call_id": "n1-1.1", "credit_code": "9133-0100 7996 55058b"}
    ticket = (await browser.post("/tickets", json=form)).json()
    assert ticket["audience"] == "enterprise"
    assert ticket["credit_code"] == CODE
    assert {field: ticket[field] for field in told} == told
    person = (await browser.post("/tickets", json=FORM | {"call_id": "n1-2.2"})).json()
    assert (person["audience"], person["enterprise_name"]) == ("personal", None)
    assert (await browser.get("/calls/n1-1.1")).json()["audience"] == "enterprise"
    assert (await browser.get("/calls/n1-2.2")).json()["audience"] == "personal"

    for narrowed in ({"audience": "enterprise"}, {"policy_category": "finance"}, {"q": "某某"}):
        found = (await browser.get("/tickets", params=narrowed)).json()["items"]
        assert [one["number"] for one in found] == [ticket["number"]], narrowed
    found = (await browser.get("/tickets", params={"audience": "personal"})).json()["items"]
    assert [one["number"] for one in found] == [person["number"]]


async def test_the_agent_knows_better_for_whom_a_ticket_is(console: Console) -> None:
    """A citizen pressed the enterprise's key; a company's clerk pressed none."""
    browser = await console.logged_in("first", extension="8001")
    await console.recorded_call("n1-1.1", agent="8001", dnis="12345", path=ENTERPRISE_CALL)
    form = FORM | {"call_id": "n1-1.1", "audience": "personal"}
    address = f"/tickets/{(await browser.post('/tickets', json=form)).json()['number']}"
    assert (await browser.get(address)).json()["audience"] == "personal"

    told = {"audience": "enterprise", "enterprise_name": "某厂", "credit_code": CODE}
    changed = (await browser.patch(address, json={"version": 1} | told)).json()
    assert {field: changed[field] for field in told} == told
    back = (await browser.patch(address, json={"version": 2, "audience": "personal"})).json()
    assert (back["enterprise_name"], back["credit_code"]) == (None, None)
    assert back["version"] == 3
    late = await browser.patch(address, json={"version": 3, "credit_code": CODE})
    assert (late.status_code, late.json()["field"]) == (422, "credit_code")


async def test_opening_a_ticket_that_names_a_person_is_recorded(console: Console) -> None:
    browser = await console.logged_in("first", extension="8001")
    form = FORM | {"requester_phone": "025-8360 1234"}
    number = (await browser.post("/tickets", json=form)).json()["number"]
    opened = await browser.get(f"/tickets/{number}")
    assert opened.json()["requester_phone"] == "025****1234"
    assert await looks(console) == [("first", "ticket_opened", number)]


@pytest.mark.parametrize(
    ("field", "value", "code", "sentence"),
    [
        ("title", None, "ticket_field_missing", "请填写“标题”。"),
        ("title", "  ", "ticket_field_missing", "请填写“标题”。"),
        ("title", "长" * 101, "ticket_field_too_long", "“标题”最多 100 个字。"),
        ("content", "", "ticket_field_missing", "请填写“诉求内容”。"),
        ("content", "a\0b", "ticket_field_control_character", "“诉求内容”含有不允许的控制字符。"),
        ("kind", "", "ticket_field_missing", "请填写“诉求类型”。"),
        ("kind", "wish", "ticket_field_not_listed", "“诉求类型”的取值不在可选范围内。"),
        ("urgency", 7, "ticket_field_not_listed", "“紧急程度”的取值不在可选范围内。"),
        (
            "requester_phone",
            "call me",
            "phone_malformed",
            "“联系电话”须为 3–20 位数字，可以 + 开头。",
        ),
        ("requester_phone", "138****5678", "ticket_phone_masked", None),
        ("occurred_at", "yesterday", "ticket_field_malformed", "“发生时间”的格式不正确。"),
        (
            "occurred_at",
            "2096-01-01T00:00:00+00:00",
            "ticket_field_in_the_future",
            "“发生时间”不能晚于现在。",
        ),
        ("hotline", "99999", "ticket_hotline_unknown", None),
        ("call_id", "n1-9.9", "ticket_call_unknown", None),
        ("salary", "1", "ticket_field_unknown", "没有名为“salary”的字段。"),
        ("audience", "robot", "ticket_field_not_listed", "“诉求主体”的取值不在可选范围内。"),
        (
            "credit_code",
            "91330100799655058A",
            "credit_code_wrong",
            "“统一社会信用代码”的校验码不符，请逐位核对。",
        ),
        (
            "credit_code",
            "320100-12345",
            "credit_code_malformed",
            "“统一社会信用代码”须为 18 位数字或大写字母（不含 I、O、S、V、Z），第 3–8 位为数字。",
        ),
        (
            "credit_code",
            "91330100799655058B",
            "ticket_not_enterprise",
            "“统一社会信用代码”只属于企业诉求；请先把诉求主体改为企业。",
        ),
        ("enterprise_name", "某" * 101, "ticket_field_too_long", "“企业名称”最多 100 个字。"),
        ("policy_category", "magic", "policy_category_unknown", "目录中没有这个政策类别。"),
    ],
)
async def test_a_field_that_does_not_fit_is_named_and_nothing_is_saved(
    console: Console, field: str, value: object, code: str, sentence: str | None
) -> None:
    browser = await console.logged_in("first", extension="8001")
    form = {k: v for k, v in (FORM | {field: value}).items() if v is not None}
    answer = await browser.post("/tickets", json=form)
    assert answer.status_code == 422, answer.text
    refusal = answer.json()
    assert (refusal["code"], refusal["field"]) == (code, field)
    assert sentence is None or refusal["zh"] == sentence
    assert refusal["en"]
    assert "{" not in refusal["zh"] + refusal["en"]
    assert (await browser.get("/tickets")).json()["items"] == []


@pytest.mark.parametrize("body", [b"{", b"[]", b"", b'"text"', b"\xff"])
async def test_a_body_that_is_no_form_is_answered_with_a_sentence(
    console: Console, body: bytes
) -> None:
    browser = await console.logged_in("first", extension="8001")
    answer = await browser.post(
        "/tickets", content=body, headers={"content-type": "application/json"}
    )
    assert answer.status_code in (400, 422)
    assert answer.json()["code"] == "body_malformed"


async def test_an_enormous_form_is_refused(console: Console) -> None:
    browser = await console.logged_in("first", extension="8001")
    answer = await browser.post("/tickets", json=FORM | {"content": "x" * 100_000})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


async def test_given_two_readers_when_both_save_then_the_second_is_told(console: Console) -> None:
    browser = await console.logged_in("first", extension="8001")
    other = await console.logged_in("second", extension="8002")
    ticket = (await browser.post("/tickets", json=FORM)).json()
    address = f"/tickets/{ticket['number']}"
    saved = await browser.patch(address, json={"version": 1, "urgency": "urgent"})
    assert (saved.json()["version"], saved.json()["urgency"]) == (2, "urgent")
    late = await other.patch(address, json={"version": 1, "title": "别的"})
    assert (late.status_code, late.json()["code"]) == (409, "ticket_version_conflict")


async def test_emptying_a_required_field_is_refused(console: Console) -> None:
    browser = await console.logged_in("first", extension="8001")
    number = (await browser.post("/tickets", json=FORM)).json()["number"]
    answer = await browser.patch(f"/tickets/{number}", json={"version": 1, "content": None})
    assert (answer.status_code, answer.json()["field"]) == (422, "content")


async def test_a_masked_number_sent_back_changes_nothing(console: Console) -> None:
    browser = await console.logged_in("first", extension="8001")
    form = FORM | {"requester_phone": CALLER}
    number = (await browser.post("/tickets", json=form)).json()["number"]
    change = {"version": 1, "requester_phone": "138****5678", "title": "改"}
    assert (await browser.patch(f"/tickets/{number}", json=change)).json()["version"] == 2
    shown = await browser.post(f"/tickets/{number}/requester")
    assert shown.json()["requester_phone"] == CALLER


async def test_a_confidential_ticket_names_nobody_to_others(console: Console) -> None:
    author = await console.logged_in("first", extension="8001")
    other = await console.logged_in("second", extension="8002")
    boss = await console.logged_in("boss", "supervisor")
    form = FORM | {
        "requester_name": "王小明",
        "requester_phone": CALLER,
        "address": "中山路1号",
        "confidential": True,
    }
    number = (await author.post("/tickets", json=form)).json()["number"]
    seen = (await other.get(f"/tickets/{number}")).json()
    assert (seen["requester_name"], seen["address"]) == ("王**", None)
    assert (await other.post(f"/tickets/{number}/requester")).status_code == 403
    assert (await other.patch(f"/tickets/{number}", json={"version": 1})).status_code == 403
    assert (await boss.post(f"/tickets/{number}/requester")).status_code == 200
    listed = (await other.get("/tickets")).json()["items"][0]
    assert listed["requester_name"] == "王**"


async def test_a_list_is_read_page_by_page_without_loss_or_repeat(console: Console) -> None:
    browser = await console.logged_in("first", extension="8001")
    made = [(await browser.post("/tickets", json=FORM)).json()["number"] for _ in range(5)]
    read: list[str] = []
    params: dict[str, str] = {"limit": "2"}
    while True:
        page = (await browser.get("/tickets", params=params)).json()
        read += [item["number"] for item in page["items"]]
        if page["next"] is None:
            break
        params["before"] = page["next"]
    assert read == made[::-1]


async def test_a_ticket_list_is_narrowed(console: Console) -> None:
    browser = await console.logged_in("first", extension="8001")
    await browser.post("/tickets", json=FORM)
    await browser.post("/tickets", json=FORM | {"kind": "praise", "title": "50%的表扬"})
    for params in ({"kind": "praise"}, {"q": "表扬"}, {"q": "50%"}):
        found = (await browser.get("/tickets", params=params)).json()["items"]
        assert [item["kind"] for item in found] == ["praise"], params
    bad = await browser.get("/tickets", params={"before": "nonsense"})
    assert (bad.status_code, bad.json()["field"]) == (422, "before")


async def test_an_officer_reads_but_does_not_write(console: Console) -> None:
    officer = await console.logged_in("officer", "officer")
    assert (await officer.get("/tickets")).status_code == 200
    answer = await officer.post("/tickets", json=FORM)
    assert (answer.status_code, answer.json()["code"]) == (403, "role_not_allowed")


async def test_an_agent_writes_no_ticket_for_anothers_call(console: Console) -> None:
    browser = await console.logged_in("first", extension="8001")
    await console.recorded_call("n1-1.1", agent="8002")
    answer = await browser.post("/tickets", json=FORM | {"call_id": "n1-1.1"})
    assert (answer.status_code, answer.json()["code"]) == (403, "call_not_yours")
