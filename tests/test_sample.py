"""The sample articles and their gold questions are what they claim to be."""

import json
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from index.articles import read_articles
from index.default import SAMPLE
from index.records import Article

GOLD = Path(__file__).parent.parent / "eval" / "gold" / "sample.jsonl"


@pytest.fixture(scope="module")
def articles():
    return {article.id: article for article in read_articles([SAMPLE])}


@pytest.fixture(scope="module")
def gold():
    return [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]


def named(pair):
    ids = pair.get("article_id", [])
    return [ids] if isinstance(ids, str) else ids


def test_every_file_of_the_sample_is_an_article(articles):
    files = [path for path in SAMPLE.iterdir() if path.suffix == ".md"]
    assert len(articles) == len(files) >= 24
    assert all(isinstance(article, Article) for article in articles.values())


def test_articles_say_who_when_and_where_and_have_their_length(articles):
    for article in articles.values():
        assert 250 <= len(article.text.split()) <= 600, article.id
        assert article.title
        assert article.source
        assert article.published
        assert ".example/" in article.url
        assert "\n\n" in article.text


def test_every_story_is_told_by_several_sources(articles, gold):
    stories = defaultdict(set)
    for pair in gold:
        stories[pair["id"].split("-")[0]].update(articles[id].source for id in named(pair))
    told = [sources for sources in stories.values() if sources]
    assert len(told) >= 6
    assert all(len(sources) >= 3 for sources in told)


def test_gold_answers_stand_in_the_articles_they_name(articles, gold):
    for pair in gold:
        for id in named(pair):
            assert any(answer in articles[id].text for answer in pair["answers"]), pair["id"]
        for answer in pair["answers"]:
            assert any(answer in articles[id].text for id in named(pair)), (pair["id"], answer)


def test_gold_is_of_many_kinds(gold):
    assert len(gold) >= 150
    assert len({pair["id"] for pair in gold}) == len(gold)
    assert sum(not pair["answers"] for pair in gold) >= 25
    assert sum(bool(pair.get("history")) for pair in gold) >= 20
    assert sum(len(named(pair)) > 1 for pair in gold) >= 15
    asked = Counter(
        word
        for pair in gold
        for word in ("who", "when", "where", "what", "why", "how many")
        if word in pair["question"].lower()
    )
    assert all(asked[word] >= 5 for word in ("who", "when", "where", "what", "why", "how many"))


def test_no_question_is_asked_twice_with_other_answers(gold):
    asked = defaultdict(set)
    for pair in gold:
        asked[pair["question"], json.dumps(pair.get("history"))].add(tuple(pair["answers"]))
    assert all(len(answers) == 1 for answers in asked.values())
