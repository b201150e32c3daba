"""The questions on news articles that are there to train a reader on, and those to test it on."""

from itertools import chain
from pathlib import Path

import pytest

import qa.train
from eval.gold_files import read_rows

FOLDER = Path(qa.train.__file__).parent


@pytest.fixture(scope="module")
def files():
    names = ("news-questions.jsonl.gz", "news-questions.test.jsonl.gz")
    return [[row for _, row in read_rows(FOLDER / name)] for name in names]


def test_no_article_of_the_test_is_trained_on(files):
    train, test = ({row["article_id"] for row in rows} for rows in files)
    assert not train & test


def test_every_question_has_an_id_of_its_own_and_answers_that_lie_in_its_part(files):
    rows = list(chain.from_iterable(files))
    assert len({row["id"] for row in rows}) == len(rows)
    for row in rows:
        start, end = row["part"]
        assert all(one["start"] + len(one["text"]) <= end - start for one in row["answers"])


def test_answers_are_spans_of_a_few_words_and_no_sentences(files):
    answers = [one["text"] for row in chain.from_iterable(files) for one in row["answers"]]
    assert max(len(text.split()) for text in answers) <= 18


def test_a_good_part_of_the_questions_cannot_be_answered(files):
    for rows in files:
        assert 0.15 < sum(not row["answers"] for row in rows) / len(rows) < 0.35
