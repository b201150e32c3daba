"""Predictions and gold to ``Scores``. Needs no model; ten thousand questions take seconds."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from eval.measures import MEASURES, Table, measured, table
from eval.metrics import Bin, bootstrap, reliability
from eval.outcomes import Outcome, outcome
from eval.pairs import Pair
from eval.predictions import Prediction
from eval.run import Run
from index.errors import UsageError

PERCENTILES = (50, 95)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure and the ends of its 95 % interval, by bootstrap over the questions."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Scores:
    """How a run went.

    ``measures`` holds points of 100 by the names of ``eval.measures``, without those of which
    the run tells nothing. ``latency`` holds milliseconds by stage: the median and the 95th
    percentile. ``reliability`` is what the calibration error is computed from.
    """

    run: Run
    measures: Mapping[str, Estimate]
    latency: Mapping[str, tuple[Estimate, ...]]
    reliability: tuple[Bin, ...]
    outcomes: tuple[Outcome, ...]

    def anywhere(self) -> Scores:
        """These scores without what another machine would have otherwise: its facts and times."""
        return replace(self, run=replace(self.run, began="", machine={}), latency={})

    def write(self, path: Path) -> None:
        """Write them to ``path`` as JSON, a question a line, so that two files can be diffed."""
        fields = asdict(self)
        outcomes = fields.pop("outcomes")
        head = json.dumps(fields, ensure_ascii=False, indent=1).removesuffix("\n}")
        lines = ",\n".join(json.dumps(row, ensure_ascii=False) for row in outcomes)
        path.write_text(f'{head},\n "outcomes": [\n{lines}\n]}}\n', encoding="utf-8")


def score(run: Run, pairs: Sequence[Pair], predictions: Sequence[Prediction]) -> Scores:
    """The scores of ``predictions``, the replies to ``pairs`` in their order.

    Raises:
        UsageError: they are not replies to these pairs.
    """
    if [pair.id for pair in pairs] != [prediction.id for prediction in predictions]:
        raise UsageError(
            f"{len(predictions):,} predictions do not answer these {len(pairs):,} questions one "
            "by one; run python -m eval again to ask those that are missing."
        )
    outcomes = [
        outcome(pair, prediction) for pair, prediction in zip(pairs, predictions, strict=True)
    ]
    questions = table(outcomes)
    told = questions[~np.isnan(questions["right"])]
    return Scores(
        run,
        _estimates(questions),
        _latency(predictions),
        tuple(reliability(told["confidence"], told["right"])),
        tuple(outcomes),
    )


def read_scores(path: Path) -> Scores:
    """The scores in ``path``, a ``scores.json`` or a folder with one.

    Raises:
        UsageError: the file is missing or holds none.
    """
    path = path / "scores.json" if path.is_dir() else path
    try:
        fields: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return Scores(
            run=Run(**fields["run"]),
            measures={name: Estimate(**ends) for name, ends in fields["measures"].items()},
            latency={
                stage: tuple(Estimate(**ends) for ends in estimates)
                for stage, estimates in fields["latency"].items()
            },
            reliability=tuple(Bin(**row) for row in fields["reliability"]),
            outcomes=tuple(Outcome(**row) for row in fields["outcomes"]),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise UsageError(
            f"{path}: holds no scores ({error}). Name a folder or a scores.json that "
            "python -m eval wrote."
        ) from error


def _estimates(questions: Table) -> dict[str, Estimate]:
    values = measured(questions)
    lows, highs = bootstrap(lambda at: measured(questions[at]), len(questions))
    return {
        measure.name: Estimate(*(round(float(end), 2) for end in ends))
        for measure, *ends in zip(MEASURES, values, lows, highs, strict=True)
        if not np.isnan(ends).any()
    }


def _latency(predictions: Sequence[Prediction]) -> dict[str, tuple[Estimate, ...]]:
    # A stage that a question did not need took it no time.
    stages = list(dict.fromkeys(stage for p in predictions for stage in p.timings))
    spent = np.array([[p.timings.get(stage, 0.0) for stage in stages] for p in predictions])

    def percentiles(at: Any) -> Any:
        return np.percentile(spent[at], PERCENTILES, axis=0).ravel()

    lows, highs = bootstrap(percentiles, len(predictions))
    ends = np.stack([percentiles(slice(None)), lows, highs]).reshape(3, len(PERCENTILES), -1)
    return {
        stage: tuple(
            Estimate(*(round(float(end), 1) for end in ends[:, at, column]))
            for at in range(len(PERCENTILES))
        )
        for column, stage in enumerate(stages)
    }
