import random
from dataclasses import replace

import pytest

from eval.outcomes import outcome
from eval.pairs import Pair
from eval.predictions import Found, Prediction, Said
from eval.run import Run
from eval.score import read_scores, score
from eval.summary import summary
from index.errors import UsageError
from qa.conversation import Turn

RUN = Run("2026-01-01T00:00:00+00:00", "gold.jsonl", "0" * 64, 4, None, None, {}, {}, {})
TEXT = "Ann Lee left the council in May."


def said(words, confidence):
    start = TEXT.index(words)
    return Said(words, confidence, "a", "", "", start, start + len(words))


def reply(id, answers=(), guesses=(), rank=1, spent=100.0):
    """A reply that found three passages, of which the one at ``rank`` is TEXT and two are read."""
    passages = [Found(f"other{n}", 0, 9, "It rained.", 0.1) for n in range(2)]
    passages.insert(rank - 1, Found("a", 0, len(TEXT), TEXT, 0.1))
    best = (*answers, *guesses)
    return Prediction(
        id,
        "Who?",
        best[0].confidence if best else 0.0,
        tuple(answers),
        tuple(guesses),
        tuple(passages[:2]),
        tuple(passages[2:]),
        {"read": spent, "total": spent + 10},
    )


PAIRS = [
    Pair("right", "Who left?", ("Ann Lee",), ("a",)),
    Pair("half", "Who then?", ("Lee",), ("a",), (Turn("Who left?"),)),
    Pair("refused", "When?", ("in May",), ("a",)),
    Pair("none", "Why?", ()),
]
REPLIES = [
    reply("right", [said("Ann Lee", 0.95)]),
    reply("half", [said("Ann Lee", 0.75)], rank=2),
    reply("refused", guesses=[said("in May", 0.25)], rank=3, spent=300.0),
    reply("none", guesses=[said("council", 0.15)]),
]


@pytest.fixture(scope="module")
def scores():
    return score(RUN, PAIRS, REPLIES)


@pytest.mark.parametrize(
    ("name", "points"),
    [
        ("em", 100 * 2 / 4),
        ("f1", 100 * (1 + 2 / 3 + 0 + 1) / 4),
        ("em_answerable", 100 / 3),
        ("f1_answerable", 100 * (1 + 2 / 3) / 3),
        ("em_unanswerable", 100),
        ("refusal_precision", 100 / 2),
        ("em_followup", 0),
        ("f1_followup", 100 * 2 / 3),
        ("success@1", 100 / 3),
        ("mrr", 100 * (1 + 1 / 2 + 1 / 3) / 3),
        ("article_mrr", 100 * (1 + 1 / 2 + 1 / 3) / 3),
        ("article_recall", 100 * 2 / 3),
        ("auc", 100),
        ("ece", 100 * (0.05 + 0.25 + 0.75 + 0.15) / 4),
        ("precision@50", 100),
        ("coverage@50", 50),
        ("precision@90", 100),
        ("coverage@90", 25),
    ],
)
def test_each_measure_is_as_by_hand(scores, name, points):
    found = scores.measures[name]
    assert found.value == pytest.approx(points, abs=0.01)
    assert found.low <= found.value <= found.high


def test_what_a_run_does_not_tell_is_left_out(scores):
    assert "success@5" not in scores.measures  # three passages were found
    closed = [replace(one, passages=one.passages[:1], beyond=()) for one in REPLIES]
    assert not {"success@1", "mrr", "article_mrr"} & set(score(RUN, PAIRS, closed).measures)
    answerable = score(RUN, PAIRS[:3], REPLIES[:3]).measures
    assert not {"em_unanswerable", "auc"} & set(answerable)


def test_latency_is_told_by_stage(scores):
    median, slow = scores.latency["total"]
    assert median.value == 110
    assert median.low <= median.value < slow.value <= 310


def test_a_refusal_without_its_guess_counts_for_nothing_but_the_refusal():
    silent = replace(REPLIES[2], guesses=(), confidence=0.25)
    assert outcome(PAIRS[2], silent).right is None
    assert outcome(PAIRS[2], silent).em == 0


def test_scores_are_written_and_read_back(scores, tmp_path):
    scores.write(tmp_path / "scores.json")
    assert read_scores(tmp_path) == read_scores(tmp_path / "scores.json") == scores


def test_what_holds_no_scores_is_told(tmp_path):
    (tmp_path / "scores.json").write_text('{"run": {}}')
    with pytest.raises(UsageError, match="holds no scores"):
        read_scores(tmp_path)
    with pytest.raises(UsageError, match="holds no scores"):
        read_scores(tmp_path / "nowhere")


def test_the_summary_tells_measures_latency_and_causes(scores):
    text = summary(scores)
    for words in ("Exact match", "50.0", "total", "110", "2 wrong", "right place, wrong edges"):
        assert words in text


def test_replies_to_other_questions_are_told():
    with pytest.raises(UsageError, match="3 predictions do not answer these 4 questions"):
        score(RUN, PAIRS, REPLIES[:3])


@pytest.mark.slow
def test_ten_thousand_predictions_are_scored():
    at = random.Random(0)
    pairs = [replace(PAIRS[n % 4], id=str(n)) for n in range(10_000)]
    replies = [replace(REPLIES[n % 4], id=str(n), confidence=at.random()) for n in range(10_000)]
    found = score(RUN, pairs, replies)
    assert found.measures["em"].value == 50
    assert found.measures["em"].high - found.measures["em"].low == pytest.approx(1.96, abs=0.3)
