"""A supervisor asks who would answer a number, without ringing it."""

from playwright.sync_api import expect

from tests.browser.conftest import LogIn


def test_a_supervisor_sees_who_would_answer_at_night(log_in: LogIn) -> None:
    zhao = log_in("zhao")
    zhao.get_by_test_id("nav-who").click()
    zhao.get_by_test_id("who-number").click()
    zhao.keyboard.type("12329")
    zhao.keyboard.press("Enter")
    steps = zhao.get_by_test_id("who-step")
    expect(steps.first).to_contain_text("12329")
    expect(steps.nth(1)).to_contain_text("附件1")
    overflow = steps.filter(has_text="专席正忙").first
    expect(overflow).to_contain_text("等待到时")
    expect(overflow).to_contain_text("综合座席")
    expect(steps.filter(has_text="约定回拨").first).to_be_visible()

    with zhao.expect_response("**/simulate?*") as asked:
        zhao.get_by_test_id("who-night").click()
    assert asked.value.ok
    assert "T02%3A00" in asked.value.url
    expect(steps.first).to_contain_text("12329")
