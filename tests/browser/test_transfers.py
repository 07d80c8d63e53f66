"""The transfer panel: opened by a key, searched, used; what became of it is on the screen."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import PEOPLE, leave, new_desk
from tests.browser.desk import get_ready, in_state, rings
from tests.support.city import PASSWORD
from tests.support.house import House, running_house
from tests.support.sipp import Dial
from tests.support.until import until


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with running_house(tmp_path_factory.mktemp("house")) as running:
        running.city.add("wang", *PEOPLE["wang"])
        running.city.add("lawyer", extension="8009")
        yield running


def at_a_desk(house: House, chromium: Browser, name: str) -> Page:
    """Somebody at a desk of this house, ready."""
    page = new_desk(house.city, chromium)
    page.get_by_test_id("login-username").fill(name)
    page.get_by_test_id("login-password").fill(PASSWORD)
    page.get_by_test_id("login-submit").click()
    get_ready(page)
    return page


@pytest.fixture
def wang(house: House, chromium: Browser) -> Iterator[Page]:
    page = at_a_desk(house, chromium, "wang")
    yield page
    leave(house.city, page)
    house.close()


def given_a_talk(house: House, page: Page, folder: Path) -> None:
    house.carrier(folder).place([Dial("12345", "13700004321", stay=60)])
    rings(page)
    page.get_by_test_id("pop-answer").click()
    in_state(page, "talking")


def test_alt_x_a_word_and_enter_send_the_caller_on(
    house: House, wang: Page, tmp_path: Path
) -> None:
    metro = house.stands_as("partners", tmp_path)
    given_a_talk(house, wang, tmp_path)

    wang.keyboard.press("Alt+KeyX")
    expect(wang.get_by_test_id("target-metro")).to_contain_text("06:00-23:00")
    expect(wang.get_by_test_id("target-water")).to_contain_text("全天")
    expect(wang.get_by_test_id("transfer-search")).to_be_focused()
    wang.keyboard.type("地铁")
    expect(wang.get_by_test_id("target-gas")).to_be_hidden()
    wang.keyboard.press("Enter")

    expect(wang.get_by_test_id("transfer-last")).to_contain_text("地铁服务热线：已转出")
    until(lambda: metro.counts()["created"] == 1, 5, "the metro rings")
    in_state(wang, "wrapup")


def test_a_busy_partner_is_told_and_the_caller_rings_here_again(
    house: House, wang: Page, tmp_path: Path
) -> None:
    house.stands_as("partners", tmp_path, "refuser.xml")
    given_a_talk(house, wang, tmp_path)

    wang.get_by_test_id("call-transfer").click()
    wang.get_by_test_id("transfer-gas-cold").click()

    expect(wang.get_by_test_id("transfer-last")).to_contain_text("燃气服务热线：对方占线")
    rings(wang)
    wang.get_by_test_id("pop-answer").click()
    in_state(wang, "talking")


def test_speak_first_join_and_leave_by_the_buttons(
    house: House, wang: Page, tmp_path: Path
) -> None:
    house.stands_as("partners", tmp_path)
    given_a_talk(house, wang, tmp_path)

    wang.keyboard.press("Alt+KeyX")
    wang.get_by_test_id("transfer-water-warm").click()
    expect(wang.get_by_test_id("transfer-last")).to_contain_text("正与对方沟通")
    expect(wang.get_by_test_id("transfer-gas-warm")).to_be_disabled()
    wang.get_by_test_id("transfer-join").click()
    expect(wang.get_by_test_id("transfer-last")).to_contain_text("三方通话中")
    wang.get_by_test_id("transfer-leave").click()

    expect(wang.get_by_test_id("transfer-last")).to_contain_text("已转出")
    in_state(wang, "wrapup")


def test_119_by_one_touch_and_the_agent_leaves_when_they_have_taken_over(
    house: House, wang: Page, tmp_path: Path
) -> None:
    service = house.stands_as("emergency", tmp_path)
    given_a_talk(house, wang, tmp_path)

    wang.get_by_test_id("emergency-119").click()

    expect(wang.get_by_test_id("transfer-last")).to_contain_text("三方通话中")
    until(lambda: service.counts()["created"] == 1, 5, "119 rings")
    expect(wang.get_by_test_id("transfer-leave")).to_have_text("对方已确认接手，退出")
    wang.get_by_test_id("transfer-leave").click()
    expect(wang.get_by_test_id("transfer-last")).to_contain_text("已转出")
    in_state(wang, "wrapup")


def test_an_expert_who_took_the_call_over_sends_it_on_by_the_same_panel(
    house: House, wang: Page, chromium: Browser, tmp_path: Path
) -> None:
    water = house.stands_as("partners", tmp_path)
    lawyer = at_a_desk(house, chromium, "lawyer")
    given_a_talk(house, wang, tmp_path)
    wang.keyboard.press("Alt+KeyX")
    wang.get_by_test_id("transfer-expert-12348-warm").click()
    rings(lawyer)
    lawyer.get_by_test_id("pop-answer").click()
    in_state(lawyer, "talking")
    lawyer.get_by_test_id("call-transfer").click()
    onward = lawyer.get_by_test_id("transfer-water-cold")
    expect(onward).to_be_disabled()  # the agent has the caller still
    wang.get_by_test_id("transfer-leave").click()

    onward.click()

    until(lambda: water.counts()["created"] == 1, 10, "the water company rings")
    expect(lawyer.get_by_test_id("transfer-last")).to_contain_text("供水服务热线：已转出")
    in_state(lawyer, "wrapup")
    leave(house.city, lawyer)
