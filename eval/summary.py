"""Scores as plain text, for a terminal."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from eval.failures import REMEDIES, Cause
from eval.measures import MEASURES
from eval.score import Scores


def summary(scores: Scores) -> str:
    """A table of every measure with its interval, of latency, and of what went wrong."""
    return "\n".join(_lines(scores))


def causes(scores: Scores) -> list[tuple[Cause, int]]:
    """How many questions each cause lost, the worst first."""
    counts = Counter(Cause(outcome.cause) for outcome in scores.outcomes if outcome.cause)
    return counts.most_common()


def _lines(scores: Scores) -> Iterator[str]:
    run = scores.run
    yield f"{run.questions:,} questions of {run.gold}"
    yield from (f"  {name}: {value}" for name, value in run.subject.items())
    yield ""
    yield f"{'':<32}{'points':>8}   95 % interval"
    for measure in MEASURES:
        if measure.name in scores.measures:
            found = scores.measures[measure.name]
            yield f"{measure.label:<32}{found.value:>8.1f}   {found.low:.1f} to {found.high:.1f}"
    yield ""
    yield f"{'Milliseconds a question':<32}{'median':>8}{'95th percentile':>18}"
    for stage, (median, slow) in scores.latency.items():
        yield f"{stage:<32}{median.value:>8.0f}{slow.value:>18.0f}"
    lost = causes(scores)
    if lost:
        yield ""
        yield f"{sum(count for _, count in lost):,} wrong"
        for cause, count in lost:
            yield f"{count:>6,}  {cause:<32}{REMEDIES[cause]}"
