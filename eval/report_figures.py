"""The figures of a run as pieces of the report: each function gives one section."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from eval.charts import latency_plot, precision_plot, reliability_plot, shares_bar, whisker
from eval.failures import REMEDIES
from eval.measures import GROUPS, LEVELS, MEASURES
from eval.metrics import precision_coverage
from eval.report_question import style_class
from eval.score import Estimate, Scores
from eval.summary import causes
from qa.markup import escaped

HEADLINES = ("em", "f1", "success@5", "em_unanswerable", "ece")
FEWEST_GIVEN = 10


def headlines(scores: Scores) -> Iterator[str]:
    """The measures that are looked at first, large."""
    yield '<section class="headlines">'
    for measure in MEASURES:
        if measure.name in HEADLINES and measure.name in scores.measures:
            found = scores.measures[measure.name]
            yield (
                f'<div title="{escaped(measure.meaning)}"><span>{escaped(measure.label)}</span>'
                f"<b>{found.value:.1f}</b><small>of 100</small>{whisker(found)}"
                f"<small>95 %: {_interval(found)}</small></div>"
            )
    yield "</section>"


def fates(scores: Scores) -> Iterator[str]:
    """How many questions went right, and what lost the others. A row filters the questions."""
    lost = causes(scores)
    right = len(scores.outcomes) - sum(count for _, count in lost)
    rows = [("", "right", right, ""), *((c, c, count, REMEDIES[c]) for c, count in lost)]
    yield "<section><h2>What became of the questions</h2>"
    yield shares_bar([(style_class(cause), count) for cause, _, count, _ in rows])
    yield '<table class="fates">'
    for cause, name, count, remedy in rows:
        share = 100 * count / max(len(scores.outcomes), 1)
        yield (
            f'<tr><td><button type="button" data-state="{escaped(name)}" title="Show these '
            f'questions"><i class="{style_class(cause)}"></i>{escaped(name)}</button></td>'
            f'<td class="number">{count:,}</td><td class="number">{share:.0f} %</td>'
            f"<td>{escaped(remedy)}</td></tr>"
        )
    yield "</table></section>"


def trust(scores: Scores) -> Iterator[str]:
    """What confidence is worth: plots, and what each setting of the threshold held to."""
    told = [outcome for outcome in scores.outcomes if outcome.right is not None]
    if not told:
        return
    coverage, precision = precision_coverage(
        np.array([outcome.confidence for outcome in told], dtype=np.float64),
        np.array([outcome.right for outcome in told], dtype=np.float64),
    )
    # The share of right ones among very few is noise.
    enough = coverage * len(told) >= FEWEST_GIVEN
    coverage, precision = coverage[enough] * len(told) / len(scores.outcomes), precision[enough]
    points = [
        (level, found[1].value, found[0].value)
        for level in LEVELS
        if (found := _level(scores, level)) and found[2] >= FEWEST_GIVEN
    ]
    yield '<section><h2>How far to trust it</h2><div class="plots">'
    yield f"<figure>{reliability_plot(scores.reliability)}<figcaption>Reliability. On the dashed "
    yield "line, confidence is exactly how often answers are right; a dot's area shows how many "
    yield "there are.</figcaption></figure>"
    if len(coverage):
        yield f"<figure>{precision_plot(coverage, precision, points)}<figcaption>Precision and "
        yield "coverage. The fewer questions are answered, surest first, the more of the answers "
        yield "are right. Dots: answers only when at least this sure.</figcaption></figure>"
    yield from _levels(scores)
    yield "</div></section>"


def speed(scores: Scores) -> Iterator[str]:
    """The time that questions took."""
    if not scores.latency:
        return
    yield '<section><h2>How long a question takes</h2><div class="plots"><figure>'
    yield f"{latency_plot(scores.latency)}<figcaption>"
    yield '<i class="median"></i>median <i class="slow"></i>95th percentile. Thin lines: 95 % '
    yield "intervals.</figcaption></figure><table><tr><th>Milliseconds</th>"
    yield '<th class="number">Median</th><th class="number">95th percentile</th></tr>'
    for stage, estimates in scores.latency.items():
        yield f"<tr><td>{escaped(stage)}</td>"
        for spent in estimates:
            ends = f"{spent.low:,.0f} to {spent.high:,.0f}"
            yield f'<td class="number">{spent.value:,.0f}<small>{ends}</small></td>'
        yield "</tr>"
    yield "</table></div></section>"


def measures(scores: Scores) -> Iterator[str]:
    """Every measure with its interval and what it means."""
    yield '<section><h2>All measures</h2><table class="measures">'
    yield '<tr><th>Points of 100</th><th></th><th class="number">Measured</th>'
    yield '<th class="number">95 % interval</th><th class="scale"><span>0</span><span>100</span>'
    yield "</th></tr>"
    for group in GROUPS:
        among = [m for m in MEASURES if m.group == group and m.name in scores.measures]
        if among:
            yield f'<tr class="group"><th colspan="5">{group}</th></tr>'
        for measure in among:
            found = scores.measures[measure.name]
            best = " (less is better)" if measure.lower_is_better else ""
            yield (
                f"<tr><td>{escaped(measure.label)}"
                f"<small>{escaped(measure.meaning)}{best}</small></td>"
                f"<td><code>{measure.name}</code></td>"
                f'<td class="number">{found.value:.1f}</td>'
                f'<td class="number">{_interval(found)}</td><td>{whisker(found)}</td></tr>'
            )
    yield "</table></section>"


def _levels(scores: Scores) -> Iterator[str]:
    """What answering only when at least so sure held to, on the questions of this run."""
    questions = f"{len(scores.outcomes):,}"
    unanswerable = sum(not outcome.answerable for outcome in scores.outcomes)
    note = scores.run.subject.get("confidence", "")
    yield '<div class="levels"><h3>Answer only when at least this sure</h3><table><tr>'
    yield '<th>Sure</th><th class="number">Answered</th><th class="number">Right of these</th>'
    yield "<th>Held?</th></tr>"
    for level in LEVELS:
        found = _level(scores, level)
        yield f"<tr><td>{level} %</td>"
        if found is None:
            yield '<td class="number">0.0 %</td><td class="number">–</td><td>–</td></tr>'
            continue
        right, answered, count = found
        yield (
            f'<td class="number">{answered.value:.1f} %<small>{count:,} of {questions}</small></td>'
            f'<td class="number">{right.value:.1f} %<small>{_interval(right)}</small></td>'
            f"<td>{_verdict(right, level)}</td></tr>"
        )
    yield f"</table><p><small>With --threshold 0.5 to 0.9, on the {questions} questions of "
    yield f"{escaped(scores.run.gold)}, {unanswerable:,} of them unanswerable. Right: an F1 of 50 "
    yield "or more; an answer to an unanswerable question is wrong. Unclear: fewer were right, but "
    yield "the 95 % interval reaches that far."
    yield f"{' Confidence: ' + escaped(note) + '.' if note else ''}</small></p></div>"


def _level(scores: Scores, level: int) -> tuple[Estimate, Estimate, int] | None:
    """Precision, coverage and the number of answers at a confidence of ``level`` % or more."""
    right = scores.measures.get(f"precision@{level}")
    answered = scores.measures.get(f"coverage@{level}")
    if right is None or answered is None:
        return None
    sure = (o for o in scores.outcomes if o.right is not None and 100 * o.confidence >= level)
    return right, answered, sum(1 for _ in sure)


def _verdict(right: Estimate, level: int) -> str:
    if right.value >= level:
        return "yes"
    return "unclear" if right.high >= level else "<b>no</b>"


def _interval(found: Estimate) -> str:
    return f"{found.low:.1f} to {found.high:.1f}"
