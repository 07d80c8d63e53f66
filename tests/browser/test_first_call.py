"""The first call: it rings in the browser of the agent it is for, and nowhere else."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import LogIn
from tests.browser.desk import get_ready, stored
from tests.support.city import City
from tests.support.ear import Ear
from tests.support.sipp import Carrier, Dial
from tests.support.until import until


def packets(page: Page, which: str) -> int:
    """Return the RTP packets the browser has counted (WebRTC statistics)."""
    text = page.get_by_test_id(which).text_content() or ""
    return int("".join(re.findall(r"\d+", text)) or 0)


def test_an_agent_takes_a_call_opens_its_ticket_and_is_ready_again(
    city: City, log_in: LogIn, carrier: Carrier
) -> None:
    wang, li = log_in("wang"), log_in("li")
    get_ready(wang)
    ear = Ear(carrier.host)

    carrier.place([Dial("12349", "13812345678", ear.port, stay=25)])

    expect(wang.get_by_test_id("pop")).to_be_visible(timeout=20_000)
    expect(wang.get_by_test_id("pop-dnis")).to_contain_text("12349")
    expect(wang.get_by_test_id("pop-mode")).to_contain_text("整体并入")
    expect(wang.get_by_test_id("pop-caller")).to_contain_text("138****5678")
    expect(li.get_by_test_id("pop")).to_be_hidden()

    wang.get_by_test_id("call-answer").first.click()
    expect(wang.get_by_test_id("agent-state")).to_have_attribute("data-state", "talking")
    wang.get_by_test_id("call-quality").hover()
    until(lambda: packets(wang, "rtp-in") > 20 and packets(wang, "rtp-out") > 20, 10, "RTP flows")
    heard = ear.packets
    until(lambda: ear.packets > heard + 50, 5, "the caller hears the agent")

    wang.get_by_test_id("ticket-title").fill("楼道路灯不亮")
    wang.get_by_test_id("ticket-content").fill("建邺区某小区三单元路灯已坏一周，请派人修理。")
    wang.get_by_test_id("ticket-save").click()
    expect(wang.get_by_test_id("ticket-kind-error")).to_be_visible()
    wang.get_by_test_id("ticket-kind-help").click()
    wang.get_by_test_id("ticket-save").click()
    saved = wang.get_by_test_id("ticket-saved-number")
    expect(saved).to_contain_text(re.compile(r"NJ\d{8}-\d{6}"))
    number = re.search(r"NJ\d{8}-\d{6}", saved.text_content() or "")
    assert number
    [(call_id, answered_by)] = stored(
        city,
        "select c.call_id, c.agent from tickets t join calls c using (call_id) where t.number = ?",
        number[0],
    )
    assert answered_by == "8001"
    assert f"|{call_id}|" in city.queue_log(), "the call_id is Asterisk's own"

    wang.get_by_test_id("call-hangup").click()
    expect(wang.get_by_test_id("agent-state")).to_have_attribute("data-state", "wrapup")
    expect(wang.get_by_test_id("wrapup-timer")).to_be_visible()
    wang.get_by_test_id("wrapup-end").click()
    expect(wang.get_by_test_id("agent-state")).to_have_attribute("data-state", "ready")

    expect(li.get_by_test_id("pop")).to_be_hidden()
    assert "楼道路灯" not in (li.text_content("body") or "")
    ear.close()
