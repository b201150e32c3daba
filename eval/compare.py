"""Two runs side by side: what changed, whether that is more than chance, and a gate for builds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from eval.measures import MEASURES, Measure, measured, table
from eval.metrics import bootstrap
from eval.outcomes import Outcome
from eval.score import Estimate, Scores
from index.errors import UsageError

QUESTIONS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class Change:
    """A measure in both runs, in points of 100; ``change`` is the second less the first."""

    measure: Measure
    before: float
    after: float
    change: Estimate

    @property
    def is_real(self) -> bool:
        """Whether its 95 % interval leaves out zero."""
        return self.change.low > 0 or self.change.high < 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """``won`` and ``lost`` are the second run's outcomes of questions that turned right or wrong.

    ``unshared`` counts the questions that only one of the runs was asked; they are left out.
    Where the runs do not have the ``same_gold`` file, some of what changed may be the gold.
    """

    same_gold: bool
    changes: tuple[Change, ...]
    shared: int
    unshared: int
    won: tuple[Outcome, ...]
    lost: tuple[Outcome, ...]


def compare(before: Scores, after: Scores) -> Comparison:
    """What changed from ``before`` to ``after``, on the questions that both were asked.

    The intervals are of a paired bootstrap (Koehn 2004, W04-3250): each sample of questions is
    scored in both runs, so what is hard about a question falls out of the difference.

    Raises:
        UsageError: they share no question.
    """
    # A gold file without ids numbers its questions, and an edit of it moves the numbers.
    first = {(was.id, was.question): was for was in before.outcomes}
    keys = ((now, (now.id, now.question)) for now in after.outcomes)
    pairs = [(first[key], now) for now, key in keys if key in first]
    if not pairs:
        raise UsageError("the two runs share no question; compare runs of the same gold file.")
    old, new = (table(outcomes) for outcomes in zip(*pairs, strict=True))
    values = measured(old), measured(new)
    lows, highs = bootstrap(lambda at: measured(new[at]) - measured(old[at]), len(pairs))
    changes = [
        Change(
            measure,
            float(round(was, 2)),
            float(round(now, 2)),
            Estimate(*(float(round(end, 2)) for end in (now - was, low, high))),
        )
        for measure, was, now, low, high in zip(MEASURES, *values, lows, highs, strict=True)
        if not np.isnan([was, now, low, high]).any()
    ]
    return Comparison(
        same_gold=before.run.gold_sha256 == after.run.gold_sha256,
        changes=tuple(changes),
        shared=len(pairs),
        unshared=len(before.outcomes) + len(after.outcomes) - 2 * len(pairs),
        won=tuple(now for was, now in pairs if now.em > was.em),
        lost=tuple(now for was, now in pairs if now.em < was.em),
    )


def regressions(
    comparison: Comparison, fail_under: Mapping[str, float], max_drop: Mapping[str, float]
) -> list[str]:
    """Why a build should fail, one line each; empty if it should not.

    ``fail_under`` holds the worst value that a measure may have after. ``max_drop`` holds by how
    many points it may get worse: it fails when the whole 95 % interval is worse than that, so
    chance alone does not break a build. For a measure of which less is better, worse is more.

    Raises:
        UsageError: a measure is unknown, or one of the runs does not have it.
    """
    changes = {change.measure.name: change for change in comparison.changes}
    for name in (*fail_under, *max_drop):
        if name not in changes:
            raise UsageError(f"no measure {name!r} in both runs; there are {', '.join(changes)}.")
    return [*_under(changes, fail_under), *_dropped(changes, max_drop)]


def in_words(comparison: Comparison) -> Iterator[str]:
    """The comparison as lines for a terminal."""
    left_out = f", {comparison.unshared:,} in one only" if comparison.unshared else ""
    yield f"{comparison.shared:,} questions in both runs{left_out}"
    if not comparison.same_gold:
        yield "The gold files differ: gold answers that were changed count as changes here."
    yield ""
    yield f"{'':<52}{'before':>8}{'after':>8}{'change':>8}   95 % interval"
    for change in comparison.changes:
        ends = change.change
        yield (
            f"{'*' if change.is_real else ' '} {change.measure.name:<18}{change.measure.label:<32}"
            f"{change.before:>8.1f}"
            f"{change.after:>8.1f}{ends.value:>+8.1f}   {ends.low:+.1f} to {ends.high:+.1f}"
        )
    yield ""
    yield "* more than chance: the interval leaves out zero"
    for name, outcomes in (("won", comparison.won), ("lost", comparison.lost)):
        yield f"{len(outcomes):,} questions {name}"
        yield from (f"    {o.id}  {o.question}" for o in outcomes[:QUESTIONS_SHOWN])
        if len(outcomes) > QUESTIONS_SHOWN:
            yield f"    and {len(outcomes) - QUESTIONS_SHOWN:,} more"


def _under(changes: Mapping[str, Change], limits: Mapping[str, float]) -> Iterator[str]:
    for name, limit in limits.items():
        change = changes[name]
        if change.measure.lower_is_better:
            if change.after > limit:
                yield f"{name} is {change.after:.1f}, over the {limit:.1f} allowed"
        elif change.after < limit:
            yield f"{name} is {change.after:.1f}, under the {limit:.1f} required"


def _dropped(changes: Mapping[str, Change], limits: Mapping[str, float]) -> Iterator[str]:
    for name, limit in limits.items():
        measure, change = changes[name].measure, changes[name].change
        least = change.low if measure.lower_is_better else -change.high
        if least > limit:
            yield (
                f"{name} got worse by {abs(change.value):.1f} points "
                f"({change.low:+.1f} to {change.high:+.1f}), more than the {limit:.1f} allowed"
            )
