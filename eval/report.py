"""A run as one HTML page that needs nothing else: no network, no other file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from eval.asking import WARNING
from eval.pairs import Pair
from eval.predictions import Prediction
from eval.report_figures import fates, headlines, measures, speed, trust
from eval.report_question import question_row
from eval.score import Scores
from eval.summary import causes
from qa.markup import escaped

STYLE = Path(__file__).with_name("report.css")
SCRIPT = Path(__file__).with_name("report.js")
MOST_QUESTIONS = 1000  # more would make a page that browsers open slowly


def report(scores: Scores, pairs: Sequence[Pair], predictions: Sequence[Prediction]) -> str:
    """The page of a run's ``scores``; ``predictions`` are the replies to ``pairs``, in order."""
    plural = "" if scores.run.questions == 1 else "s"
    title = escaped(f"{scores.run.gold}: {scores.run.questions:,} question{plural}")
    return "".join(
        (
            '<!doctype html><html lang="en"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            '<meta name="color-scheme" content="light dark">'
            f"<title>{title}</title><style>{STYLE.read_text(encoding='utf-8')}</style></head>"
            f'<body><header><p class="masthead">Byline <span>measured</span></p>'
            f"<h1>{title}</h1>",
            *_subject(scores),
            "</header><main>",
            *headlines(scores),
            *fates(scores),
            *trust(scores),
            *speed(scores),
            *measures(scores),
            *_questions(scores, pairs, predictions),
            f"</main><footer>{_facts(_provenance(scores))}</footer>"
            f"<script>{SCRIPT.read_text(encoding='utf-8')}</script></body></html>",
        )
    )


def _subject(scores: Scores) -> Iterator[str]:
    facts = dict(scores.run.subject)
    warning = facts.pop(WARNING, "")
    yield _facts({"questions": _kinds(scores), **facts})
    if warning:
        yield f'<p class="warning">{escaped(warning)}</p>'


def _kinds(scores: Scores) -> str:
    unanswerable = sum(not outcome.answerable for outcome in scores.outcomes)
    followups = sum(outcome.followup for outcome in scores.outcomes)
    return f"{unanswerable:,} of {len(scores.outcomes):,} unanswerable, {followups:,} follow-ups"


def _questions(
    scores: Scores, pairs: Sequence[Pair], predictions: Sequence[Prediction]
) -> Iterator[str]:
    rows = sorted(zip(pairs, predictions, scores.outcomes, strict=True), key=lambda row: row[2].em)
    states = ["right", *(cause for cause, _ in causes(scores))]
    options = "".join(f"<option>{escaped(state)}</option>" for state in states)
    yield '<section id="questions"><h2>The questions</h2>'
    if len(rows) > MOST_QUESTIONS:
        yield f"<p>{MOST_QUESTIONS:,} of {len(rows):,} are shown, those that went wrong first.</p>"
    yield (
        '<form class="controls"><label>Find <input type="search" name="words"></label>'
        f'<label>Show <select name="state"><option value="">all</option>{options}</select></label>'
        '<label>Sort by <select name="order"><option value="">as asked, wrong first</option>'
        '<option value="-confidence">most sure first</option>'
        '<option value="confidence">least sure first</option>'
        '<option value="f1">worst F1 first</option></select></label>'
        '<output></output></form><p class="key">In the passages: <mark class="gold">gold answer'
        '</mark> <mark class="said">answer or best guess</mark> <mark class="gold said">both'
        '</mark></p><div class="head"><span></span><span>Question</span><span>Answer</span>'
        '<span>Gold</span><span class="sure">Sure</span><span>How it went</span></div>'
        '<div class="rows">'
    )
    yield from (question_row(*row) for row in rows[:MOST_QUESTIONS])
    yield '</div><p class="none" hidden>No question is like that.</p></section>'


def _provenance(scores: Scores) -> dict[str, str]:
    run = scores.run
    return {
        "begun": run.began,
        "gold SHA-256": run.gold_sha256,
        "chosen": f"first {run.limit}" if run.limit and run.sample is None else "",
        "sample seed": "" if run.sample is None else str(run.sample),
        **run.versions,
        **run.machine,
    }


def _facts(facts: Mapping[str, str]) -> str:
    rows = (
        f"<div><dt>{escaped(name)}</dt><dd>{escaped(value)}</dd></div>"
        for name, value in facts.items()
        if value
    )
    return f"<dl>{''.join(rows)}</dl>"
