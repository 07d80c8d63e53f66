"""What a person does at a desk, and what a caller does to it."""

import sqlite3
from typing import Any

from playwright.sync_api import Page, expect

from tests.support.city import City


def get_ready(page: Page) -> None:
    """Take calls in the browser."""
    expect(page.get_by_test_id("phone-status")).to_have_attribute("data-status", "registered")
    page.get_by_test_id("state-ready").click()
    in_state(page, "ready")


def in_state(page: Page, state: str) -> None:
    """The desk shows that its agent is in `state`."""
    expect(page.get_by_test_id("agent-state")).to_have_attribute("data-state", state)


def rings(page: Page) -> None:
    """The call pops; a greeting is heard by the caller first."""
    expect(page.get_by_test_id("pop")).to_be_visible(timeout=20_000)


def hang_up(page: Page) -> None:
    """End the call by the button and finish the work after it."""
    page.get_by_test_id("call-hangup").click()
    in_state(page, "wrapup")
    page.get_by_test_id("wrapup-end").click()
    in_state(page, "ready")


def stored(city: City, query: str, *values: str) -> list[tuple[Any, ...]]:
    """Read the line's database."""
    with sqlite3.connect(city.home / "hotline.db") as database:
        return database.execute(query, values).fetchall()
