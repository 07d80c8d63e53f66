"""A whole line, a real Chromium, and people who log in."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.catalogue import KEY_GREETING
from tests.support.city import PASSWORD, City, running_brief_city
from tests.support.ear import Ear
from tests.support.sipp import Carrier

CARRIER = "127.0.0.2"
CHROMIUM = shutil.which("chromium")
FLAGS = (
    "--no-sandbox",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PEOPLE = {
    "wang": ("agent", "8001"),
    "li": ("agent", "8002"),
    "zhao": ("supervisor", None),
}
WATCHED = Path(__file__).parent / "watched.js"
LogIn = Callable[[str], Page]

expect.set_options(timeout=10_000)


@pytest.fixture(scope="session")
def city(tmp_path_factory: pytest.TempPathFactory) -> Iterator[City]:
    """The whole line, with two agents and a supervisor."""
    with running_brief_city(tmp_path_factory.mktemp("city"), KEY_GREETING) as running:
        for name, (role, extension) in PEOPLE.items():
            running.add(name, role, extension)
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, with a microphone that hums.

    Closed after each file: while it is open, its loop keeps other tests from running one.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


def new_desk(city: City, chromium: Browser) -> Page:
    """A browser of its own, at the size of an ordinary desk's screen."""
    context = chromium.new_context(
        viewport={"width": 1366, "height": 768}, locale="zh-CN", permissions=["microphone"]
    )
    context.add_init_script(path=WATCHED)
    page = context.new_page()
    page.goto(city.url)
    return page


def leave(city: City, page: Page) -> None:
    """End the shift, so that the next test's caller does not ring here; no agent, no matter."""
    page.request.post(f"{city.url}/api/v1/me/agent/offline", headers={"Origin": city.url})
    page.context.close()


@pytest.fixture
def log_in(city: City, chromium: Browser) -> Iterator[LogIn]:
    """Open a browser of its own for each person and log in."""
    pages = []

    def open_and_log_in(name: str) -> Page:
        page = new_desk(city, chromium)
        pages.append(page)
        page.get_by_test_id("login-username").fill(name)
        page.get_by_test_id("login-password").fill(PASSWORD)
        page.get_by_test_id("login-submit").click()
        expect(page.get_by_test_id("user-menu")).to_be_visible()
        return page

    yield open_and_log_in
    for page in pages:
        leave(city, page)


@pytest.fixture
def stranger(city: City, chromium: Browser) -> Iterator[Page]:
    """A browser at the log-in page; nobody has logged in."""
    page = new_desk(city, chromium)
    yield page
    leave(city, page)


@pytest.fixture
def carrier(city: City, tmp_path: Path) -> Iterator[Carrier]:
    """A carrier that rings the line."""
    carrier = Carrier(CARRIER, city.target, tmp_path)
    yield carrier
    carrier.stop()


@pytest.fixture
def ear(carrier: Carrier) -> Iterator[Ear]:
    """A caller's ear and voice."""
    ear = Ear(carrier.host)
    yield ear
    ear.close()
