"""The committed baseline: CI compares each run on the sample's gold with it."""

import hashlib
import random
import re
from dataclasses import replace
from pathlib import Path

import pytest

from eval.__main__ import SAMPLE_GOLD, main
from eval.score import read_scores

ROOT = Path(__file__).parent.parent
BASELINE = ROOT / "eval" / "baseline"
ANEW = "make it anew with the line of the README that has --baseline"
GATE = re.findall(r"--max-drop \S+", (ROOT / ".ci" / "run").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def baseline():
    return read_scores(BASELINE)


def test_it_is_of_the_gold_as_it_stands(baseline):
    assert baseline.run.gold_sha256 == hashlib.sha256(SAMPLE_GOLD.read_bytes()).hexdigest(), ANEW
    assert len(baseline.outcomes) == baseline.run.questions
    assert baseline.run.limit is None


def test_it_holds_nothing_of_the_machine_it_was_made_on(baseline):
    assert baseline == baseline.anywhere()
    assert baseline.run.machine == {}
    text = (BASELINE / "scores.json").read_text(encoding="utf-8")
    assert not re.search(r"/(home|root|work|tmp)/", text)


def test_the_gate_lets_it_pass_itself_and_stops_a_regression(baseline, tmp_path, capsys):
    gate = " ".join(GATE).split()
    assert len(GATE) >= 3
    assert main(["compare", str(BASELINE), str(BASELINE), *gate]) == 0
    right = [outcome.id for outcome in baseline.outcomes if outcome.answerable and outcome.em]
    lost = set(random.Random(1).sample(right, len(baseline.outcomes) // 20))
    worse = tuple(
        replace(o, em=0.0, f1=0.0, right=0.0, rank=None) if o.id in lost else o
        for o in baseline.outcomes
    )
    replace(baseline, outcomes=worse).write(tmp_path / "scores.json")
    capsys.readouterr()
    assert main(["compare", str(BASELINE), str(tmp_path), *gate]) == 1
    failed = re.findall(r"FAILED: (\S+) got worse", capsys.readouterr().out)
    assert {"em", "f1", "success@5"} <= set(failed)
