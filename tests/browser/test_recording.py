"""An agent pauses the recording while a card's number is said; a supervisor listens afterwards."""

from playwright.sync_api import Page, expect

from tests.browser.conftest import LogIn
from tests.browser.desk import get_ready, hang_up, rings, stored
from tests.support.city import City
from tests.support.ear import Ear
from tests.support.sipp import Carrier, Dial
from tests.support.until import until


def shows_recording(page: Page, state: str) -> None:
    expect(page.get_by_test_id("call-recording")).to_have_attribute("data-recording", state)


def test_a_pause_is_seen_and_ends_and_only_a_supervisor_listens(
    city: City, log_in: LogIn, carrier: Carrier
) -> None:
    ear = Ear(carrier.host, talker=True)
    wang = log_in("wang")
    get_ready(wang)
    carrier.place([Dial("12345", "13700004321", ear.port, stay=60)])
    rings(wang)
    wang.get_by_test_id("pop-answer").click()
    shows_recording(wang, "on")
    heard = ear.packets
    until(lambda: ear.packets > heard + 100, 10, "they talk")

    wang.get_by_test_id("call-recording").click()
    shows_recording(wang, "paused")
    expect(wang.get_by_test_id("call-recording")).to_contain_text("录音已暂停")
    wang.reload()
    shows_recording(wang, "paused")
    wang.keyboard.press("Alt+s")
    shows_recording(wang, "on")
    hang_up(wang)
    city.hang_up_everybody()  # the caller would be asked how it was
    ear.close()
    expect(wang.get_by_test_id("call-recording")).to_be_hidden()

    newest = "select max(call_id) from calls where caller_id = '13700004321'"
    [(call_id,)] = stored(city, newest)
    kept = "select recorded from recordings where call_id = ?"
    until(lambda: stored(city, kept, call_id), 15, "the recording is judged")
    wang.goto(f"{city.url}/calls/{call_id}")
    expect(wang.get_by_test_id("call-detail")).to_contain_text("坐席 8001 暂停录音")
    expect(wang.get_by_test_id("recording-open")).to_be_hidden()

    zhao = log_in("zhao")
    zhao.goto(f"{city.url}/calls/{call_id}")
    zhao.get_by_test_id("recording-open").click()
    player = zhao.get_by_test_id("recording-player")
    until(lambda: player.evaluate("a => a.currentTime > 0.3 && !a.error"), 10, "it plays")
    player.evaluate("a => { a.currentTime = a.duration - 1 }")
    until(lambda: player.evaluate("a => a.ended"), 10, "and it can be moved to its end")
    looks = "select username from audit where action = 'recording_opened' and subject = ?"
    assert stored(city, looks, call_id) == [("zhao",)]
