import random
from dataclasses import replace

import pytest

from eval.compare import compare, in_words, regressions
from eval.outcomes import Outcome
from eval.run import Run
from eval.score import Scores
from index.errors import UsageError

RUN = Run("", "gold.jsonl", "", 200, None, None, {}, {}, {})
QUESTIONS = 200


def scores(em):
    """A run with these exact matches; the rest goes with them."""
    return Scores(
        RUN,
        {},
        {},
        (),
        tuple(
            Outcome(
                id=str(number),
                question=f"Question {number}?",
                answerable=True,
                followup=False,
                answered=True,
                em=right,
                f1=right,
                confidence=0.5,
                right=right,
                found=20,
                rank=1 if right else None,
                article_rank=None,
                article_recall=None,
                cause="" if right else "read but another span first",
            )
            for number, right in enumerate(em)
        ),
    )


@pytest.fixture(scope="module")
def before():
    return scores([float(number % 5 > 1) for number in range(QUESTIONS)])


def planted(before, lost, won=0):
    """The run again with ``lost`` right answers gone and ``won`` others come."""
    em = [outcome.em for outcome in before.outcomes]
    at = random.Random(3)
    for old, count in ((1.0, lost), (0.0, won)):
        for number in at.sample([n for n, o in enumerate(before.outcomes) if o.em == old], count):
            em[number] = 1 - old
    return scores(em)


def test_a_planted_loss_of_five_points_is_found(before):
    found = compare(before, planted(before, lost=10))
    (em,) = [change for change in found.changes if change.measure.name == "em"]
    assert (em.before, em.after, em.change.value) == (60, 55, -5)
    assert em.is_real
    assert em.change.high < 0
    assert len(found.lost) == 10
    assert found.won == ()
    (reason,) = regressions(found, {}, {"em": 1.0})
    assert "em got worse by 5.0 points" in reason


def test_equal_runs_are_silent(before):
    found = compare(before, before)
    assert not any(change.is_real for change in found.changes)
    assert found.won == found.lost == ()
    assert regressions(found, {"em": 60}, {"em": 0.0, "f1": 0.0, "ece": 0.0}) == []


def test_as_many_won_as_lost_are_no_regression(before):
    found = compare(before, planted(before, lost=12, won=12))
    assert (len(found.won), len(found.lost)) == (12, 12)
    assert regressions(found, {}, {"em": 0.0}) == []


def test_a_gain_is_no_regression_and_its_reverse_is(before):
    better = planted(before, lost=0, won=20)
    assert regressions(compare(before, better), {}, {"em": 0.0}) == []
    assert regressions(compare(better, before), {}, {"em": 0.0})


def test_less_is_better_for_the_calibration_error(before):
    worse = scores([0.0] * QUESTIONS)
    found = compare(before, worse)
    assert "ece got worse" in regressions(found, {}, {"ece": 5.0})[0]
    assert "over the 20.0 allowed" in regressions(found, {"ece": 20.0}, {})[0]
    assert regressions(compare(worse, before), {"ece": 20.0}, {"ece": 0.0}) == []


def test_a_value_below_its_floor_fails(before):
    found = compare(before, before)
    assert regressions(found, {"em": 60.0}, {}) == []
    assert regressions(found, {"em": 60.1}, {}) == ["em is 60.0, under the 60.1 required"]


def test_only_questions_of_both_runs_are_compared(before):
    fewer = replace(before, outcomes=before.outcomes[50:])
    renumbered = replace(
        before, outcomes=tuple(replace(o, question=f"{o.question}!") for o in before.outcomes)
    )
    found = compare(before, fewer)
    assert (found.shared, found.unshared) == (150, 50)
    assert "150 questions in both runs, 50 in one only" in in_words(found)
    with pytest.raises(UsageError, match="share no question"):
        compare(before, renumbered)


def test_runs_of_different_gold_are_told_apart(before):
    other = replace(before, run=replace(RUN, gold_sha256="1" * 64))
    assert any("gold files differ" in line for line in in_words(compare(before, other)))
    assert not any("gold files differ" in line for line in in_words(compare(before, before)))


def test_a_measure_that_is_not_there_is_told(before):
    with pytest.raises(UsageError, match="no measure 'emm' in both runs; there are em, f1"):
        regressions(compare(before, before), {}, {"emm": 1.0})


def test_the_comparison_in_words_names_what_changed(before):
    lines = list(in_words(compare(before, planted(before, lost=12))))
    (em,) = [line for line in lines if line.startswith("* em ")]
    assert "60.0" in em
    assert "-6.0" in em
    assert "12 questions lost" in lines
    assert "    and 2 more" in lines
