"""The page as a whole in a browser: on a phone, in the dark, and read out."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.chat import SAMPLE_QUESTION, ask


@pytest.mark.parametrize("color_scheme", ["light", "dark"])
def test_nothing_sticks_out_on_a_phone(visit: Callable[..., Page], color_scheme: str) -> None:
    page = visit(360, 740, color_scheme)
    width = "document.documentElement.scrollWidth"
    ask(page, f"Who brokered the {'reconciliation' * 20}?")
    assert page.evaluate(width) == 360
    expect(page.get_by_role("textbox", name="Your question")).to_be_in_viewport()
    page.get_by_role("tab", name="Articles").click()
    expect(page.locator(".articles")).to_be_visible()
    assert page.evaluate(width) == 360
    dark = page.evaluate("getComputedStyle(document.querySelector('.masthead')).color")
    assert (int(re.findall(r"\d+", dark)[0]) > 128) == (color_scheme == "dark")


def test_every_control_has_a_name(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, SAMPLE_QUESTION)
    for tab in ("Ask", "Articles"):
        page.get_by_role("tab", name=tab).click()
        expect(page.locator(".turn, .articles").locator("visible=true").first).to_be_visible()
        tree = page.context.new_cdp_session(page).send("Accessibility.getFullAXTree")["nodes"]
        controls = [
            (node["role"]["value"], node.get("name", {}).get("value", ""))
            for node in tree
            if node.get("role", {}).get("value") in ("button", "link", "textbox", "tab")
            and not node["ignored"]
        ]
        assert len(controls) > 3
        assert [role for role, name in controls if not name.strip()] == []
