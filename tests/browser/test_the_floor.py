"""What a supervisor sees: who waits, who talks, and what a number has called before."""

import psutil
from playwright.sync_api import expect

from tests.browser.conftest import LogIn
from tests.browser.desk import get_ready, hang_up, in_state, rings
from tests.support.city import City
from tests.support.ear import Ear
from tests.support.sipp import Carrier, Dial


def test_the_floor_shows_the_talking_agent_and_the_waiting_caller(
    log_in: LogIn, carrier: Carrier, ear: Ear
) -> None:
    zhao, wang = log_in("zhao"), log_in("wang")
    get_ready(wang)
    seat = zhao.locator("[data-testid=floor-agent][data-agent='8001']")
    general = zhao.locator("[data-testid=floor-queue][data-queue=general-seats]")
    expect(seat).to_have_attribute("data-state", "ready")

    carrier.place([Dial("12345", "13700005555", ear.port, stay=60)])
    rings(wang)
    expect(seat).to_have_attribute("data-state", "ringing")
    wang.keyboard.press("F2")
    in_state(wang, "talking")
    expect(seat).to_have_attribute("data-state", "talking")
    expect(zhao.get_by_test_id("today-waiting")).to_have_text("0")

    waiting = carrier.place([Dial("12345", "13700006666", stay=11)])
    expect(zhao.get_by_test_id("today-waiting")).to_have_text("1", timeout=15_000)
    expect(general.get_by_test_id("queue-waiting")).to_have_text("1")
    assert waiting.wait(30) == 0
    expect(zhao.get_by_test_id("today-waiting")).to_have_text("0")
    hang_up(wang)
    expect(seat).to_have_attribute("data-state", "ready")


def test_a_supervisor_finds_a_caller_by_the_whole_number_and_the_address_does_not_tell_it(
    log_in: LogIn, carrier: Carrier
) -> None:
    assert carrier.place([Dial("12333", "13722223333", stay=1)]).wait(20) == 0
    zhao = log_in("zhao")
    zhao.get_by_test_id("nav-calls").click()
    zhao.get_by_test_id("person-search").fill("137 2222 3333")
    with zhao.expect_request("**/people/search") as asked:
        zhao.keyboard.press("Enter")
    assert "3333" not in asked.value.url
    found = zhao.get_by_test_id("person-call")
    expect(found).to_have_count(1)
    expect(found).to_contain_text("12333")
    found.click()
    expect(zhao.get_by_test_id("call-detail")).to_contain_text("137****3333")
    assert "13722223333" not in zhao.content()


def recorder_of(city: City) -> psutil.Process:
    """The process that records this line's calls."""
    return next(
        process
        for process in psutil.process_iter(["cmdline"])
        if (process.info["cmdline"] or [])[-2:] == ["hotline.processes", "record"]
        and process.environ().get("HOTLINE_HOME") == str(city.home)
    )


def test_a_recorder_that_hangs_is_an_alarm_on_the_floor_until_it_goes_on(
    city: City, log_in: LogIn
) -> None:
    zhao = log_in("zhao")
    zhao.get_by_test_id("nav-floor").click()
    expect(zhao.get_by_test_id("floor")).to_be_visible()
    alarms = zhao.get_by_test_id("floor-alarms")
    expect(alarms).to_be_hidden()
    recorder = recorder_of(city)
    recorder.suspend()
    try:
        expect(alarms).to_contain_text("记录进程没有心跳", timeout=15_000)
        zhao.get_by_test_id("lang-switch").click()
        expect(alarms).to_contain_text("The recorder is not heard")
    finally:
        recorder.resume()
    expect(alarms).to_be_hidden(timeout=15_000)
