"""A ticket that does not fit yet: each field says what it lacks, and no word is lost."""

import sqlite3

from playwright.sync_api import Page, expect

from tests.browser.conftest import LogIn
from tests.browser.desk import stored
from tests.support.city import City


def error_of(page: Page, field: str, sentence: str) -> None:
    """The sentence stands under the field it is about."""
    expect(page.get_by_test_id(f"ticket-{field}-error")).to_have_text(sentence)


def test_each_missing_field_is_named_in_both_languages_and_what_was_typed_stays(
    city: City, log_in: LogIn
) -> None:
    wang = log_in("wang")
    wang.get_by_test_id("ticket-free").click()
    wang.get_by_test_id("ticket-title").fill("夜间施工噪音")
    wang.get_by_test_id("ticket-phone").fill("没有")
    wang.get_by_test_id("ticket-save").click()

    error_of(wang, "kind", "请选择工单类型。")
    error_of(wang, "content", "请填写经过与诉求。")
    error_of(wang, "requester_phone", "联系电话只能包含数字、空格、短横和开头的加号。")
    error_of(wang, "title", "")

    wang.get_by_test_id("lang-switch").click()
    error_of(wang, "kind", "Choose the kind of ticket.")
    error_of(wang, "content", "Enter the course and the request.")
    expect(wang.get_by_test_id("ticket-title")).to_have_value("夜间施工噪音")
    assert not stored(city, "select 1 from tickets where title = ?", "夜间施工噪音")

    wang.get_by_test_id("ticket-phone").fill("")
    wang.get_by_test_id("ticket-kind-complaint").click()
    wang.get_by_test_id("ticket-content").fill("工地夜里十一点后仍在施工，希望制止。")
    error_of(wang, "kind", "")
    wang.get_by_test_id("ticket-save").click()
    expect(wang.get_by_test_id("ticket-saved-number")).to_be_visible()
    assert stored(city, "select 1 from tickets where title = ?", "夜间施工噪音")


def test_a_kind_that_no_person_chose_says_so_until_somebody_works_on_the_ticket(
    city: City, log_in: LogIn
) -> None:
    wang = log_in("wang")
    wang.get_by_test_id("ticket-free").click()
    wang.get_by_test_id("ticket-kind-help").click()
    wang.get_by_test_id("ticket-title").fill("转接供水")
    wang.get_by_test_id("ticket-content").fill("由系统开立。")
    wang.get_by_test_id("ticket-save").click()
    expect(wang.get_by_test_id("ticket-saved-number")).to_be_visible()
    number = str(wang.get_by_test_id("ticket-saved-number").text_content()).strip()
    with sqlite3.connect(city.home / "hotline.db", timeout=10) as database:
        # As the system leaves it whose caller was passed on.
        change = "update tickets set created_by = '@system' where number = ?"
        assert database.execute(change, (number,)).rowcount == 1

    wang.goto(f"{city.url}/tickets/{number}")

    drawer = wang.get_by_test_id("ticket-detail")
    row = wang.locator(f"[data-number='{number}']")
    expect(row.get_by_test_id("kind-assumed")).to_have_text("类型待核对")
    expect(drawer.get_by_test_id("kind-assumed")).to_be_visible()
    drawer.get_by_test_id("ticket-edit").click()
    drawer.get_by_test_id("ticket-kind-complaint").click()
    drawer.get_by_test_id("ticket-update").click()
    expect(row).to_contain_text("投诉")
    expect(wang.get_by_test_id("kind-assumed")).to_have_count(0)


def test_every_field_the_server_refuses_is_marked_at_once(log_in: LogIn) -> None:
    wang = log_in("wang")
    wang.get_by_test_id("ticket-free").click()
    wang.get_by_test_id("ticket-kind-help").click()
    wang.get_by_test_id("ticket-title").fill("井盖缺失")
    wang.get_by_test_id("ticket-content").fill("路口井盖缺失，请尽快补上。")
    wang.get_by_test_id("ticket-phone").fill("1--")
    wang.locator("#desk-occurred_at").fill("2099-01-01 08:00")
    wang.keyboard.press("Enter")
    wang.get_by_test_id("ticket-save").click()

    error_of(wang, "occurred_at", "“发生时间”不能晚于现在。")
    phone = wang.get_by_test_id("ticket-requester_phone-error")
    expect(phone).to_contain_text("须为 3–20 位数字")
    wang.get_by_test_id("lang-switch").click()
    error_of(wang, "occurred_at", "“time it happened” must not lie in the future.")
    expect(wang.get_by_test_id("ticket-content")).to_have_value("路口井盖缺失，请尽快补上。")
