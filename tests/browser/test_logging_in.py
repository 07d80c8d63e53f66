"""Logging in: one sentence for what is wrong, in the language of who reads it."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import LogIn
from tests.support.city import PASSWORD


def fill_in(page: Page, name: str, password: str) -> None:
    """Fill in the form and send it."""
    page.get_by_test_id("login-username").fill(name)
    page.get_by_test_id("login-password").fill(password)
    page.get_by_test_id("login-submit").click()


def sign_out(page: Page) -> None:
    """Leave the desk to the next shift."""
    page.get_by_test_id("user-menu").click()
    page.get_by_test_id("sign-out").click()
    expect(page.get_by_test_id("login-submit")).to_be_visible()


def test_a_wrong_password_gets_one_sentence_and_another_try(stranger: Page) -> None:
    fill_in(stranger, "wang", "not-the-password")

    expect(stranger.get_by_test_id("login-error")).to_have_text("用户名或密码不正确。")
    expect(stranger.get_by_test_id("login-username-error")).to_be_empty()
    expect(stranger.get_by_test_id("login-password")).to_have_value("")
    expect(stranger.get_by_test_id("login-password")).to_be_focused()
    expect(stranger.get_by_test_id("login-username")).to_have_value("wang")

    stranger.keyboard.type(PASSWORD)
    stranger.keyboard.press("Enter")
    expect(stranger.get_by_test_id("agent-state")).to_be_visible()


def test_a_reader_of_english_keeps_english_and_a_colleague_at_that_desk_chinese(
    stranger: Page,
) -> None:
    stranger.get_by_test_id("lang-switch").click()
    fill_in(stranger, "wang", "not-the-password")
    expect(stranger.get_by_test_id("login-error")).to_have_text(
        "The user name or the password is not right."
    )
    fill_in(stranger, "wang", PASSWORD)
    expect(stranger.get_by_test_id("state-ready")).to_have_text("Ready")
    expect(stranger.locator("html")).to_have_attribute("lang", "en")
    sign_out(stranger)

    fill_in(stranger, "li", PASSWORD)
    expect(stranger.get_by_test_id("state-ready")).to_have_text("就绪")
    sign_out(stranger)

    fill_in(stranger, "wang", PASSWORD)
    expect(stranger.get_by_test_id("state-ready")).to_have_text("Ready")


def test_an_agent_who_opens_the_floor_is_sent_back_to_the_desk(log_in: LogIn) -> None:
    wang = log_in("wang")
    wang.goto(f"{wang.url}floor")
    expect(wang.get_by_test_id("agent-state")).to_be_visible()
    expect(wang.get_by_test_id("floor")).to_be_hidden()
