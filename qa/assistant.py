"""``Assistant.ask(question, history)``: the one place that knows all the steps."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from index.archive import Archive
from index.errors import UsageError
from index.records import Filters
from index.text import whole_characters
from qa.agreement import Candidate, Group, distinct, same_words
from qa.answers import Answer, Reply
from qa.calibration import Calibration, read_calibration
from qa.confidence import probability
from qa.conversation import Turn, standalone
from qa.reader import Reader

LONGEST_QUESTION = 10_000
MOST_ANSWERS = 5
_EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class Step:
    """How far a question has come: ``stage`` is "searching", "reading" or "done".

    ``reply`` holds what is known by then: its hits from "reading" on, its answers when done.
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
    ) -> Reply:
        """The reply to ``question``; ``history`` holds the earlier turns, oldest first.

        ``top_k`` passages are read. ``threshold`` is the least confidence to answer with; None
        means the calibrated default. A question without a word in it gets an empty reply.

        Raises:
            UsageError: the question is too long, or ``top_k``, ``threshold`` or a date is off.
        """
        *_, last = self.steps(question, history, top_k=top_k, threshold=threshold, filters=filters)
        return last.reply

    def steps(
        self,
        question: str,
        history: Sequence[Turn] = (),
        *,
        top_k: int = 10,
        threshold: float | None = None,
        filters: Filters = _EVERYTHING,
    ) -> Iterator[Step]:
        """The same, step by step, for a page that shows how far it is. The last step is done."""
        threshold = self.calibration.threshold if threshold is None else threshold
        _check(question, threshold)
        question = whole_characters(question)
        began = time.perf_counter()
        best = Reply(question, question)
        yield Step("searching", best)
        spent = {"search": 0.0, "read": 0.0}
        for asked_as in standalone(question, history) if any(map(str.isalnum, question)) else ():
            started = time.perf_counter()
            asked_as = whole_characters(asked_as)
            hits = tuple(self.archive.search(asked_as, top_k, filters))
            found = time.perf_counter()
            spent["search"] += (found - started) * 1000
            if not best.hits:
                best = replace(best, asked_as=asked_as, hits=hits)
            yield Step("reading", replace(best, asked_as=asked_as, hits=hits))
            started = time.perf_counter()
            said = history[-1].answer if asked_as != question else ""
            reply = self._read(Reply(question, asked_as, hits=hits), threshold, said)
            spent["read"] += (time.perf_counter() - started) * 1000
            if reply.confidence > best.confidence:
                best = reply
        spent["total"] = (time.perf_counter() - began) * 1000
        yield Step("done", replace(best, timings=spent))

    def _read(self, reply: Reply, threshold: float, said: str) -> Reply:
        """``reply`` with the answers that its hits hold, except what was ``said`` just before."""
        readings = self.reader.read(
            reply.asked_as,
            [hit.passage.text for hit in reply.hits],
            [hit.article.title for hit in reply.hits],
        )
        groups = distinct(
            [
                Candidate(hit, span)
                for hit, spans in zip(reply.hits, readings, strict=True)
                for span in spans
            ]
        )
        if said:
            # A question that carries an answer over finds that answer again before any other.
            groups = [
                group for group in groups if not same_words(group.candidates[0].citation.text, said)
            ]
        answers = [
            _answer(
                group,
                self.calibration.probability(probability(group, reply.question, reply.asked_as)),
            )
            for group in groups[:MOST_ANSWERS]
        ]
        return replace(
            reply,
            answers=tuple(answer for answer in answers if answer.confidence >= threshold),
            guesses=tuple(answer for answer in answers if answer.confidence < threshold),
        )


def _answer(group: Group, confidence: float) -> Answer:
    citations = tuple(candidate.citation for candidate in group.candidates)
    first = citations[0]
    return Answer(
        first.text, first.start, first.end, confidence, first.article, first.passage, citations
    )


def _check(question: object, threshold: float) -> None:
    if not isinstance(question, str):
        raise UsageError(f"The question is {question!r}; expected text.")
    if len(question) > LONGEST_QUESTION:
        raise UsageError(
            f"The question has {len(question):,} characters; at most {LONGEST_QUESTION:,} are read."
        )
    if not 0 <= threshold <= 1:
        raise UsageError(f"The threshold is {threshold}; expected a probability from 0 to 1.")
