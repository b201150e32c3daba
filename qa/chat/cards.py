"""A conversation → HTML: questions, answer cards, and what is said when there is no answer."""

from __future__ import annotations

import zlib
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from index.records import Filters, Hit
from index.text import cut
from qa import strings
from qa.answers import Answer, Citation, Reply, as_json
from qa.chat.feedback import LONGEST_CORRECTION
from qa.conversation import Turn
from qa.markup import byline, escaped, form, limits, paragraphs, readable_date

NEAREST = 3
NEAREST_CHARS = 240
_EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class Exchange:
    """A turn of a conversation, with the card that shows it and its ``as_json`` record."""

    turn: Turn
    card: str
    record: dict[str, Any] = field(hash=False)  # the page tells states apart by their hashes

    @property
    def key(self) -> str:
        """What a verdict names it by: its question and answer, however the conversation grows."""
        said = f"{self.turn.question}\0{self.turn.answer}".encode("utf-8", "replace")
        return f"{zlib.crc32(said):08x}"


def exchange(reply: Reply, filters: Filters = _EVERYTHING) -> Exchange:
    """The turn that ``reply`` makes, to a question limited by ``filters``."""
    answer = reply.answers[0].text if reply.answers else ""
    return Exchange(Turn(reply.question, answer), card(reply, filters), as_json(reply))


def thread(exchanges: Sequence[Exchange], judged: Collection[str] = ()) -> str:
    """A conversation; ``judged`` holds the keys of those that have had a verdict."""
    return "".join(
        f'<article class="turn">{one.card}{_verdict(one.key, one.key in judged)}</article>'
        for one in exchanges
    )


def pending(question: str) -> str:
    """A question that is being answered."""
    return f'<article class="turn pending">{_question(question)}</article>'


def draft(reply: Reply, filters: Filters = _EVERYTHING) -> str:
    """The best answer so far, while the rest is being read."""
    note = status(strings.STILL_READING)
    return f'<article class="turn">{card(reply, filters)}{note}</article>'


def spoken(reply: Reply) -> str:
    """What a screen reader says when a reply is there."""
    says = strings.NOTHING_FOUND
    if reply.answers:
        best = reply.answers[0]
        says = strings.answered(best.text, sureness(best.confidence))
    return f'<p class="spoken">{escaped(says)}</p>'


def card(reply: Reply, filters: Filters = _EVERYTHING) -> str:
    """A question and its reply."""
    parts = [_question(reply.question)]
    if " ".join(reply.asked_as.split()) != " ".join(reply.question.split()):
        parts.append(_understood(reply.asked_as))
    if filters:
        parts.append(f'<p class="limited">{limits(filters)}</p>')
    parts.append(_answers(reply) if reply.answers else _nothing_found(reply))
    return "".join(parts)


def sureness(confidence: float) -> str:
    """A probability in words and as a number: "Fairly sure · 78 %"."""
    percent = min(99, round(confidence * 100))  # No model is certain, so none says 100 %.
    word = next(word for least, word in strings.SURENESS if percent >= least)
    return f"{word} · {percent} %"


def status(text: str) -> str:
    """What is going on now."""
    return f'<p class="status working">{escaped(text)}</p>'


def notice(text: str) -> str:
    """One line about something to mend, such as an empty question."""
    return f'<p class="status notice">{escaped(text)}</p>'


def thanks(text: str) -> str:
    """One quiet line."""
    return f'<p class="status">{escaped(text)}</p>'


def _question(question: str) -> str:
    return f'<h2 class="question" dir="auto">{escaped(question)}</h2>'


def _understood(asked_as: str) -> str:
    known, label = 'data-do="submit" data-as="meant"', strings.QUESTION_AS_MEANT
    asking = form(known, label, asked_as, strings.ASK, LONGEST_CORRECTION)
    return (
        f'<div class="understood"><p>{strings.UNDERSTOOD_AS} <bdi>{escaped(asked_as)}</bdi></p>'
        f"{_folded(strings.EDIT, [asking])}</div>"
    )


def _answers(reply: Reply) -> str:
    best, *others = reply.answers
    if reply.rivals:
        shown = [_disagreement([best, *reply.rivals])]
        others = [other for other in others if other not in reply.rivals]
    else:
        shown = [_answer(best)]
    if others:
        shown.append(_folded(strings.other_answers(len(others)), map(_answer, others)))
    return "".join(shown)


def _disagreement(answers: Sequence[Answer]) -> str:
    """Answers that cannot all be right, side by side, what was published last first."""
    ordered = sorted(answers, key=lambda answer: answer.article.published, reverse=True)
    days = [answer.article.published[:10] for answer in ordered]
    sides = []
    for answer, day in zip(ordered, days, strict=True):
        newest = day == days[0] and day and days.count(day) < len(days)
        when = f"<time>{escaped(readable_date(day))}</time>" if day else ""
        tag = f" <b>{strings.NEWEST}</b>" if newest else ""
        sides.append(f'<div class="side"><p class="when">{when}{tag}</p>{_answer(answer)}</div>')
    return (
        f'<section class="conflict" aria-label="{strings.THE_ARTICLES_DISAGREE}">'
        f'<h3>{strings.THE_ARTICLES_DISAGREE}</h3><div class="sides">{"".join(sides)}</div>'
        "</section>"
    )


