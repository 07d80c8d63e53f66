"""A shift: pauses, a reload at the wrong moment, hands on the keyboard, a phone on the desk."""

import json
import re
import socket
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.conftest import LogIn
from tests.browser.desk import get_ready, hang_up, in_state, rings, stored
from tests.support.city import PASSWORD, City
from tests.support.ear import Ear
from tests.support.ports import free_port
from tests.support.sipp import Carrier, Dial

DESK_PHONE = Path(__file__).parent / "scenarios/desk_phone.xml"
DESK_PHONE_HOST = "127.0.0.6"


def test_a_pause_has_a_reason_and_an_end(log_in: LogIn) -> None:
    wang = log_in("wang")
    get_ready(wang)

    wang.get_by_test_id("state-pause").click()
    wang.get_by_role("menuitem", name="用餐").click()
    in_state(wang, "paused")
    expect(wang.get_by_test_id("agent-state")).to_contain_text("小休 · 用餐")

    wang.get_by_test_id("state-ready").click()
    in_state(wang, "ready")


def test_a_reload_loses_neither_the_call_nor_a_word(
    log_in: LogIn, carrier: Carrier, ear: Ear
) -> None:
    wang = log_in("wang")
    wang.on("dialog", lambda dialog: dialog.accept())
    get_ready(wang)
    carrier.place([Dial("12345", "13700001234", ear.port, stay=60)])
    rings(wang)
    wang.get_by_test_id("pop-answer").click()
    in_state(wang, "talking")
    wang.get_by_test_id("ticket-title").fill("公交站台顶棚漏雨")
    expect(wang.get_by_test_id("sound-lost")).to_be_hidden()

    wang.reload()

    in_state(wang, "talking")
    expect(wang.get_by_test_id("caller-number")).to_have_text("137****1234")
    expect(wang.get_by_test_id("ticket-title")).to_have_value("公交站台顶棚漏雨")
    expect(wang.get_by_test_id("sound-lost")).to_contain_text("请挂断")

    wang.get_by_test_id("ticket-kind-report").click()
    wang.get_by_test_id("ticket-content").fill("站台顶棚破损，雨天漏水。")
    wang.get_by_test_id("ticket-save").click()
    number = wang.get_by_test_id("ticket-saved-number").text_content() or ""
    wang.get_by_test_id("call-hangup").click()
    in_state(wang, "wrapup")

    wang.reload()

    # An empty form here would invite a second ticket about the same call.
    expect(wang.get_by_test_id("ticket-saved-number")).to_have_text(number)
    expect(wang.get_by_test_id("wrapup-timer")).to_be_visible()
    wang.get_by_test_id("wrapup-end").click()
    in_state(wang, "ready")


def test_a_whole_call_without_the_mouse(
    city: City, stranger: Page, carrier: Carrier, ear: Ear
) -> None:
    keys = stranger.keyboard
    expect(stranger.get_by_test_id("login-username")).to_be_focused()
    keys.type("wang")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(stranger.get_by_test_id("phone-status")).to_have_attribute("data-status", "registered")
    keys.press("Alt+r")
    in_state(stranger, "ready")

    carrier.place([Dial("12345", "13700004321", ear.port, stay=60)])
    rings(stranger)
    keys.press("F2")
    in_state(stranger, "talking")

    keys.press("Alt+t")
    expect(stranger.get_by_test_id("ticket-title")).to_be_focused()
    keys.type("咨询社保卡补办")
    for _ in ("name", "phone", "time", "address", "cause", "content"):
        keys.press("Tab")
    keys.type("询问补办社保卡所需材料，已答复。")
    keys.press("Control+Enter")
    expect(stranger.get_by_test_id("ticket-kind-error")).to_have_text("请选择工单类型。")
    keys.press("Space")
    keys.press("Control+Enter")
    expect(stranger.get_by_test_id("ticket-saved-number")).to_have_text(re.compile(r"^NJ\d{8}-"))
    assert stored(city, "select kind from tickets where title = ?", "咨询社保卡补办") == [
        ("consultation",)
    ]

    keys.press("Alt+h")
    in_state(stranger, "wrapup")
    keys.press("Alt+w")
    in_state(stranger, "ready")


def test_a_desk_phone_is_answered_by_hand_and_hung_up_from_the_page(
    city: City, log_in: LogIn, carrier: Carrier, ear: Ear, tmp_path: Path
) -> None:
    li = log_in("li")
    password = json.loads((city.home / "secrets.json").read_text("utf-8"))["seats"]["8002"]
    port = free_port(DESK_PHONE_HOST, socket.SOCK_DGRAM)
    desk = Carrier(DESK_PHONE_HOST, city.target, tmp_path)
    desk.register("8002-desk", password, port)
    desk.answer(port, DESK_PHONE)

    li.get_by_test_id("phone-status").click()
    li.get_by_test_id("phone-kind-desk").click()
    expect(li.get_by_test_id("phone-status")).to_have_attribute("data-status", "desk")
    li.keyboard.press("Escape")
    li.get_by_test_id("state-ready").click()
    in_state(li, "ready")

    carrier.place([Dial("12345", "13700009876", ear.port, stay=60)])
    rings(li)
    expect(li.get_by_test_id("pop-caller")).to_have_text("137****9876")
    expect(li.get_by_test_id("pop-answer")).to_have_count(0)
    expect(li.get_by_test_id("call-answer")).to_have_count(0)
    expect(li.get_by_test_id("call-on-desk")).to_be_visible()
    in_state(li, "talking")
    hang_up(li)
    desk.stop()
