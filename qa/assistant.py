"""``Assistant.ask(question, history)``: the one place that knows all the steps."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from index.archive import Archive
from index.errors import UsageError
from index.records import Filters, Hit
from index.text import whole_characters
from qa.agreement import Candidate, Group, distinct, same_words
from qa.answers import Answer, Reply
from qa.calibration import Calibration, read_calibration
from qa.confidence import probability
from qa.conversation import Turn, standalone
from qa.disagreement import rivals
from qa.nearness import Nearness
from qa.reader import Reader
from qa.resolved import reading

LONGEST_QUESTION = 10_000
MOST_ANSWERS = 5
READ_FIRST = 2  # hits, after which a first answer is shown
# Cosine of the question and the nearest passage below which nothing is about it. Over the sample
# articles all of 35 questions about other things were below, and 2 of 227 that they answer.
RELEVANT = 0.3
_EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class Step:
    """How far a question has come: ``stage`` is "searching", "reading", "draft" or "done".

    ``reply`` holds what is known by then: its hits from "reading" on, in a "draft" the answers that
    the first few hits give, and all of them when "done". A question may be tried in several ways:
    each is "reading", and only the first makes a draft, and none where there are few hits.
    """

    stage: str
    reply: Reply


class Assistant:
    """Answers questions from an archive. Safe to share between threads.

    Args:
        archive: where the passages are.
        reader: a transformers extractive reader, by folder or hub name; the shipped one if None.
        calibration: how confidence is read; as it was fitted to the archive, if None.

    Raises:
        ModelError: the reader cannot be loaded.
        ArchiveError: what was fitted to the archive is damaged.
    """

    def __init__(
        self,
        archive: Archive,
        reader: str | None = None,
        calibration: Calibration | None = None,
    ) -> None:
        self.archive = archive
        self.reader = Reader(reader)
        self.calibration = calibration or read_calibration(archive.folder, self.reader.identity)

    def ask(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        top_k: int = 10,
        threshold: float | None = None,
        filters: Filters = _EVERYTHING,
        asked_as: str | None = None,
    ) -> Reply:
        """The reply to ``question``; ``history`` holds the earlier turns, oldest first.

        ``top_k`` passages are read. ``threshold`` is the least confidence to answer with; None
        means the calibrated default. A question without a word in it gets an empty reply.

        ``asked_as`` is the question as it is meant, where that is known: it is asked just so, and
        nothing is taken from ``history``, nor is an answer left out for having been given before.

        Raises:
            UsageError: a question is too long, or ``top_k``, ``threshold`` or a date is off.
        """
        *_, last = self.steps(
            question,
            history,
            top_k=top_k,
            threshold=threshold,
            filters=filters,
            asked_as=asked_as,
        )
        return last.reply

    def steps(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        top_k: int = 10,
        threshold: float | None = None,
        filters: Filters = _EVERYTHING,
        asked_as: str | None = None,
    ) -> Iterator[Step]:
        """The same, step by step, for a page that shows how far it is. The last step is done.

        Closing it at any step ends the work there.
        """
        threshold = self.calibration.threshold if threshold is None else threshold
        _check(question, threshold)
        meant = question if asked_as is None else asked_as
        _check(meant, threshold)
        question, meant = whole_characters(question), whole_characters(meant)
        ways = [meant] if asked_as is not None else standalone(question, history)
        if not any(map(str.isalnum, meant)):
            ways = []
        began = time.perf_counter()
        best = Reply(question, meant, reason="" if ways else "no words")
        yield Step("searching", best)
        spent = {"search": 0.0, "read": 0.0}
        for number, way in enumerate(map(whole_characters, ways)):
            started = time.perf_counter()
            hits = tuple(self.archive.search(way, top_k, filters))
            spent["search"] += _since(started)
            reply = Reply(question, way, hits=hits)
            yield Step("reading", reply)
            started = time.perf_counter()
            said = history[-1].answer if way != meant else ""
            near = Nearness(self.archive.encoder, way)
            candidates = self._candidates(way, hits[:READ_FIRST])
            if number == 0 and len(hits) > READ_FIRST:
                draft = self._answered(reply, candidates, threshold, meant, said, near)
                spent["read"] += _since(started)
                yield Step("draft", draft)
                started = time.perf_counter()
            candidates += self._candidates(way, hits[READ_FIRST:])
            reply = self._answered(reply, candidates, threshold, meant, said, near)
            spent["read"] += _since(started)
            if number == 0 or reply.confidence > best.confidence:
                best = reply
        spent["total"] = _since(began)
        yield Step("done", replace(best, timings=spent))

    def _candidates(self, question: str, hits: Sequence[Hit]) -> list[Candidate]:
        """What may answer ``question`` in ``hits``."""
        readings = self.reader.read(
            question, [hit.passage.text for hit in hits], [hit.article.title for hit in hits]
        )
        return [
            Candidate(hit, span)
            for hit, spans in zip(hits, readings, strict=True)
            for span in spans
        ]

    def _answered(
        self,
        reply: Reply,
        candidates: Sequence[Candidate],
        threshold: float,
        meant: str,
        said: str,
        near: Nearness,
    ) -> Reply:
        """``reply`` with what ``candidates`` answer, except what was ``said`` just before."""

        def sure(group: Group) -> float:
            return self.calibration.probability(probability(group, meant, reply.asked_as, near))

        groups = distinct(candidates)
        if said:
            # A question that carries an answer over finds that answer again before any other.
            groups = [
                group for group in groups if not same_words(group.candidates[0].citation.text, said)
            ]
        groups = groups[:MOST_ANSWERS]
        near.learn(group.candidates[0].citation.sentence_text for group in groups)
        answers = [_answer(group, sure(group)) for group in groups]
        best = next((at for at, one in enumerate(answers) if one.confidence >= threshold), None)
        against: list[int] = []
        if best is not None:
            against = rivals(groups, best, candidates, reply.asked_as, sure)
            quoted = {answers[at].article.id for at in (best, *against)}
            for at in (best, *against):
                answers[at] = _without(answers[at], quoted - {answers[at].article.id})
        newest_first = sorted(against, key=lambda at: answers[at].article.published, reverse=True)
        return replace(
            reply,
            answers=tuple(one for one in answers if one.confidence >= threshold),
            guesses=tuple(one for one in answers if one.confidence < threshold),
            rivals=tuple(answers[at] for at in newest_first),
            reason=_reason(reply.hits) if best is None else "",
        )


def _answer(group: Group, confidence: float) -> Answer:
    citations = tuple(candidate.citation for candidate in group.candidates)
    first = citations[0]
    return Answer(
        first.text,
        first.start,
        first.end,
        confidence,
        first.article,
        first.passage,
        citations,
        reading(first),
    )


def _without(answer: Answer, ids: Collection[str]) -> Answer:
    """``answer`` without those of its sources that say a disagreeing answer before this one."""
    kept = (cited for cited in answer.sources if not {cited.article.id, cited.copy_of} & {*ids})
    return replace(answer, sources=tuple(kept))


def _reason(hits: Sequence[Hit]) -> str:
    """Why nothing in ``hits`` is an answer."""
    nearest = max((hit.similarity for hit in hits), default=0.0)
    return "not sure" if nearest >= RELEVANT else "nothing relevant"


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000


def _check(question: object, threshold: float) -> None:
    if not isinstance(question, str):
        raise UsageError(f"The question is {question!r}; expected text.")
    if len(question) > LONGEST_QUESTION:
        raise UsageError(
            f"The question has {len(question):,} characters; at most {LONGEST_QUESTION:,} are read."
        )
    if not 0 <= threshold <= 1:
        raise UsageError(f"The threshold is {threshold}; expected a probability from 0 to 1.")
