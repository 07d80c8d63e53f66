"""What an agent does while talking, as the caller hears it; and who rings again is known."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import LogIn
from tests.browser.desk import get_ready, hang_up, in_state, rings, stored
from tests.support.city import City
from tests.support.ear import Ear
from tests.support.sipp import Carrier, Dial
from tests.support.until import until

TWO_SECONDS = 100  # packets; the browser's microphone beeps once a second
CALLER = "13777770001"


def answered(page: Page) -> None:
    rings(page)
    page.get_by_test_id("call-answer").first.click()
    in_state(page, "talking")


def test_the_caller_hears_nothing_then_music_then_a_key(
    city: City, log_in: LogIn, carrier: Carrier, ear: Ear
) -> None:
    wang = log_in("wang")
    get_ready(wang)
    carrier.place([Dial("12345", "13777770000", ear.port, stay=60)])
    answered(wang)
    until(lambda: ear.loud_of(TWO_SECONDS) > 0, 15, "the agent is heard")

    mute = wang.get_by_test_id("call-mute")
    mute.click()
    expect(mute).to_have_attribute("aria-pressed", "true")
    until(lambda: ear.loud_of(TWO_SECONDS) == 0, 15, "muted: the caller hears nothing")
    mute.click()
    expect(mute).to_have_attribute("aria-pressed", "false")
    until(lambda: ear.loud_of(TWO_SECONDS) > 0, 15, "heard again")

    hold = wang.get_by_test_id("call-hold")
    hold.click()
    expect(hold).to_have_attribute("aria-pressed", "true")
    until(lambda: ear.loud_of(TWO_SECONDS) > TWO_SECONDS // 2, 15, "held: music without a gap")
    until(lambda: stored(city, "select 1 from call_events where type = ?", "CallHeld"), 5)
    hold.click()
    expect(hold).to_have_attribute("aria-pressed", "false")
    until(lambda: 0 < ear.loud_of(TWO_SECONDS) < TWO_SECONDS // 2, 15, "the agent again")

    wang.get_by_test_id("call-keypad").click()
    wang.get_by_test_id("dtmf-5").click()
    expect(wang.get_by_test_id("dtmf-sent")).to_contain_text("5")
    until(lambda: ear.keys == ["5"], 5, "the key arrives as a key, once")
    hang_up(wang)


def test_who_rings_again_is_known_with_the_call_and_the_ticket_before(
    log_in: LogIn, carrier: Carrier
) -> None:
    wang = log_in("wang")
    get_ready(wang)
    carrier.place([Dial("12345", CALLER, stay=30)])
    answered(wang)
    wang.get_by_test_id("ticket-title").fill("自来水浑浊")
    wang.get_by_test_id("ticket-content").fill("厨房的自来水从昨天起发黄。")
    wang.get_by_test_id("ticket-kind-help").click()
    wang.get_by_test_id("ticket-save").click()
    expect(wang.get_by_test_id("ticket-saved-number")).to_be_visible()
    hang_up(wang)

    carrier.place([Dial("12319", CALLER, stay=30)])
    rings(wang)
    expect(wang.get_by_test_id("pop-wait")).to_contain_text("0:0")
    expect(wang.get_by_test_id("caller-repeat")).to_be_visible()
    expect(wang.get_by_test_id("earlier-call").first).to_contain_text("12345")
    expect(wang.get_by_test_id("earlier-ticket").first).to_contain_text("自来水浑浊")
    wang.get_by_test_id("call-answer").first.click()
    in_state(wang, "talking")
    hang_up(wang)
