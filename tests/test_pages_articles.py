"""The Articles tab in a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from gradio_client import Client
from playwright.sync_api import Page, expect

from tests.chat import (
    HOSTILE,
    LANDSLIDE,
    LANDSLIDE_QUESTION,
    OTTER,
    PATIENCE,
    SAMPLE_QUESTION,
    ask,
    remove,
    upload,
)


def test_articles_are_added_asked_about_and_removed(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    page = visit()
    good, broken = tmp_path / "otter.txt", tmp_path / "broken.pdf"
    good.write_text(OTTER)
    broken.write_bytes(b"%PDF-1.4 nothing more")
    upload(page, good, broken)
    expect(page.get_by_text("1 added; 1 could not be read.")).to_be_visible()
    problem = page.locator(".problems li")
    expect(problem).to_have_text(re.compile(r"^broken\.pdf: is damaged"))
    page.get_by_role("textbox", name="Search the list").fill("quellham")
    expect(page.locator(".articles li")).to_have_count(1)
    page.get_by_role("tab", name="Ask").click()
    ask(page, "Who discovered the otter in Quellham?")
    expect(page.locator(".answer mark").first).to_contain_text("Ysolde")
    # It has no address on the web, so its title opens it in the page.
    page.locator(".answer").get_by_role("button", name="Otter found").first.click()
    pane = page.get_by_role("dialog")
    expect(pane.locator("mark")).to_contain_text("Ysolde")
    expect(pane).to_contain_text("at six in the morning")
    page.keyboard.press("Escape")
    page.get_by_role("tab", name="Articles").click()
    page.locator(".articles").get_by_role("button", name="Otter found").first.click()
    expect(pane).to_contain_text("at six in the morning")
    page.keyboard.press("Escape")
    remove(page, "Otter found")
    expect(page.locator(".articles li")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".articles li")).to_have_count(1, timeout=PATIENCE)
    remove(page, "Otter found")
    page.get_by_role("tab", name="Ask").click()
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".turn")).to_have_count(0)
    ask(page, "Who discovered the otter in Quellham?")
    expect(page.locator(".turn")).not_to_contain_text("Ysolde")


def test_articles_that_disagree_or_copy_each_other_are_told_apart(
    visit: Callable[..., Page], tmp_path: Path
) -> None:
    page = visit()
    file = tmp_path / "vellmark.jsonl"
    file.write_text("\n".join(map(json.dumps, LANDSLIDE)))
    upload(page, file)
    page.get_by_role("tab", name="Ask").click()
    ask(page, LANDSLIDE_QUESTION)
    sides = page.get_by_role("region", name="The articles disagree").locator(".side")
    expect(sides).to_have_count(2)
    expect(sides.first).to_contain_text(re.compile("10 May 2023.*Newest.*17 people", re.DOTALL))
    expect(sides.first).to_contain_text("1 copy of this report")
    expect(sides.last).to_contain_text(re.compile("7 May 2023.*14 people", re.DOTALL))
    tops = [sides.nth(at).evaluate("side => side.getBoundingClientRect().top") for at in (0, 1)]
    assert tops[0] == tops[1]
    ask(page, "When did Rurik Sand end the search in Vellmark?")
    expect(page.locator(".turn").last).to_contain_text("10 May 2023, as Byline reads it")
    for story in LANDSLIDE:
        remove(page, story["title"])


@pytest.mark.slow
def test_questions_are_answered_while_articles_go_in(
    visit: Callable[..., Page], client: Client, tmp_path: Path
) -> None:
    page = visit()
    file = tmp_path / "many.jsonl"
    lines = [{"id": f"many-{n}", "title": f"Many {n}", "text": f"{OTTER} {n}"} for n in range(40)]
    file.write_text("\n".join(map(json.dumps, lines)))
    page.get_by_role("tab", name="Articles").click()
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("Adding articles")).to_be_visible()
    page.get_by_role("tab", name="Ask").click()
    ask(page, SAMPLE_QUESTION)
    page.get_by_role("tab", name="Articles").click()
    expect(page.get_by_text("40 added.")).to_be_visible(timeout=PATIENCE)
    page.get_by_role("textbox", name="Search the list").fill("many")
    for left in range(40, 0, -1):
        expect(page.locator(".articles li")).to_have_count(left)
        page.get_by_role("button", name="Remove Many").first.click()


def test_what_is_no_web_address_is_not_read(visit: Callable[..., Page]) -> None:
    page = visit()
    page.get_by_role("tab", name="Articles").click()
    box = page.get_by_role("textbox", name="Add web pages")
    box.fill("/etc/passwd file:///etc/passwd http://127.0.0.1:1/")
    box.press("Enter")
    expect(page.get_by_text("3 could not be read.")).to_be_visible(timeout=PATIENCE)
    assert "root:" not in page.content()


def test_hostile_articles_are_shown_as_text(visit: Callable[..., Page], tmp_path: Path) -> None:
    page = visit()
    file = tmp_path / "<img src=x onerror=alert(4)>.jsonl"
    story = {
        "id": HOSTILE,
        "title": f"Zyzzyx {HOSTILE}",
        "text": f"The zyzzyx was invented by Orla Bexley. {HOSTILE} \u202egnp.exe",
        "url": "javascript:alert(5)",
        "source": HOSTILE,
        "published": HOSTILE,
    }
    file.write_text(f"{json.dumps(story)}\n{HOSTILE}\n")
    upload(page, file)
    expect(page.locator(".articles")).to_contain_text(HOSTILE)
    page.get_by_role("tab", name="Ask").click()
    ask(page, f"Who invented the zyzzyx? {HOSTILE}")
    expect(page.locator(".question")).to_contain_text(HOSTILE)
    expect(page.locator(".answer").first).to_contain_text(HOSTILE)
    page.locator(".answer").get_by_role("button", name="Zyzzyx").first.click()
    expect(page.get_by_role("dialog")).to_contain_text(HOSTILE)
    assert page.locator("dialog img, dialog script, dialog b").count() == 0
    page.keyboard.press("Escape")
    assert page.locator("#thread img, .turn img, .articles img, .turn script").count() == 0
    assert page.locator("a[href^=javascript]").count() == 0
    assert "\u202e" not in page.content()
    remove(page, "Zyzzyx")
