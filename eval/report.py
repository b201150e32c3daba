"""A run as one HTML page that needs nothing else: no network, no other file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from eval.charts import latency_plot, precision_plot, reliability_plot, shares_bar, whisker
from eval.failures import REMEDIES
from eval.measures import MEASURES
from eval.metrics import precision_coverage
from eval.pairs import Pair
from eval.predictions import Prediction
from eval.report_question import question_row, style_class
from eval.score import Scores
from eval.summary import causes
from qa.markup import escaped

STYLE = Path(__file__).with_name("report.css")
SCRIPT = Path(__file__).with_name("report.js")
HEADLINES = ("em", "f1", "success@5", "em_unanswerable", "ece")
FEWEST_GIVEN = 10
MOST_QUESTIONS = 1000  # more would make a page that browsers open slowly


def report(scores: Scores, pairs: Sequence[Pair], predictions: Sequence[Prediction]) -> str:
    """The page of a run's ``scores``; ``predictions`` are the replies to ``pairs``, in order."""
    title = escaped(f"{scores.run.gold}: {scores.run.questions:,} questions")
    return "".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="color-scheme" content="light dark">'
            f"<title>{title}</title><style>{STYLE.read_text(encoding='utf-8')}</style></head>"
            f'<body><header><p class="masthead">Byline <span>measured</span></p>'
            f"<h1>{title}</h1>{_subject(scores)}</header><main>",
            *_headlines(scores),
            *_causes(scores),
            *_plots(scores),
            *_measures(scores),
            *_questions(scores, pairs, predictions),
            f"</main><footer>{_provenance(scores)}</footer>"
            f"<script>{SCRIPT.read_text(encoding='utf-8')}</script></body></html>",
        )
    )


def _subject(scores: Scores) -> str:
    facts = scores.run.subject.items()
    return f"<p>{escaped(' · '.join(f'{name} {value}' for name, value in facts))}</p>"


def _headlines(scores: Scores) -> Iterator[str]:
    yield '<section class="headlines">'
    for measure in MEASURES:
        if measure.name in HEADLINES and measure.name in scores.measures:
            found = scores.measures[measure.name]
            yield (
                f'<div title="{escaped(measure.meaning)}"><b>{found.value:.1f}</b>'
                f"<span>{escaped(measure.label)}</span>{whisker(found)}"
                f"<small>{found.low:.1f} to {found.high:.1f}</small></div>"
            )
    yield "</section>"


def _causes(scores: Scores) -> Iterator[str]:
    lost = causes(scores)
    right = len(scores.outcomes) - sum(count for _, count in lost)
    rows = [("", "right", right, ""), *((c, c, count, REMEDIES[c]) for c, count in lost)]
    yield "<section><h2>What became of the questions</h2>"
    yield shares_bar([(style_class(cause), count) for cause, _, count, _ in rows])
    yield '<table class="causes">'
    for cause, name, count, remedy in rows:
        yield (
            f'<tr><td><i class="{style_class(cause)}"></i>{name}</td>'
            f'<td class="number">{count:,}</td><td>{escaped(remedy)}</td></tr>'
        )
    yield "</table></section>"


def _measures(scores: Scores) -> Iterator[str]:
    yield '<section><h2>All measures</h2><table class="measures">'
    yield "<tr><th>Points of 100</th><th></th><th>95 % interval</th><th></th></tr>"
    for measure in MEASURES:
        if measure.name in scores.measures:
            found = scores.measures[measure.name]
            yield (
                f"<tr><td>{escaped(measure.label)}<small>{escaped(measure.meaning)}</small></td>"
                f'<td class="number">{found.value:.1f}</td>'
                f'<td class="number">{found.low:.1f} to {found.high:.1f}</td>'
                f"<td>{whisker(found)}</td></tr>"
            )
    yield "</table></section>"


def _plots(scores: Scores) -> Iterator[str]:
    told = [outcome for outcome in scores.outcomes if outcome.right is not None]
    coverage, precision = precision_coverage(
        np.array([outcome.confidence for outcome in told], dtype=np.float64),
        np.array([outcome.right for outcome in told], dtype=np.float64),
    )
    # The share of right ones among very few is noise.
    enough = coverage * len(told) >= FEWEST_GIVEN
    coverage, precision = coverage[enough] * len(told) / len(scores.outcomes), precision[enough]
    yield '<section><h2>How far to trust it</h2><div class="plots">'
    yield f"<figure>{reliability_plot(scores.reliability)}<figcaption>Reliability. On the dashed "
    yield "line, confidence is exactly how often answers are right (an F1 of 50 or more); a dot's "
    yield "area shows how many there are.</figcaption></figure>"
    yield f"<figure>{precision_plot(coverage, precision)}<figcaption>Precision and "
    yield "coverage. The fewer questions are answered, surest first, the more of the answers are "
    yield "right.</figcaption></figure>"
    yield f"<figure>{latency_plot(scores.latency)}<figcaption>Time a question took by stage: "
    yield "median above, 95th percentile below; lines are 95 % intervals.</figcaption></figure>"
    yield "</div></section>"


def _questions(
    scores: Scores, pairs: Sequence[Pair], predictions: Sequence[Prediction]
) -> Iterator[str]:
    rows = sorted(zip(pairs, predictions, scores.outcomes, strict=True), key=lambda row: row[2].em)
    states = ["right", *(cause for cause, _ in causes(scores))]
    options = "".join(f"<option>{escaped(state)}</option>" for state in states)
    yield '<section id="questions"><h2>Questions</h2>'
    if len(rows) > MOST_QUESTIONS:
        yield f"<p>{MOST_QUESTIONS:,} of {len(rows):,} are shown, those that went wrong first.</p>"
    yield (
        '<form class="controls"><label>Find <input type="search" name="words"></label>'
        f'<label>Show <select name="state"><option value="">all</option>{options}</select></label>'
        '<label>Sort by <select name="order"><option value="">as asked, wrong first</option>'
        '<option value="-confidence">most sure first</option>'
        '<option value="confidence">least sure first</option>'
        '<option value="f1">worst F1 first</option></select></label>'
        '<output></output></form><p class="key"><mark class="gold">gold answer</mark> '
        '<mark class="said">answer or best guess</mark> <mark class="gold said">both</mark></p>'
        '<div class="head"><span></span><span>Question</span><span>Answer</span><span>Gold</span>'
        '<span>Sure</span><span>How it went</span></div><div class="rows">'
    )
    yield from (question_row(*row) for row in rows[:MOST_QUESTIONS])
    yield "</div></section>"


def _provenance(scores: Scores) -> str:
    run = scores.run
    facts = {
        "begun": run.began,
        "gold SHA-256": run.gold_sha256,
        "chosen": f"first {run.limit}" if run.limit and run.sample is None else "",
        "sample seed": "" if run.sample is None else str(run.sample),
        **run.versions,
        **run.machine,
    }
    return "".join(
        f"<span>{escaped(name)} {escaped(value)}</span> " for name, value in facts.items() if value
    )
