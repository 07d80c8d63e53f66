"""A call that the sub-centre sends: its matter on the pop, all of it in the ticket afterwards."""

import json
from pathlib import Path

import httpx
from playwright.sync_api import expect

from tests.browser.conftest import LogIn
from tests.browser.desk import get_ready, hang_up, rings, stored
from tests.support.city import City
from tests.support.sipp import SCENARIOS, Carrier, Dial

SUB_CENTRE = "127.0.0.3"
ABOUT = {
    "title": "个体户如何补开发票",
    "reference": "SW-2026-0815",
    "kind": "consultation",
    "content": "已在税务分中心核对过登记信息。",
    "requester_name": "王小明",
    "requester_phone": "13812345678",
    "occurred_at": "2026-11-20T02:00:00Z",
}


def left_with(city: City, about: dict[str, str]) -> str:
    """The sub-centre's computer leaves a context with us; what its INVITE is to carry."""
    token = json.loads((city.home / "secrets.json").read_text("utf-8"))["exchange"]["12366"]
    headers = {"authorization": f"Bearer {token}"}
    answer = httpx.post(f"{city.url}/api/v1/exchange/context", json=about, headers=headers)
    assert answer.status_code == 201, answer.text
    return str(answer.json()["user_to_user"])


def carrying(key: str, folder: Path) -> Path:
    """A caller's scenario with a key in its INVITE."""
    text = (SCENARIOS / "caller.xml").read_text("utf-8")
    text = text.replace("Content-Type:", f"User-to-User: {key}\nContent-Type:", 1)
    path = folder / "carrying.xml"
    path.write_text(text, "utf-8")
    return path


def test_the_agent_reads_it_while_it_rings_and_need_not_ask_again(
    city: City, log_in: LogIn, tmp_path: Path
) -> None:
    wang = log_in("wang")
    get_ready(wang)
    scenario = carrying(left_with(city, ABOUT), tmp_path)
    with Carrier(SUB_CENTRE, city.target, tmp_path) as tax:
        tax.place([Dial("12345", "13812345678", stay=60)], scenario=scenario)
        rings(wang)
        expect(wang.get_by_test_id("pop-brought")).to_have_text("12366 转来：个体户如何补开发票")
        note = wang.get_by_test_id("brought")
        expect(note).to_contain_text("王** · 138****5678 · 编号 SW-2026-0815")
        expect(wang.get_by_test_id("ticket-title")).to_be_hidden()

        wang.get_by_test_id("pop-answer").click()

        expect(wang.get_by_test_id("ticket-title")).to_have_value(ABOUT["title"])
        expect(wang.get_by_test_id("ticket-name")).to_have_value("王小明")
        expect(wang.get_by_test_id("ticket-phone")).to_have_value("13812345678")
        expect(wang.get_by_test_id("ticket-content")).to_have_value(
            "已在税务分中心核对过登记信息。\n12366 编号：SW-2026-0815"
        )
        kind = wang.get_by_test_id("ticket-kind-consultation").get_by_role("radio")
        expect(kind).to_be_checked()
        wang.get_by_test_id("ticket-title").fill("个体户补开去年的发票")
        wang.get_by_test_id("ticket-save").click()
        expect(wang.get_by_test_id("ticket-saved-number")).to_be_visible()
        number = wang.get_by_test_id("ticket-saved-number").inner_text()
        columns = "title, requester_name, requester_phone, occurred_at, created_by"
        assert stored(city, f"select {columns} from tickets where number = ?", number) == [
            ("个体户补开去年的发票", "王小明", "13812345678", "2026-11-20 02:00:00.000000", "wang")
        ]
        hang_up(wang)
    looks = stored(city, "select username from audit where action = ?", "brought_opened")
    assert looks == [("wang",)]
