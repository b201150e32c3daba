import json

import pytest

from eval.feedback import gold_from, read_feedback
from eval.pairs import Pair
from index.errors import UsageError
from qa.conversation import Turn


@pytest.fixture
def gold(tmp_path):
    """The gold pairs of feedback rows."""

    def convert(*rows):
        path = tmp_path / "feedback.jsonl"
        path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
        return list(gold_from(read_feedback(path)))

    return convert


def row(verdict, answer="Ann Lee", correction=None, **fields):
    given = {"question": "Who left?", "answer": answer, "verdict": verdict, **fields}
    return given if correction is None else given | {"correction": correction}


def test_a_right_answer_is_gold_with_its_history_and_article(gold):
    history = [{"question": "Who is mayor?", "answer": None}]
    assert gold(row("right", article_id="a", history=history)) == [
        Pair("feedback-1", "Who left?", ("Ann Lee",), ("a",), (Turn("Who is mayor?"),))
    ]


def test_a_correction_is_gold_wherever_it_may_stand(gold):
    assert gold(row("corrected", correction="Bo Ray", article_id="a")) == [
        Pair("feedback-1", "Who left?", ("Bo Ray",))
    ]


def test_a_right_refusal_or_a_correction_to_nothing_is_unanswerable(gold):
    unanswerable = [Pair("feedback-1", "Who left?", ())]
    assert gold(row("right", answer=None)) == unanswerable
    assert gold(row("corrected", correction="")) == unanswerable


def test_a_wrong_answer_alone_settles_nothing(gold):
    assert gold(row("wrong")) == []


def test_right_answers_add_up_and_the_last_word_counts(gold):
    (pair,) = gold(row("right", article_id="a"), row("right", "Lee", article_id=["b", "a"]))
    assert (pair.answers, pair.article_ids) == (("Ann Lee", "Lee"), ("a", "b"))
    (pair,) = gold(row("right"), row("right", "Lee"), row("wrong"))
    assert pair.answers == ("Lee",)
    (pair,) = gold(row("right", None), row("right"))
    assert pair.answers == ("Ann Lee",)
    assert gold(row("right"), row("wrong")) == []


@pytest.mark.parametrize("bad", [{"question": "Q?"}, row("good"), row("corrected"), [1]])
def test_what_is_no_feedback_is_named_by_its_line(gold, bad):
    with pytest.raises(UsageError, match="line 2: no feedback"):
        gold(row("right"), bad)
