import json
from dataclasses import replace

from index.records import Article, Hit, Passage
from qa.agreement import Candidate
from qa.answers import Answer, Citation, Reply, as_json
from qa.spans import Span


def candidate(text, answer):
    """A candidate for the words ``answer`` in a passage that reads ``text``."""
    article = Article("a", "Title of a", text)
    at = text.index(answer)
    hit = Hit(Passage(1, "a", 0, len(text), text), article, 0.5, 0.5, 1)
    return Candidate(hit, Span(at, at + len(answer), 1.0, 0.0))


def test_the_json_of_a_reply_has_the_documented_form():
    found = candidate("It fell at dawn.", "at dawn")
    cited = found.citation
    copy = replace(cited, article=replace(cited.article, id="b"), copy_of="a")
    answer = Answer(
        cited.text,
        cited.start,
        cited.end,
        0.81234,
        cited.article,
        cited.passage,
        (cited, copy),
        "2022-10-19",
    )
    rival = replace(answer, text="at noon", resolved="")
    reply = Reply(
        "When?", "When did it fall?", (answer,), (), (found.hit,), {"search": 1.26}, "", (rival,)
    )
    line = json.loads(json.dumps(as_json(reply, "7")))
    assert set(line) == {
        "id", "question", "asked_as", "answer", "confidence", "reason", "answers", "guesses",
        "rivals", "passages", "timings_ms",
    }  # fmt: skip
    assert (line["id"], line["answer"], line["confidence"]) == ("7", "at dawn", 0.8123)
    assert line["timings_ms"] == {"search": 1.3}
    (only,) = line["answers"]
    assert set(only) >= {
        "text", "confidence", "article_id", "title", "url", "published", "start", "end", "passage",
        "sources", "resolved",
    }  # fmt: skip
    assert only["resolved"] == "2022-10-19"
    assert [(cited["article_id"], cited["copy_of"]) for cited in only["sources"]] == [
        ("a", ""),
        ("b", "a"),
    ]
    assert [(rival["text"], set(rival)) for rival in line["rivals"]] == [("at noon", set(only))]
    assert set(line["passages"][0]) == {"article_id", "start", "end", "text", "score"}


def test_no_answer_is_null_in_json_and_its_confidence_is_the_best_guess():
    found = candidate("It fell at dawn.", "at dawn")
    cited = found.citation
    guess = Answer(cited.text, cited.start, cited.end, 0.2, cited.article, cited.passage, (cited,))
    line = as_json(Reply("Why?", "Why?", (), (guess,), (found.hit,), reason="not sure"))
    assert line["answer"] is None
    assert line["reason"] == "not sure"
    assert line["answers"] == []
    assert [guess["text"] for guess in line["guesses"]] == ["at dawn"]
    assert line["confidence"] == 0.2
    assert as_json(Reply("?", "?"))["confidence"] == 0.0


def test_a_citation_knows_its_sentence():
    text = "The bridge stood. It fell at dawn. Nobody was hurt."
    passage = Passage(1, "a", 7, 7 + len(text), text)
    article = Article("a", "", "Before " + text)
    cited = Citation("at dawn", *_place(article.text, "at dawn"), article, passage)
    first, last = cited.sentence()
    assert article.text[first:last] == "It fell at dawn."


def _place(text, words):
    start = text.index(words)
    return start, start + len(words)
