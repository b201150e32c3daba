import re
from dataclasses import replace

import pytest

from eval.pairs import Pair
from eval.predictions import Found
from eval.report import report
from eval.report_question import marked
from eval.score import score
from qa.markup import escaped
from tests.test_eval_score import PAIRS, REPLIES, RUN

EVIL = '<script>document.title = "owned"</script><img src=x onerror="document.title=1">'


@pytest.fixture(scope="module")
def page():
    """The report of the four questions of test_eval_score, and one that means harm."""
    pairs = [*PAIRS, Pair(EVIL, EVIL, (EVIL, "x" * 300), (EVIL,))]
    harm = replace(
        REPLIES[0], id=EVIL, asked_as=EVIL + "?", passages=(Found(EVIL, 0, len(EVIL), EVIL, 0.1),)
    )
    replies = [*REPLIES, harm]
    return report(score(replace(RUN, questions=5), pairs, replies), pairs, replies)


@pytest.mark.parametrize(
    ("gold", "said", "expected"),
    [
        ([], [], "a &lt; b &amp; c"),
        ([(0, 1)], [], '<mark class="gold">a</mark> &lt; b &amp; c'),
        ([(0, 5)], [(4, 9)], '<mark class="gold">a &lt; </mark><mark class="gold said">b</mark>'
         '<mark class="said"> &amp; c</mark>'),
    ],
)  # fmt: skip
def test_spans_are_marked_in_escaped_text(gold, said, expected):
    assert marked("a < b & c", gold, said) == expected


def test_the_page_needs_nothing_else(page):
    assert not re.search(r"(?:src|href)=|@import|url\(|https?://", page.replace("src=x", ""))


def test_the_page_shows_figures_causes_and_every_question(page):
    for words in (
        "Exact match",
        "40.0",
        "right place, wrong edges",
        "Retrieved but not read: a gold answer is first in passage 3, and 2 were read",
        "Who left?",
        "no answer",
        "Before: Who left?",
    ):
        assert words in page


def test_the_page_tells_what_each_least_confidence_held_to(page):
    rows = dict(re.findall(r"<tr><td>(\d\d) %</td>(.*?)</tr>", page))
    told = {level: re.findall(r">([^<>]+)<", row) for level, row in rows.items()}
    assert list(told) == ["50", "70", "80", "90"]
    assert told["50"][:3] == ["60.0 %", "3 of 5", "66.7 %"]
    assert told["50"][-1] == "yes"
    assert told["90"][:3] == ["40.0 %", "2 of 5", "50.0 %"]
    assert told["90"][-1] == "unclear"
    assert "on the 5 questions of gold.jsonl, 1 of them unanswerable." in page


def test_what_was_not_told_is_left_out_of_the_page():
    silent = replace(REPLIES[2], guesses=(), timings={})
    page = report(score(replace(RUN, questions=1), PAIRS[2:3], [silent]), PAIRS[2:3], [silent])
    assert "gold.jsonl: 1 question<" in page
    assert "How far to trust it" not in page
    assert "How long a question takes" not in page
    assert "Retrieved but not read" in page


def test_a_warning_stands_above_the_figures():
    run = replace(RUN, subject={"mode": "open", "warning": EVIL})
    page = report(score(run, PAIRS, REPLIES), PAIRS, REPLIES)
    assert f'<p class="warning">{escaped(EVIL)}</p>' in page
    assert EVIL not in page


def test_the_page_works_in_a_browser_and_runs_nothing_foreign(page, browser, tmp_path):
    (tmp_path / "report.html").write_text(page, encoding="utf-8")
    tab = browser.new_page(viewport={"width": 390, "height": 800})
    complaints = []
    tab.on("pageerror", lambda error: complaints.append(error))
    tab.on("console", lambda message: complaints.append(message.text))
    tab.goto(f"file://{tmp_path / 'report.html'}")
    assert tab.title() == "gold.jsonl: 5 questions"
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    questions = tab.locator(".question:visible")
    assert questions.count() == 5
    tab.select_option("select[name=state]", "right")
    assert questions.count() == 2
    tab.fill("input[name=words]", "why")
    assert questions.count() == 1
    tab.fill("input[name=words]", "")
    tab.select_option("select[name=state]", "")
    tab.select_option("select[name=order]", "-confidence")
    assert [float(row.get_attribute("data-confidence")) for row in questions.all()][:3] == [
        0.95,
        0.95,
        0.75,
    ]
    tab.fill("input[name=words]", "no question has these words")
    assert questions.count() == 0
    assert tab.get_by_text("No question is like that.").is_visible()
    tab.fill("input[name=words]", "")
    tab.get_by_role("button", name="right place, wrong edges").click()
    assert questions.count() == 1
    tab.select_option("select[name=state]", "")
    for row in questions.all():
        row.locator("summary").click()
    assert tab.evaluate("document.documentElement.scrollWidth") <= 390
    assert questions.nth(2).locator("mark.gold.said").inner_text() == "Lee"
    tab.close()
    assert complaints == []
