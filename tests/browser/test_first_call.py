"""The first call: it rings in the browser of the agent it is for, and nowhere else."""

import re

from playwright.sync_api import Page, expect

from tests.browser.conftest import LogIn
from tests.browser.desk import get_ready, in_state, rings, stored
from tests.support.city import City
from tests.support.ear import Ear
from tests.support.sipp import Carrier, Dial
from tests.support.until import until

NUMBER, CALLER = "12349", "13812345678"
RTP = """async () => {
  const flow = { received: 0, sent: 0, energy: 0 };
  for (const connection of watched.connections)
    for (const report of (await connection.getStats()).values()) {
      if (report.type === 'inbound-rtp') {
        flow.received += report.packetsReceived;
        flow.energy += report.totalAudioEnergy ?? 0;
      }
      if (report.type === 'outbound-rtp') flow.sent += report.packetsSent;
    }
  return flow;
}"""


def packets(page: Page, which: str) -> int:
    """Return the RTP packets that the page says the browser has counted."""
    text = page.get_by_test_id(which).text_content() or ""
    return int("".join(re.findall(r"\d+", text)) or 0)


def pauses(city: City) -> list[str]:
    """Return what Asterisk's own log says of the seat's pauses, oldest first."""
    return re.findall(r"\|8001\|((?:UN)?PAUSE)\|", city.queue_log())


def listed(page: Page, what: str) -> str:
    """Return a list as this person's browser gets it from the server."""
    answer = page.request.get(f"{page.url.rstrip('/')}/api/v1/{what}")
    assert answer.ok
    return answer.text()


def sound_flows_both_ways(wang: Page, ear: Ear) -> None:
    """The browser's own statistics and the caller's ear: packets, and sound in them."""
    before, heard = wang.evaluate(RTP), ear.heard_seconds

    def flows() -> bool:
        now = wang.evaluate(RTP)
        enough = all(now[way] > before[way] + 50 for way in ("received", "sent"))
        return enough and now["energy"] > before["energy"] and ear.heard_seconds > heard + 0.1

    until(flows, 10, "RTP flows, and the caller and the agent hear each other")
    wang.get_by_test_id("call-quality").hover()
    until(lambda: packets(wang, "rtp-in") > 50 and packets(wang, "rtp-out") > 50, 5, "and is shown")


def test_an_agent_takes_a_call_opens_its_ticket_and_is_ready_again(
    city: City, log_in: LogIn, carrier: Carrier, ear: Ear
) -> None:
    wang, li = log_in("wang"), log_in("li")
    get_ready(wang)
    get_ready(li)
    li.get_by_test_id("state-pause").click()
    li.get_by_role("menuitem", name="用餐").click()
    in_state(li, "paused")
    before = {what: listed(li, what) for what in ("calls", "tickets", "call-backs")}

    carrier.place([Dial(NUMBER, CALLER, ear.port, stay=40)])

    rings(wang)
    expect(wang.get_by_test_id("pop-dnis")).to_contain_text(NUMBER)
    expect(wang.get_by_test_id("pop-mode")).to_contain_text("整体并入")
    expect(wang.get_by_test_id("pop-caller")).to_contain_text("138****5678")

    wang.get_by_test_id("call-answer").first.click()
    in_state(wang, "talking")
    sound_flows_both_ways(wang, ear)
    during = {what: listed(li, what) for what in before}

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
    assert f"|{call_id}|general-seats|8001|CONNECT|" in city.queue_log(), "Asterisk's own call_id"

    wang.get_by_test_id("call-hangup").click()
    in_state(wang, "wrapup")
    expect(wang.get_by_test_id("wrapup-timer")).to_be_visible()
    wang.get_by_test_id("wrapup-end").click()
    in_state(wang, "ready")
    expect(wang.get_by_test_id("wrapup-timer")).to_be_hidden()
    until(lambda: pauses(city)[-1] == "UNPAUSE", 5, "Asterisk offers calls again")

    # What is saved as a ticket is everybody's work; a call is the business of its agent alone.
    after = {what: listed(li, what) for what in ("calls", "call-backs")}
    assert during == before
    assert after == {what: before[what] for what in after}
    masked = "138****5678"
    nothing_of_it_reached(li, call_id, CALLER, masked, f'"{NUMBER}"', "楼道路灯", number[0])
    told, shown = wang.evaluate("[watched.frames, watched.shown]")
    assert any(call_id in frame for frame in told)
    assert any(masked in text for text in shown), "wang's page was told, and showed it"


def nothing_of_it_reached(page: Page, *words: str) -> None:
    """No message, toast or text that stood on the page even for a moment has one of the words."""
    frames, shown = page.evaluate("[watched.frames, watched.shown]")
    assert len(frames) > 3, "the page was told things all the same"
    assert len(shown) > 3
    for word in words:
        assert not [frame for frame in frames if word in frame], word
        assert not [text for text in shown if word in text], word
    expect(page.get_by_test_id("pop")).to_be_hidden()
