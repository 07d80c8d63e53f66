"""Who gave up waiting is on the list of call-backs, once, until somebody has spoken with them."""

from playwright.sync_api import expect

from tests.browser.conftest import LogIn
from tests.support.city import City
from tests.support.sipp import Carrier, Dial
from tests.support.until import until

CITIZEN = "13655554321"


def test_a_caller_who_gave_up_is_rung_back_by_one_agent(
    city: City, log_in: LogIn, carrier: Carrier
) -> None:
    wang, zhao = log_in("wang"), log_in("zhao")
    wang.get_by_test_id("nav-call-backs").click()
    for _ in range(2):
        assert carrier.place([Dial("12333", CITIZEN, stay=2)]).wait(20) == 0

    listed = wang.get_by_test_id("call-back-row").filter(has_text="136****4321")
    expect(listed).to_have_count(1, timeout=15_000)
    this = f"[data-testid=call-back-row][data-id='{listed.get_attribute('data-id')}']"
    row = wang.locator(this)
    expect(row).to_contain_text("12333")
    assert CITIZEN not in wang.content()
    owed = zhao.get_by_test_id("today-callBacks")
    until(lambda: int(owed.inner_text()) > 0, 10, "the floor shows who is owed a call")

    row.get_by_test_id("call-back-take").click()
    row.get_by_test_id("call-back-reveal").click()
    expect(row.get_by_test_id("call-back-caller")).to_have_text(CITIZEN)
    zhao.get_by_test_id("nav-call-backs").click()
    theirs = zhao.locator(this)
    expect(theirs.get_by_test_id("call-back-holder")).to_contain_text("wang")
    expect(theirs.get_by_test_id("call-back-take")).to_have_count(0)

    row.get_by_test_id("call-back-reached").click()
    expect(row).to_have_count(0)
    wang.get_by_test_id("call-backs-closed").click()
    expect(row).to_contain_text("已接通")
