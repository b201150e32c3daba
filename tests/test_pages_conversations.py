"""The conversations of a browser, in a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from index.archive import Archive
from index.articles import read_articles
from tests.chat import OTTER, PATIENCE, Server, ask

COACH = "Who is Tarnbeck's new head coach?"
HOSTILE = "<img src=x onerror=alert(1)> ${alert(2)} {{value}}"
HAS_ID = re.compile(r"\?conversation=[\w-]{22}$")


def listed(page: Page) -> Locator:
    return page.get_by_role("navigation", name="Conversations").get_by_role("link")


def choose(page: Page, choice: str, name: str) -> None:
    """Open the choices of the conversation ``name`` and take one."""
    page.get_by_label(f"Rename, export or delete: {name}", exact=True).click()
    page.get_by_label(f"{choice}: {name}", exact=True).click()


def download(page: Page, choice: str, name: str) -> tuple[str, str]:
    """The name and the text of a conversation's file."""
    with page.expect_download() as download:
        page.get_by_label(f"{choice}: {name}", exact=True).click()
    return download.value.suggested_filename, download.value.path().read_text("utf-8")


def test_a_conversation_is_there_again_and_goes_on(visit: Callable[..., Page]) -> None:
    page = visit()
    expect(page.get_by_text("are listed here")).to_be_visible()
    ask(page, COACH)
    expect(page).to_have_url(HAS_ID)
    address = page.url
    page.reload()
    expect(page.locator(".question")).to_have_text([COACH], timeout=PATIENCE)
    ask(page, "When did he sign?")
    expect(page.get_by_text("Understood as")).to_be_visible()
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".greeting")).to_be_visible()
    expect(page).not_to_have_url(HAS_ID)
    expect(listed(page)).to_have_text([COACH])
    ask(page, "How many books were rescued from the Amory Library?")
    expect(listed(page)).to_have_count(2)
    listed(page).last.click()
    expect(page.locator(".question")).to_have_text([COACH, "When did he sign?"])
    expect(page).to_have_url(address)
    expect(listed(page).last).to_have_attribute("aria-current", "page")
    page.get_by_role("button", name="New conversation").click()
    expect(page.locator(".greeting")).to_be_visible()
    expect(page.get_by_role("textbox", name="Your question")).to_be_focused()
    expect(listed(page)).to_have_count(2)


def test_it_is_renamed_exported_deleted_and_brought_back(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, COACH)
    choose(page, "Rename", COACH)
    expect(page.get_by_role("textbox", name="New name")).to_be_focused()
    page.keyboard.type(HOSTILE)
    page.keyboard.press("Enter")
    expect(listed(page)).to_have_text([HOSTILE])
    page.locator(".choices > summary").click()
    file, markdown = download(page, "Export Markdown", HOSTILE)
    assert file.endswith(".md")
    assert COACH in markdown
    assert "<img" not in markdown
    file, text = download(page, "Export JSON", HOSTILE)
    assert file.endswith(".json")
    assert json.loads(text)["questions"][0]["question"] == COACH
    address = page.url
    page.get_by_label(f"Delete: {HOSTILE}", exact=True).click()
    expect(page.locator(".greeting")).to_be_visible()
    expect(listed(page)).to_have_count(0)
    expect(page.get_by_role("button", name="Undo")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(".question")).to_have_text([COACH])
    expect(page).to_have_url(address)
    expect(listed(page)).to_have_text([HOSTILE])


@pytest.mark.slow
def test_who_has_the_link_reads_it_and_asks_on_in_a_copy(visit: Callable[..., Page]) -> None:
    page, other = visit(), visit()
    ask(page, COACH)
    expect(page).to_have_url(HAS_ID)
    other.goto(page.url)
    expect(other.locator(".question")).to_have_text([COACH], timeout=PATIENCE)
    expect(listed(other)).to_have_count(0)
    # Whoever has the link only cannot delete it, whatever their browser sends.
    id = page.url[-22:]
    other.locator(".drawer button").evaluate(
        f"button => Object.assign(button.dataset, {{do: 'delete', id: '{id}'}})"
    )
    other.locator(".drawer button").click()
    expect(other.get_by_text("Only who began a conversation can change it.")).to_be_visible()
    ask(other, "When did he sign?")
    expect(listed(other)).to_have_text([COACH])
    assert other.url != page.url
    page.reload()
    expect(page.locator(".question")).to_have_text([COACH], timeout=PATIENCE)


@pytest.mark.slow
def test_two_tabs_lose_no_turn(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, COACH)
    expect(page).to_have_url(HAS_ID)
    tab = page.context.new_page()
    tab.goto(page.url)
    expect(tab.locator(".question")).to_have_text([COACH], timeout=PATIENCE)
    ask(page, "When did he sign?")
    tab.get_by_role("textbox", name="Your question").fill("Where was he before?")
    tab.keyboard.press("Enter")
    expect(tab.locator(".question")).to_have_text(
        [COACH, "When did he sign?", "Where was he before?"], timeout=PATIENCE
    )
    tab.get_by_role("button", name="New conversation").click()
    expect(tab.locator(".greeting")).to_be_visible()
    ask(tab, "Who was named as mediator at Port Sallow?")
    expect(listed(page)).to_have_count(2)


def test_an_unknown_address_is_met_kindly_and_a_phone_opens_the_list(
    visit: Callable[..., Page],
) -> None:
    page = visit(360, 740)
    page.goto(f"{page.url}?conversation={'a' * 22}")
    expect(page.get_by_text("That conversation is not here")).to_be_visible(timeout=PATIENCE)
    expect(page.locator(".greeting")).to_be_visible()
    expect(page).not_to_have_url(HAS_ID)
    begin = page.get_by_role("button", name="New conversation")
    expect(begin).to_be_hidden()
    page.get_by_role("button", name="Conversations", exact=True).click()
    expect(begin).to_be_visible()
    page.keyboard.press("Escape")
    expect(begin).to_be_hidden()
    page.goto(f"{page.url}?embed=1")
    expect(page.locator(".greeting")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="Conversations", exact=True)).to_be_hidden()


@pytest.mark.slow
def test_they_outlive_the_server_and_the_chat_a_full_disk(tmp_path: Path, browser: Browser) -> None:
    (tmp_path / "otter.md").write_text(OTTER)
    folder, question = tmp_path / "archive", "Who discovered the otter?"
    archive = Archive(folder)
    archive.add(read_articles([tmp_path / "otter.md"]))
    archive.close()
    server = Server(tmp_path / "first", "--port", "0", "--archive", str(folder))
    address = server.wait_for(r"http://127\.0\.0\.1:\d+/")
    page = browser.new_page()
    page.goto(address, timeout=PATIENCE)
    ask(page, question)
    expect(page).to_have_url(HAS_ID)
    server.stop()
    port = address.rstrip("/").rpartition(":")[2]
    server = Server(tmp_path / "second", "--port", port, "--archive", str(folder))
    try:
        assert server.wait_for(r"http://127\.0\.0\.1:\d+/") == address
        page.goto(f"{address}?conversation={page.url[-22:]}", timeout=PATIENCE)
        expect(page.locator(".question")).to_have_text([question], timeout=PATIENCE)
        expect(listed(page)).to_have_text([question])
        (folder / "conversations").rename(folder / "elsewhere")
        (folder / "conversations").write_text("in the way")
        ask(page, "Where was it found?")
        expect(page.get_by_text("it is not kept")).to_be_visible()
    finally:
        page.close()
        server.stop()
