import numpy as np
import pytest

from eval.calibrate import best_threshold, calibrate, fit, in_words
from eval.outcomes import Outcome
from eval.pairs import Pair
from index.errors import ArchiveError, UsageError
from qa.calibration import Calibration, read_calibration
from qa.confidence import THRESHOLD


def drawn(count, slope=1.0, offset=0.0, seed=0):
    """Confidences, and answers that are right as often as slope and offset make of them."""
    random = np.random.default_rng(seed)
    logit = random.normal(0, 2, count)
    confidence = 1 / (1 + np.exp(-logit))
    right = random.random(count) < 1 / (1 + np.exp(-(slope * logit + offset)))
    return confidence, right.astype(float)


def run(confidence, right, unanswerable=0):
    """Pairs and outcomes with these figures, the last ones ``unanswerable`` and wrong."""
    pairs, outcomes = [], []
    for number, (sure, is_right) in enumerate(zip(confidence, right, strict=True)):
        answerable = number < len(right) - unanswerable
        pairs.append(Pair(str(number), "Q?", ("x",) if answerable else ()))
        outcomes.append(
            Outcome(
                id=str(number),
                question="Q?",
                answerable=answerable,
                followup=False,
                answered=True,
                em=is_right,
                f1=is_right,
                confidence=float(sure),
                right=float(is_right) if answerable else 0.0,
                found=10,
                rank=1,
                article_rank=None,
                article_recall=None,
                cause="",
            )
        )
    return pairs, outcomes


def test_the_fit_finds_the_line_that_answers_were_drawn_from():
    slope, offset = fit(*drawn(5000, slope=0.5, offset=-1.0))
    assert slope == pytest.approx(0.5, abs=0.1)
    assert offset == pytest.approx(-1.0, abs=0.15)


def test_few_questions_change_little():
    slope, offset = fit(np.array([0.5, 0.5]), np.array([1.0, 0.0]))
    assert slope == pytest.approx(1, abs=0.01)
    assert offset == pytest.approx(0, abs=0.01)


def test_a_fit_to_overconfident_answers_holds_on_questions_held_out():
    found = calibrate(*run(*drawn(600, slope=0.4, offset=-1.0)), "reader@1")
    assert found.is_better
    assert found.error_after < 0.06 < found.error_before
    for level in found.levels:
        assert level.right == pytest.approx(level.least, abs=0.2) or level.right > level.least
    assert found.calibration.reader == "reader@1"
    assert "fitted to 600 questions" in found.calibration.note
    words = "\n".join(in_words(found))
    assert "log loss" in words
    assert "too few to choose a threshold" in words


def test_noise_is_no_better_fit():
    confidence, right = drawn(300, seed=5)
    honest = calibrate(*run(confidence, right), "reader@1")
    assert abs(honest.loss_after - honest.loss_before) < 0.01


def test_few_pairs_are_warned_of_and_one_sided_ones_refused():
    few = calibrate(*run(*drawn(30)), "reader@1")
    assert any("are few" in warning for warning in few.warnings)
    assert few.calibration.threshold == THRESHOLD
    with pytest.raises(UsageError, match="5 of 5 candidates are right"):
        calibrate(*run([0.9] * 5, [1.0] * 5), "reader@1")


def test_the_threshold_gets_most_questions_right():
    confidence = np.array([0.9, 0.8, 0.6, 0.5, 0.3, 0.2])
    right = np.array([1, 1, 0, 1, 0, 0.0])
    answerable = np.array([True, True, False, True, False, False])
    assert 0.3 < best_threshold(confidence, right, answerable) <= 0.5
    assert 0.6 < best_threshold(confidence, right * 0 + [1, 1, 0, 0, 0, 0], answerable) <= 0.8


def test_a_threshold_is_chosen_where_enough_is_unanswerable():
    confidence, right = drawn(200)
    found = calibrate(*run(confidence, right, unanswerable=100), "reader@1")
    assert found.calibration.threshold != THRESHOLD
    assert not any("threshold" in warning for warning in found.warnings)


def test_a_calibration_is_kept_beside_the_archive_for_its_reader(tmp_path):
    kept = Calibration(0.5, -1.0, 0.4, "reader@1", "fitted")
    kept.write(tmp_path)
    assert read_calibration(tmp_path, "reader@1") == kept
    assert read_calibration(tmp_path, "reader@2") == Calibration()
    assert read_calibration(tmp_path / "elsewhere", "reader@1") == Calibration()
    assert kept.probability(0.5) == pytest.approx(1 / (1 + np.exp(1.0)))
    assert 0 < kept.probability(0.0) < kept.probability(1.0) < 1
    assert Calibration().probability(0.123) == 0.123


@pytest.mark.parametrize("damage", ["{", '{"slope": 1, "steep": 2}', '{"threshold": 7}'])
def test_a_damaged_calibration_is_told(tmp_path, damage):
    (tmp_path / "confidence.json").write_text(damage)
    with pytest.raises(ArchiveError, match="no calibration"):
        read_calibration(tmp_path, "reader@1")