def _answer(answer: Answer) -> str:
    first = Citation(answer.text, answer.start, answer.end, answer.article, answer.passage)
    parts = [f'<p class="words" dir="auto"><strong>{escaped(answer.text)}</strong></p>']
    if answer.resolved:
        day = escaped(readable_date(answer.resolved))
        parts.append(f'<p class="resolved"><time>{day}</time>, {strings.AS_READ}</p>')
    parts.append(f'<p class="sureness">{sureness(answer.confidence)}</p>')
    parts.append(_quotation(first))
    parts.extend(_agreeing(answer))
    return f'<section class="answer" aria-label="{strings.ANSWER}">{"".join(parts)}</section>'


def _agreeing(answer: Answer) -> list[str]:
    """Folds with the other articles that say the same; copies of one report count as one."""
    others = [one for one in answer.sources if one.article.id != answer.article.id]
    independent = [one for one in others if not one.copy_of]
    folds = _copies(answer.article.id, others)
    if independent:
        names = {one.article.source or one.article.id for one in independent}
        names.discard(answer.article.source)
        parts = [_quotation(one) + "".join(_copies(one.article.id, others)) for one in independent]
        folds.append(_folded(strings.also_said(len(names), len(independent)), parts))
    return folds


def _copies(id: str, cited: Sequence[Citation]) -> list[str]:
    """A fold with those of ``cited`` that repeat the article called ``id``, if there are any."""
    repeats = [one for one in cited if one.copy_of == id]
    if not repeats:
        return []
    listed = "".join(f"<li>{byline(one.article, one.start, one.end)}</li>" for one in repeats)
    return [_folded(strings.copies(len(repeats)), [f'<ul class="copies">{listed}</ul>'])]


def _quotation(cited: Citation) -> str:
    passage, article = cited.passage, cited.article
    quote = paragraphs(passage.text, cited.start - passage.start, cited.end - passage.start)
    return _figure(quote, byline(article, cited.start, cited.end))


def _nothing_found(reply: Reply) -> str:
    parts = [f'<p class="words">{strings.NOTHING_FOUND}</p>']
    if reason := strings.REASONS.get(reply.reason):
        parts.append(f'<p class="reason">{reason}</p>')
    if reply.hits:
        parts.append(f'<p class="nearest">{strings.NEAREST_PASSAGES}</p>')
        best_of_each = {hit.article.id: hit for hit in reversed(reply.hits)}.values()
        nearest = sorted(best_of_each, key=lambda hit: hit.rank)[:NEAREST]
        parts.extend(map(_nearest, nearest))
    if reply.guesses:
        parts.append(_folded(strings.BEST_GUESS, [_answer(reply.guesses[0])], "guess"))
    return f'<section class="answer" aria-label="{strings.NO_ANSWER}">{"".join(parts)}</section>'


def _nearest(hit: Hit) -> str:
    passage = hit.passage
    beginning = cut(" ".join(passage.text.split()), NEAREST_CHARS)
    return _figure(paragraphs(beginning), byline(hit.article, passage.start, passage.end))


def _verdict(key: str, given: bool) -> str:
    """Buttons that say whether a reply is right; thanks, once one has been given."""
    known = f'data-do="like" data-turn="{key}"'
    buttons = "".join(
        f'<button type="button" {known} data-verdict="{verdict}">{label}</button>'
        for verdict, label in (("right", strings.RIGHT), ("wrong", strings.WRONG))
    )
    corrected = f'{known} data-verdict="corrected"'
    telling = form(corrected, strings.RIGHT_WORDS, "", strings.SEND, LONGEST_CORRECTION)
    return (
        '<div class="verdict">'
        f'<div role="group" aria-label="{strings.WAS_THIS_RIGHT}"{" hidden" if given else ""}>'
        f"<span>{strings.WAS_THIS_RIGHT}</span>{buttons}"
        f"{_folded(strings.CORRECT_IT, [telling])}</div>"
        f'<p tabindex="-1"{"" if given else " hidden"}>{strings.THANKS}</p></div>'
    )


def _figure(quote: str, source: str) -> str:
    return (
        f'<figure><blockquote dir="auto">{quote}</blockquote>'
        f"<figcaption>{source}</figcaption></figure>"
    )


def _folded(summary: str, parts: Iterable[str], kind: str = "") -> str:
    named = f' class="{kind}"' if kind else ""
    return f"<details{named}><summary>{summary}</summary>{''.join(parts)}</details>"
