"""The Ask tab in a browser."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.chat import PATIENCE, SAMPLE_QUESTION, ask


def test_the_words_that_answer_are_marked(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, SAMPLE_QUESTION)
    answer = page.locator(".answer").first
    words = answer.locator(".words").first.inner_text()
    expect(answer.locator("mark").first).to_have_text(words)
    expect(answer).to_contain_text(re.compile(r"sure · \d+ %"))
    link = answer.get_by_role("link").first
    assert re.match(r"https://\S+\.example/\S+#:~:text=", link.get_attribute("href") or "")
    assert link.get_attribute("rel") == "noopener noreferrer"
    expect(page.locator(".turn")).to_contain_text("Nasrallah")


def test_an_example_is_asked_with_a_click_and_followed_up(visit: Callable[..., Page]) -> None:
    page, stranger = visit(), visit()
    page.get_by_role("button", name="Who is Tarnbeck's new head coach?").click()
    expect(page.locator(".turn > .answer")).to_have_count(1, timeout=PATIENCE)
    ask(page, "When did he sign?")
    expect(page.get_by_text("Understood as")).to_be_visible()
    ask(stranger, "When did he sign?")
    expect(stranger.get_by_text("Understood as")).to_have_count(0)
    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".greeting")).to_be_visible()
    ask(page, "When did he sign?")
    expect(page.get_by_text("Understood as")).to_have_count(0)


def test_what_is_not_in_the_articles_is_not_answered(visit: Callable[..., Page]) -> None:
    page = visit()
    ask(page, "Who painted the Mona Lisa?")
    answer = page.locator(".answer").first
    expect(answer).to_contain_text("I found no answer in these articles")
    assert 2 <= answer.locator("> figure").count() <= 3
    expect(answer.locator("summary").first).to_contain_text("Best guess")
    expect(answer.locator("mark").first).to_be_hidden()
    answer.locator("summary").first.click()
    expect(answer.locator("mark").first).to_be_visible()


def test_an_empty_and_an_endless_question_are_met_kindly(visit: Callable[..., Page]) -> None:
    page = visit()
    box = page.get_by_role("textbox", name="Your question")
    box.fill("   ")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Type a question first.")).to_be_visible()
    expect(page.locator(".greeting")).to_be_visible()
    box.fill("why? " * 2_100)
    page.keyboard.press("Enter")
    expect(page.get_by_text("at most 10,000")).to_be_visible(timeout=PATIENCE)
    assert box.input_value().startswith("why?"), "it can be shortened"
    ask(page, "🦦 <b>'; DROP TABLE articles; -- من توسط؟ " + "very " * 1_500 + "long?")
    expect(page.locator(".question b")).to_have_count(0)
