"""The Ask tab in a browser."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

from platformdirs import user_data_path
from playwright.sync_api import Page, expect

from tests.chat import PATIENCE, SAMPLE_QUESTION, ask, expect_turns, focused

COACH = "Who is Tarnbeck's new head coach?"
# Presses Stop as soon as the question is on the page.
STOP_AT_ONCE = """() => new MutationObserver((_, watch) => {
  if (!document.querySelector(".pending")) return;
  watch.disconnect();
  document.querySelector("#stop").click();
}).observe(document.body, {subtree: true, childList: true})"""


def judged() -> list[dict[str, object]]:
    """What has been kept of verdicts."""
    file = Path(user_data_path("byline")) / "articles" / "feedback.jsonl"
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def test_the_words_that_answer_are_marked_read_in_place_and_judged(
    visit: Callable[..., Page],
) -> None:
    page = visit()
    ask(page, SAMPLE_QUESTION)
    answer = page.locator(".answer").first
    words = answer.locator(".words").first.inner_text()
    expect(answer.locator("mark").first).to_have_text(words)
    expect(answer).to_contain_text(re.compile(r"sure · \d+ %"))
    expect(page.locator("#composer [role=status]")).to_contain_text(f"Answer: {words}")
    link = answer.get_by_role("link").first
    assert re.match(r"https://\S+\.example/\S+#:~:text=", link.get_attribute("href") or "")
    assert link.get_attribute("rel") == "noopener noreferrer"
    expect(page.locator(".turn")).to_contain_text("Nasrallah")

    opener, pane = answer.get_by_role("button", name="Read “").first, page.get_by_role("dialog")
    for leave in (
        lambda: page.keyboard.press("Escape"),
        lambda: pane.get_by_role("button", name="Close").click(),
    ):
        opener.click()
        expect(pane.locator("mark")).to_have_text(words)
        expect(pane.locator("mark")).to_be_in_viewport()
        expect(pane).to_contain_text("October 2022")
        leave()
        expect(pane).to_have_count(0)
        assert focused(page) == opener.get_attribute("aria-label")

    before = len(judged())
    page.get_by_role("button", name="Right").click()
    expect(page.get_by_text("Thank you.")).to_be_visible()
    assert focused(page).startswith("Thank you.")
    ask(page, COACH)
    expect(page.get_by_role("button", name="Right")).to_have_count(1)
    assert [(row["verdict"], row["answer"]) for row in judged()[before:]] == [("right", words)]


def test_an_example_is_asked_with_a_click_followed_up_and_set_right(
    visit: Callable[..., Page],
) -> None:
    page, stranger = visit(), visit()
    page.get_by_role("button", name=COACH).click()
    expect_turns(page, 1)
    ask(page, "When did he sign?")
    understood = page.locator(".understood p")
    expect(understood).to_contain_text("Understood as")
    ask(stranger, "When did he sign?")
    expect(stranger.get_by_text("Understood as")).to_have_count(0)

    page.locator(".understood summary").click()
    meant = page.get_by_role("textbox", name="The question as you mean it")
    expect(meant).to_be_focused()
    assert meant.input_value() in understood.inner_text()
    meant.fill("Never mind")
    page.keyboard.press("Escape")
    expect(meant).to_be_hidden()
    assert focused(page) == "Edit"
    page.keyboard.press("Enter")
    meant.fill("Which player captains Tarnbeck?")
    meant.press("Enter")
    expect_turns(page, 3)
    expect(page.locator(".question").last).to_have_text("Which player captains Tarnbeck?")
    expect(page.locator(".turn").last.locator(".understood")).to_have_count(0)

    page.get_by_role("button", name="Start over").click()
    expect(page.locator(".greeting")).to_be_visible()
    expect(page.locator(".turn")).to_have_count(0)
    ask(page, "When did he sign?")
    expect(page.get_by_text("Understood as")).to_have_count(0)


def test_what_is_not_in_the_articles_is_not_answered_and_can_be_corrected(
    visit: Callable[..., Page],
) -> None:
    page = visit()
    ask(page, "Who painted the Mona Lisa?")
    answer = page.locator(".answer").first
    expect(answer).to_contain_text("I found no answer in these articles")
    expect(answer.locator(".reason")).not_to_be_empty()
    assert 2 <= answer.locator("> figure").count() <= 3
    expect(answer.locator("mark").first).to_be_hidden()
    page.get_by_text("Show the best guess anyway").click()
    expect(answer.locator("mark").first).to_be_visible()

    before = len(judged())
    page.get_by_text("Correct it").click()
    box = page.get_by_role("textbox", name="The right words")
    expect(box).to_be_focused()
    box.fill("Leonardo <b>da</b> Vinci")
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_text("Thank you.")).to_be_visible()
    expect(page.get_by_role("button", name="Wrong")).to_be_hidden()
    ask(page, COACH)
    (row,) = judged()[before:]
    assert (row["verdict"], row["answer"], row["article_id"]) == ("corrected", None, None)
    assert row["correction"] == "Leonardo <b>da</b> Vinci"


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


def test_a_question_is_stopped_kept_and_asked_again(visit: Callable[..., Page]) -> None:
    page = visit()
    box = page.get_by_role("textbox", name="Your question")
    ask(page, SAMPLE_QUESTION)
    for _ in range(3):  # as many as are answered at a time, and one: a stopped one takes no turn
        page.evaluate(STOP_AT_ONCE)
        box.fill(COACH)
        page.keyboard.press("Enter")
        expect(page.locator(".working")).to_have_count(1)
        expect(page.get_by_text("Stopped.")).to_be_visible(timeout=PATIENCE)
        expect(box).to_have_value(COACH)
        expect(box).to_be_focused()
        expect(page.locator(".turn")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".pending")).to_be_attached()
    box.fill("And when?")  # in haste, while the first is being answered
    page.keyboard.press("Enter")
    expect_turns(page, 2)
    expect(page.locator(".question").last).to_have_text(COACH)
    expect(box).to_have_value("And when?")


def test_questions_and_the_list_are_limited_to_some_articles(visit: Callable[..., Page]) -> None:
    page = visit()
    page.get_by_text("Sources and dates").click()
    page.get_by_label("Levant Courier").check()
    first, last = page.get_by_label("From"), page.get_by_label("To", exact=True)
    first.fill("2022-11-01")
    last.fill("2022-10-01")
    page.get_by_role("button", name="Apply").click()
    expect(page.get_by_role("alert")).to_contain_text("The first day is after the last")
    assert first.input_value() == "2022-11-01", "it can be mended"
    first.fill("2022-01-01")
    last.fill("2023-01-01")
    page.get_by_role("button", name="Apply").click()
    limited = "Only articles of Levant Courier, since 1 January 2022, until 1 January 2023"
    expect(page.locator("#composer .limited")).to_contain_text(limited)
    assert focused(page) == "Sources and dates"
    ask(page, SAMPLE_QUESTION)
    expect(page.locator(".turn .limited")).to_have_text(limited)
    for source in page.locator(".turn .byline > bdi:nth-child(2)").all_text_contents():
        assert source == "Levant Courier"

    page.get_by_role("tab", name="Articles").click()
    expect(page.get_by_text(re.compile(r"^\d of 31 articles$"))).to_be_visible()
    expect(page.locator(".articles li").first).to_contain_text("Levant Courier")
    page.get_by_role("tabpanel").get_by_role("button", name="Clear").click()
    expect(page.get_by_text("31 articles", exact=True)).to_be_visible()
    page.get_by_role("tab", name="Ask").click()
    expect(page.locator("#composer .limited")).to_have_count(0)
    page.get_by_text("Sources and dates").click()
    expect(page.get_by_label("Levant Courier")).not_to_be_checked()
    ask(page, SAMPLE_QUESTION)
    expect(page.locator(".turn").last.locator(".limited")).to_have_count(0)
