"""A conversation → HTML: questions, answer cards, and what is said when there is no answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.records import Hit
from index.text import cut
from qa.answers import Answer, Citation, Reply
from qa.conversation import Turn
from qa.markup import byline, escaped, paragraphs

NEAREST = 3
NEAREST_CHARS = 240
_SURENESS = ((90, "Very sure"), (70, "Fairly sure"), (45, "Not very sure"), (0, "Unsure"))


@dataclass(frozen=True, slots=True)
class Exchange:
    """A turn of a conversation, with the card that shows it."""

    turn: Turn
    card: str


def exchange(reply: Reply) -> Exchange:
    """The turn that ``reply`` makes."""
    answer = reply.answers[0].text if reply.answers else ""
    return Exchange(Turn(reply.question, answer), card(reply))


def thread(exchanges: Sequence[Exchange], pending: str = "") -> str:
    """The whole conversation; ``pending`` is a question that is being answered."""
    cards = [exchange.card for exchange in exchanges]
    if pending:
        cards.append(f'<article class="turn">{_question(pending)}</article>')
    return "".join(cards)


def card(reply: Reply) -> str:
    """A question and its reply."""
    parts = [_question(reply.question)]
    if " ".join(reply.asked_as.split()) != " ".join(reply.question.split()):
        understood = f"<bdi>{escaped(reply.asked_as)}</bdi>"
        parts.append(f'<p class="understood">Understood as: {understood}</p>')
    if reply.answers:
        best, *others = reply.answers
        parts.append(_answer(best))
        if others:
            parts.append(_folded(_count(len(others), "other answer"), map(_answer, others)))
    else:
        parts.append(_nothing_found(reply))
    return f'<article class="turn">{"".join(parts)}</article>'


def sureness(confidence: float) -> str:
    """A probability in words and as a number: "Fairly sure · 78 %"."""
    percent = min(99, round(confidence * 100))  # No model is certain, so none says 100 %.
    word = next(word for least, word in _SURENESS if percent >= least)
    return f"{word} · {percent} %"


def status(text: str) -> str:
    """What is going on now."""
    return f'<p class="status working">{escaped(text)}</p>'


def notice(text: str) -> str:
    """One line about something to mend, such as an empty question."""
    return f'<p class="status notice">{escaped(text)}</p>'


def _question(question: str) -> str:
    return f'<h2 class="question" dir="auto">{escaped(question)}</h2>'


def _answer(answer: Answer) -> str:
    first = Citation(answer.text, answer.start, answer.end, answer.article, answer.passage)
    parts = [
        f'<p class="words" dir="auto"><strong>{escaped(answer.text)}</strong></p>',
        f'<p class="sureness">{sureness(answer.confidence)}</p>',
        _quotation(first),
    ]
    if others := [cited for cited in answer.sources if cited.article.id != answer.article.id]:
        names = {cited.article.source or cited.article.id for cited in others}
        names.discard(answer.article.source)
        said = (
            f"Also said by {_count(len(names), 'source')}"
            if names
            else f"Also in {_count(len(others), 'article')} of the same source"
        )
        parts.append(_folded(said, map(_quotation, others)))
    return f'<section class="answer" aria-label="Answer">{"".join(parts)}</section>'


def _quotation(cited: Citation) -> str:
    passage, article = cited.passage, cited.article
    quote = paragraphs(passage.text, cited.start - passage.start, cited.end - passage.start)
    return _figure(quote, byline(article, cited.start, cited.end))


def _nothing_found(reply: Reply) -> str:
    parts = ['<p class="words">I found no answer in these articles.</p>']
    if reply.hits:
        parts.append("<p>These passages come nearest:</p>")
        best_of_each = {hit.article.id: hit for hit in reversed(reply.hits)}.values()
        nearest = sorted(best_of_each, key=lambda hit: hit.rank)[:NEAREST]
        parts.extend(map(_nearest, nearest))
    if reply.guesses:
        guess = reply.guesses[0]
        label = f"Best guess ({sureness(guess.confidence).lower()})"
        parts.append(_folded(label, [_answer(guess)]))
    return f'<section class="answer" aria-label="No answer">{"".join(parts)}</section>'


def _nearest(hit: Hit) -> str:
    passage = hit.passage
    beginning = cut(" ".join(passage.text.split()), NEAREST_CHARS)
    return _figure(paragraphs(beginning), byline(hit.article, passage.start, passage.end))


def _figure(quote: str, source: str) -> str:
    return (
        f'<figure><blockquote dir="auto">{quote}</blockquote>'
        f"<figcaption>{source}</figcaption></figure>"
    )


def _folded(summary: str, parts: Iterable[str]) -> str:
    return f"<details><summary>{summary}</summary>{''.join(parts)}</details>"


def _count(number: int, thing: str) -> str:
    return f"{number} {thing}{'' if number == 1 else 's'}"
