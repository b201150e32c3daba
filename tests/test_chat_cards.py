"""A conversation's cards: what they show, and that nothing in them is run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from index.records import Article, Filters, Passage
from qa.answers import Answer, Citation, Reply
from qa.chat import cards
from tests.pieces import HOSTILE, STORY, Page, answer, assert_harmless, citation, hit, reply


def test_an_answer_comes_first_then_how_sure_then_the_quote_and_its_source() -> None:
    html = cards.card(reply(answer("Ysolde Farrant")))
    order = ["Who found it?", "<strong>Ysolde Farrant</strong>", "Fairly sure · 78 %"]
    order += ["<mark>Ysolde Farrant</mark>", "Otter found", "Quellham Post", "9 March 2023"]
    places = [html.index(part) for part in order]
    assert places == sorted(places)
    assert "Understood as" not in html
    assert "<details" not in html
    assert "Only articles" not in html


def test_other_answers_and_other_sources_are_folded() -> None:
    other = replace(STORY, id="b", source="Lake Journal", title="An otter")
    first = answer("Ysolde Farrant", 0.9, citation("Farrant", other))
    html = cards.card(reply(first, answer("The otter", 0.5)))
    before, folded = html.split("<details>", 1)
    assert "Also said by 1 source<" in folded
    assert "Lake Journal" in folded
    assert "Lake Journal" not in before
    assert "1 other answer<" in folded
    assert html.count("<details>") == 2
    Page(html)


def test_two_articles_of_one_source_are_one_source() -> None:
    others = [citation("Farrant", replace(STORY, id=id, source="Lake Journal")) for id in "bc"]
    assert "Also said by 1 source<" in cards.card(reply(answer("Ysolde Farrant", 0.9, *others)))


def test_copies_of_a_report_are_named_and_are_no_further_sources() -> None:
    copies = [
        citation("Farrant", replace(STORY, id=id, source=source), copy_of="otter")
        for id, source in (("b", "Lake Journal"), ("c", "Hill Gazette"))
    ]
    page = Page(cards.card(reply(answer("Ysolde Farrant", 0.9, *copies))))
    assert "2 copies of this report" in page.text
    assert "Hill Gazette" in page.text
    assert "Also" not in page.text
    other = citation("Farrant", replace(STORY, id="d", source="Bay Wire"))
    again = citation("Farrant", replace(STORY, id="e", source="Hill Wire"), copy_of="d")
    html = cards.card(reply(answer("Ysolde Farrant", 0.9, other, again)))
    assert "Also said by 1 source<" in html
    assert html.index("Bay Wire") < html.index("1 copy of this report") < html.index("Hill Wire")


def test_answers_that_disagree_stand_side_by_side_the_newest_first() -> None:
    later = replace(STORY, id="b", text="It was found by Odd Bremer.", published="2023-03-11")
    best, rival = answer("Ysolde Farrant", 0.8), answer("Odd Bremer", 0.6, article=later)
    html = cards.card(reply(best, rival, rivals=(rival,)))
    order = ["The articles disagree", "11 March 2023", "Newest", "<strong>Odd Bremer</strong>"]
    order += ["9 March 2023", "<strong>Ysolde Farrant</strong>"]
    places = [html.index(part) for part in order]
    assert places == sorted(places)
    assert html.count("Newest") == 1
    assert html.count("<strong>Odd Bremer</strong>") == 1
    assert "other answer" not in html
    Page(html)
    undated = [replace(one, article=replace(one.article, published="")) for one in (best, rival)]
    assert "Newest" not in cards.card(reply(*undated, rivals=(undated[1],)))


def test_a_day_that_byline_works_out_is_set_apart_from_the_words() -> None:
    html = cards.card(reply(answer("Monday", resolved="2023-03-06")))
    assert "<strong>Monday</strong>" in html
    assert '<p class="resolved"><time>6 March 2023</time>, as Byline reads it</p>' in html


def test_the_question_as_understood_is_shown_and_can_be_edited_when_it_differs() -> None:
    page = Page(cards.card(reply(answer("six"), question="When?", asked_as="When was it found?")))
    assert "Understood as: When was it found?" in page.text
    (form,) = page.doing("submit")
    assert form["data-as"] == "meant"
    assert [a["value"] for t, a in page.elements if t == "input"] == ["When was it found?"]


def test_no_answer_says_why_shows_the_nearest_passages_and_folds_the_guess() -> None:
    hits = tuple(hit(replace(STORY, id=str(n), title=f"Title {n}"), n) for n in range(1, 6))
    html = cards.card(reply(hits=hits, guesses=(answer("Oslo", 0.12),), reason="not sure"))
    before, folded = html.split('<details class="guess">', 1)
    assert "I found no answer in these articles" in before
    assert "with enough certainty" in before
    shown = [f">Title {n}<" in before for n in range(1, 6)]
    assert shown == [True, True, True, False, False]
    assert "<mark>" not in before
    assert "<summary>Show the best guess anyway</summary>" in folded
    assert "Unsure · 12 %" in folded
    assert "<mark>Oslo</mark>" in folded


@pytest.mark.parametrize(
    ("reason", "said"),
    [("nothing relevant", "about this"), ("no words", "no word in the question"), ("new", "")],
)
def test_each_reason_is_told(reason: str, said: str) -> None:
    assert said in cards.card(reply(reason=reason))


def test_of_one_article_only_the_nearest_passage_is_shown() -> None:
    hits = (hit(STORY, 1), hit(replace(STORY, id="b", title="B"), 2), hit(STORY, 3))
    html = cards.card(reply(hits=hits))
    assert html.count("<figure>") == 2
    assert html.index("Otter found in fountain") < html.index(">B<")


def test_an_empty_reply_is_said_plainly() -> None:
    html = cards.card(reply())
    assert "I found no answer in these articles" in html
    assert "nearest" not in html


def test_a_limited_question_says_so_in_its_card() -> None:
    html = cards.card(reply(), Filters(sources=("Lake Journal",)))
    assert "Only articles of Lake Journal" in html


def test_a_thread_shows_every_turn_with_a_verdict_to_give_once() -> None:
    turns = [cards.exchange(reply(answer("six"), question=f"Question {n}?")) for n in (1, 2)]
    page = Page(cards.thread(turns, {turns[1].key}))
    assert page.text.index("Question 1?") < page.text.index("Question 2?")
    groups = [attrs for _, attrs in page.elements if attrs.get("role") == "group"]
    assert ["hidden" in attrs for attrs in groups] == [False, True]
    buttons = page.doing("like")
    assert [button["data-verdict"] for button in buttons[:3]] == ["right", "wrong", "corrected"]
    assert {button["data-turn"] for button in buttons} == {turn.key for turn in turns}
    assert turns[0].turn.answer == "six"
    assert cards.exchange(reply()).turn.answer == ""
    assert cards.thread([]) == ""


def test_an_exchange_keeps_its_key_wherever_it_is_kept() -> None:
    one = cards.exchange(reply(answer("six")))
    assert one.key == cards.Exchange(one.turn, "", {}).key
    assert one.key != cards.exchange(reply(answer("nine"))).key
    assert hash(one), "the page tells its states apart by their hashes"


def test_what_is_going_on_is_shown_and_what_came_of_it_is_read_out() -> None:
    assert "Question?" in cards.pending("Question?")
    draft = Page(cards.draft(reply(answer("six"))))
    assert "still reading" in draft.text
    assert draft.doing("like") == []
    assert "Answer: six. Fairly sure · 78 %." in cards.spoken(reply(answer("six")))
    assert "I found no answer" in cards.spoken(reply())


@pytest.mark.parametrize(
    ("confidence", "said"),
    [
        (1.0, "Very sure · 99 %"),
        (0.9, "Very sure · 90 %"),
        (0.899, "Very sure · 90 %"),
        (0.894, "Fairly sure · 89 %"),
        (0.78, "Fairly sure · 78 %"),
        (0.5, "Not very sure · 50 %"),
        (0.0, "Unsure · 0 %"),
    ],
)
def test_sureness_is_a_word_and_a_number_that_agree(confidence: float, said: str) -> None:
    assert cards.sureness(confidence) == said


def test_hostile_text_is_shown_as_text_everywhere() -> None:
    article = Article("a" + HOSTILE, HOSTILE, HOSTILE, "javascript:alert(1)", HOSTILE, HOSTILE)
    passage = Passage(1, article.id, 0, len(HOSTILE), HOSTILE)
    cited = Citation(HOSTILE[:12], 0, 12, article, passage)
    others = [replace(cited, article=replace(article, id=id)) for id in "bc"]
    copy = replace(others[1], copy_of=article.id)
    best = Answer(
        *(HOSTILE[:12], 0, 12, 0.5, article, passage), (cited, others[0], copy), resolved=HOSTILE
    )
    asked = Reply(HOSTILE, f"and {HOSTILE}", (best, best), hits=(hit(article),))
    limits = Filters(sources=(HOSTILE,))
    for html in (
        cards.card(asked, limits),
        cards.card(replace(asked, rivals=(best,)), limits),
        cards.card(replace(asked, answers=(), guesses=(best,), reason=HOSTILE)),
        cards.thread([cards.exchange(asked)]),
        cards.pending(HOSTILE),
        cards.draft(asked),
        cards.notice(HOSTILE),
        cards.status(HOSTILE),
    ):
        assert_harmless(html)
