import math
import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.metrics import (
    auc,
    bootstrap,
    calibration_error,
    exact,
    f1,
    normalise,
    precision_coverage,
    recall,
    reciprocal_rank,
    reliability,
    success,
)

texts = st.text("aAbntheTHE .,-$5é“—\t", max_size=20)
confidences = st.floats(0, 1)
judged = st.lists(st.tuples(confidences, st.booleans()), min_size=1, max_size=40)


def arrays(pairs):
    confidence, right = zip(*pairs, strict=True)
    return np.array(confidence), np.array(right, dtype=float)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("The  Cat, a dog!", "cat dog"),
        ("theatre", "theatre"),
        ("U.S.-led", "usled"),
        ("$19 million", "19 million"),
        ("an\nA the", ""),
    ],
)
def test_texts_are_normalised_as_squad_does(text, plain):
    assert normalise(text) == plain


@pytest.mark.parametrize(
    ("said", "golds", "em", "shared"),
    [
        ("the Kremlin", ["Kremlin"], 1, 1),
        ("in 10 days", ["ten days", "10 days"], 0, 4 / 5),
        ("Khalil al-Hayya", ["al-Hayya"], 0, 2 / 3),
        ("big big dog", ["big dog"], 0, 4 / 5),
        ("Paris", ["London", "Rome"], 0, 0),
        ("", [], 1, 1),
        ("Paris", [], 0, 0),
        ("", ["Paris"], 0, 0),
        ("the", ["a"], 1, 1),
    ],
)
def test_answers_are_judged_as_by_hand(said, golds, em, shared):
    assert exact(said, golds) == em
    assert f1(said, golds) == pytest.approx(shared)


def slow_f1(said, gold):
    """The SQuAD script's steps, with lists instead of counters."""
    words = []
    for text in (said, gold):
        kept = "".join(c for c in text.lower() if c not in "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
        words.append([w for w in re.split(r"\s+", re.sub(r"\b(a|an|the)\b", " ", kept)) if w])
    said, gold = words
    if not said or not gold:
        return float(said == gold)
    left, shared = list(gold), 0
    for word in said:
        if word in left:
            left.remove(word)
            shared += 1
    if not shared:
        return 0.0
    precision, recalled = shared / len(said), shared / len(gold)
    return 2 * precision * recalled / (precision + recalled)


@given(texts, st.lists(texts, max_size=3))
def test_f1_and_exact_match_agree_with_a_second_implementation(said, golds):
    golds = [gold for gold in golds if not slow_f1(gold, "")] or [""]
    assert f1(said, golds) == pytest.approx(max(slow_f1(said, gold) for gold in golds))
    same = any(Counter(normalise(said).split()) == Counter(normalise(g).split()) for g in golds)
    assert (f1(said, golds) == pytest.approx(1)) == same
    assert exact(said, golds) <= f1(said, golds) + 1e-9


def test_ranks_are_judged_as_by_hand():
    ranks = np.array([1, 3, np.nan, 20])
    assert success(ranks, 1).tolist() == [1, 0, 0, 0]
    assert success(ranks, 3).tolist() == [1, 1, 0, 0]
    assert success(ranks, 20).tolist() == [1, 1, 0, 1]
    assert reciprocal_rank(ranks) == pytest.approx([1, 1 / 3, 0, 1 / 20])
    assert recall(["a", "a", "c"], ["a", "b"]) == 0.5


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 5)), min_size=1, max_size=30))
def test_auc_is_the_chance_that_a_positive_scores_higher(pairs):
    positive, scores = (np.array(column) for column in zip(*pairs, strict=True))
    wins = [
        1.0 if p > n else 0.5 if p == n else 0.0
        for p in scores[positive]
        for n in scores[~positive]
    ]
    found = auc(positive, scores.astype(float))
    assert found == pytest.approx(np.mean(wins)) if wins else math.isnan(found)


def test_calibration_error_by_hand():
    confidence = np.array([0.05, 0.15, 0.15, 0.95, 1.0])
    right = np.array([0, 1, 0, 1, 1.0])
    bins = reliability(confidence, right)
    assert [(b.low, b.count, b.accuracy) for b in bins] == [(0, 1, 0), (0.1, 2, 0.5), (0.9, 2, 1)]
    assert calibration_error(confidence, right) == pytest.approx((0.05 + 2 * 0.35 + 2 * 0.025) / 5)


@given(judged, st.integers(1, 3))
def test_an_answer_of_weight_two_counts_in_calibration_as_two(pairs, weight):
    confidence, right = arrays(pairs)
    weights = np.ones(len(pairs))
    weights[0] = weight
    times = weights.astype(int)
    assert calibration_error(confidence, right, weights) == pytest.approx(
        calibration_error(np.repeat(confidence, times), np.repeat(right, times))
    )


@given(judged)
def test_calibration_error_is_the_weighted_gap_of_the_bins(pairs):
    confidence, right = arrays(pairs)
    bins = reliability(confidence, right)
    assert sum(b.count for b in bins) == len(pairs)
    gaps = sum(b.count * abs(b.accuracy - b.confidence) for b in bins) / len(pairs)
    assert calibration_error(confidence, right) == pytest.approx(gaps)


@given(judged)
def test_precision_and_coverage_hold_at_every_threshold(pairs):
    confidence, right = arrays(pairs)
    coverage, precision = precision_coverage(confidence, right)
    thresholds = sorted(set(confidence), reverse=True)
    assert len(coverage) == len(thresholds)
    for threshold, covered, precise in zip(thresholds, coverage, precision, strict=True):
        given_ = confidence >= threshold
        assert covered == pytest.approx(given_.mean())
        assert precise == pytest.approx(right[given_].mean())


def test_the_bootstrap_finds_the_interval_that_statistics_gives():
    values = np.random.default_rng(0).normal(10, 2, size=400)
    low, high = bootstrap(lambda at: values[at].mean(keepdims=True), len(values))
    expected = 1.96 * values.std() / math.sqrt(len(values))
    assert values.mean() - low[0] == pytest.approx(expected, rel=0.15)
    assert high[0] - values.mean() == pytest.approx(expected, rel=0.15)


def test_the_bootstrap_gives_the_same_interval_twice():
    values = np.arange(20.0)
    first, second = (bootstrap(lambda at: values[at][:1], 20) for _ in range(2))
    assert first[0] == second[0]
    assert first[1] == second[1]


def test_a_measure_that_no_sample_has_has_no_interval():
    low, high = bootstrap(lambda at: np.array([np.nan, 1.0]), 5)
    assert np.isnan(low[0])
    assert np.isnan(high[0])
    assert low[1] == high[1] == 1
