"""One question as a piece of the report: what was asked, said and wanted, and the passages."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise

from eval.failures import Cause, Failure, failure
from eval.outcomes import Outcome
from eval.pairs import Pair
from eval.places import gold_places
from eval.predictions import Found, Prediction, Said
from qa.markup import escaped

FIRST_PASSAGES = 3  # shown even where nothing in them is marked

Spans = Iterable[tuple[int, int]]


def style_class(cause: str) -> str:
    """The style sheet's name for questions that ``cause`` lost; empty: for those that are right."""
    return f"cause-{list(Cause).index(Cause(cause))}" if cause else "fine"


def question_row(pair: Pair, prediction: Prediction, outcome: Outcome) -> str:
    """A row that opens: its head is the question and how it went, its body is the evidence."""
    said = prediction.answers[0].text if prediction.answers else ""
    state = outcome.cause or "right"
    more = f" (or {len(pair.answers) - 1} more)" if len(pair.answers) > 1 else ""
    wanted = pair.answers[0] + more if pair.answers else ""
    # The nearest miss is worth a look first, and only F1 tells it from the others.
    near = f"<small>F1 {100 * outcome.f1:.0f}</small>" if 0 < outcome.f1 < 1 else ""
    return (
        f'<details class="question {style_class(outcome.cause)}" data-state="{escaped(state)}" '
        f'data-f1="{outcome.f1}" data-confidence="{outcome.confidence}">'
        f'<summary><span class="mark"></span><span class="asked"><span>{escaped(pair.question)}'
        f"</span><small>{escaped(pair.id)}</small></span>"
        f'<span class="said"><span>{_text(said, "no answer")}</span></span>'
        f'<span class="wanted"><span>{_text(wanted, "unanswerable")}</span></span>'
        f'<span class="sure">{100 * outcome.confidence:.0f} %</span>'
        f'<span class="state">{escaped(state)}{near}</span></summary>'
        f'<div class="evidence">{"".join(_evidence(pair, prediction))}</div></details>'
    )


def marked(text: str, gold: Spans, said: Spans) -> str:
    """``text`` as HTML with the gold and the said spans (half-open, in characters) marked."""
    kinds = {"gold": list(gold), "said": list(said)}
    edges = {edge for spans in kinds.values() for span in spans for edge in span}
    cuts = sorted({0, len(text), *(edge for edge in edges if 0 < edge < len(text))})
    parts = []
    for start, end in pairwise(cuts):
        names = [
            name for name, spans in kinds.items() if any(a <= start and end <= b for a, b in spans)
        ]
        piece = escaped(text[start:end])
        parts.append(f'<mark class="{" ".join(names)}">{piece}</mark>' if names else piece)
    return "".join(parts)


def _evidence(pair: Pair, prediction: Prediction) -> Iterator[str]:
    yield '<div class="told">'
    for turn in pair.history:
        answer = _text(turn.answer, "no answer")
        yield f'<p class="turn">Before: {escaped(turn.question)} — {answer}</p>'
    if prediction.asked_as != pair.question:
        yield f"<p>Understood as: {escaped(prediction.asked_as)}</p>"
    if len(pair.answers) > 1:
        yield f"<p>Gold: {escaped(' | '.join(pair.answers))}</p>"
    failed = failure(pair, prediction)
    if failed:
        yield f'<p class="why">{_why(failed, prediction)}</p>'
    if prediction.candidates:
        yield '<ol class="candidates">'
        for candidate in prediction.candidates:
            given = "" if candidate in prediction.answers else " (not given: too unsure)"
            yield (
                f"<li>{escaped(candidate.text)} <small>{100 * candidate.confidence:.0f} % sure"
                f"{given}; {escaped(candidate.article_id)}</small></li>"
            )
        yield "</ol>"
    yield '</div><div class="passages">'
    yield from _passages(pair, prediction)
    yield "</div>"


def _passages(pair: Pair, prediction: Prediction) -> Iterator[str]:
    gold = {place.rank: place.spans for place in gold_places(pair, prediction.retrieved)}
    best = prediction.candidates[:1]
    left_out = 0
    for rank, passage in enumerate(prediction.retrieved, start=1):
        said = [span for answer in best if (span := _inside(answer, passage))]
        if rank > FIRST_PASSAGES and rank not in gold and not said:
            left_out += 1
            continue
        unread = "" if rank <= len(prediction.passages) else ", not read"
        yield (
            f"<figure><figcaption>{rank}. {escaped(passage.article_id)}{unread}</figcaption>"
            f"<blockquote>{marked(passage.text, gold.get(rank, ()), said)}</blockquote></figure>"
        )
    if left_out:
        yield f"<p><small>{left_out} more passages found, with neither gold nor answer.</small></p>"


def _inside(answer: Said, passage: Found) -> tuple[int, int] | None:
    if answer.article_id != passage.article_id:
        return None
    start, end = answer.start - passage.start, answer.end - passage.start
    return (start, end) if start >= 0 and end <= len(passage.text) else None


def _why(failed: Failure, prediction: Prediction) -> str:
    """The cause, and the figures that prove it."""
    read, found = len(prediction.passages), len(prediction.retrieved)
    first = failed.places[0].rank if failed.places else 0
    evidence = {
        Cause.NOT_FOUND: f"none of the {found} passages found holds a gold answer",
        Cause.NOT_READ: f"a gold answer is first in passage {first}, and {read} were read",
        Cause.OTHER_SPAN: f"a gold answer is in passage {first}, which was read",
        Cause.EDGES: "the answer overlaps a gold answer in its passage",
        Cause.REFUSED: f"a gold answer is in passage {first}, which was read",
        Cause.ANSWERED: "gold has no answer in these articles",
    }[failed.cause]
    among = f"; a right text was candidate {failed.gold_candidate}" if failed.gold_candidate else ""
    return escaped(f"{failed.cause.capitalize()}: {evidence}{among}.")


def _text(text: str, otherwise: str) -> str:
    return escaped(text) if text else f"<i>{otherwise}</i>"
