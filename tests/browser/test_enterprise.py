"""A caller of the enterprise line (一企来): known on the screen pop, classified on the ticket."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import LogIn
from tests.browser.desk import get_ready, hang_up, rings, stored
from tests.support.city import City
from tests.support.ear import Ear
from tests.support.sipp import Carrier, Dial
from tests.support.until import until


def choose(page: Page, test_id: str, words: str) -> None:
    """Pick from a list that unfolds."""
    page.get_by_test_id(test_id).click()
    page.get_by_role("option", name=words, exact=True).click()


def test_who_presses_1_is_an_enterprise_until_the_agent_says_otherwise(
    city: City, log_in: LogIn, carrier: Carrier, ear: Ear
) -> None:
    wang = log_in("wang")
    get_ready(wang)
    carrier.place([Dial("12345", "13812345600", ear.port, stay=90)])
    until(lambda: ear.heard_seconds > 0.5, 10, "the greeting is heard")
    ear.press("1")
    rings(wang)
    expect(wang.get_by_test_id("pop-enterprise")).to_have_text("企业")
    wang.get_by_test_id("pop-answer").click()

    chosen = wang.get_by_test_id("ticket-audience-enterprise").get_by_role("radio")
    expect(chosen).to_be_checked()
    wang.get_by_test_id("ticket-kind-consultation").click()
    wang.get_by_test_id("ticket-title").fill("小微企业贷款贴息怎么申请")
    wang.get_by_test_id("ticket-content").fill("来电咨询贷款贴息的条件和办理地点。")
    wang.get_by_test_id("ticket-enterprise-name").fill("南京一企来测试有限公司")
    wang.get_by_test_id("ticket-credit-code").fill("91330100799655058A")
    choose(wang, "ticket-policy", "融资支持")
    wang.get_by_test_id("ticket-save").click()
    wrong = wang.get_by_test_id("ticket-credit_code-error")
    expect(wrong).to_have_text("“统一社会信用代码”的校验码不符，请逐位核对。")
    wang.get_by_test_id("lang-switch").click()
    expect(wrong).to_have_text(
        "The last character of “unified social credit code” does not fit the others; "
        "check each one."
    )
    wang.get_by_test_id("lang-switch").click()

    wang.get_by_test_id("ticket-credit-code").fill("9133 0100 7996 5505 8b")
    wang.get_by_test_id("ticket-save").click()
    expect(wang.get_by_test_id("ticket-saved-number")).to_be_visible()
    columns = "audience, credit_code, policy_category"
    assert stored(
        city,
        f"select {columns} from tickets where enterprise_name = ?",
        "南京一企来测试有限公司",
    ) == [("enterprise", "91330100799655058B", "finance")]
    hang_up(wang)

    wang.get_by_test_id("ticket-saved-open").click()
    expect(wang.get_by_test_id("ticket-is-enterprise")).to_be_visible()
    wang.goto(f"{city.url}/tickets")
    rows = wang.get_by_test_id("ticket-row")
    choose(wang, "tickets-audience", "企业")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("企业 · 南京一企来测试有限公司")
    choose(wang, "tickets-policy", "人才政策")
    expect(rows).to_have_count(0)


def test_a_ticket_without_a_call_is_a_persons_and_asks_for_no_company(log_in: LogIn) -> None:
    wang = log_in("wang")
    wang.get_by_test_id("ticket-free").click()
    person = wang.get_by_test_id("ticket-audience-personal").get_by_role("radio")
    expect(person).to_be_checked()
    expect(wang.get_by_test_id("ticket-enterprise")).to_be_hidden()
