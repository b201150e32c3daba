"""Held-out questions, asked of an archive → what came of each: the features and F1 of its answer.

Each is asked twice: as it is, and with all left out that belongs to it or says its answer, when no
answer can be right; a question that its text does not answer once, as it is. An answer is right
when its words share an F1 of at least one half with a gold answer; one that is right even so, in
other words, is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from eval.mentions import mentions
from eval.metrics import f1
from index.archive import Archive
from index.encoder import Encoder
from index.records import Article, Hit
from qa.agreement import Candidate, distinct
from qa.confidence import features
from qa.nearness import Nearness
from qa.reader import Reader
from qa.spans import Span
from qa.train.pairs import Example, is_held_out

DEPTH = 30  # hits that are read where some of them are to be left out
RIGHT = 0.5

Read = list[tuple[Hit, list[Span]]]


@dataclass(frozen=True, slots=True)
class Asked:
    """A question of a held-out ``document``, its gold answers, and the texts that hold them.

    Without either, it cannot be answered.
    """

    question: str
    golds: tuple[str, ...]
    contexts: frozenset[str]
    document: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of asking once: the features of the best answer, and its F1."""

    asked: Asked
    answerable: bool
    inputs: tuple[float, ...]
    f1: float


def questions(examples: Sequence[Example], share: float) -> list[Asked]:
    """The questions of the held-out ``share`` of documents, each with all texts that answer it."""
    by_question: dict[str, list[Example]] = {}
    for example in examples:
        by_question.setdefault(example.question, []).append(example)
    asked = []
    for question, those in by_question.items():
        answering = [one for one in those if one.answers]
        # A passage without the answer says nothing of where the question was trained on.
        held = next((one for one in answering or those if is_held_out(one, share)), None)
        if held:
            golds = dict.fromkeys(text for one in answering for text in one.texts)
            contexts = frozenset(one.context for one in answering)
            asked.append(Asked(question, tuple(golds), contexts, held.doc or held.id))
    return asked


def articles(examples: Iterable[Example]) -> Iterator[Article]:
    """An article for each distinct context."""
    for number, (text, one) in enumerate({one.context: one for one in examples}.items(), start=1):
        yield Article(f"{one.doc or one.id} #{number}", one.title, text, source=one.source)


def tried(reader: Reader, archive: Archive, asked: Asked, top_k: int) -> Iterator[Tried]:
    """What comes of asking with what answers the question, if anything does, and without it."""
    hits = archive.search(asked.question, DEPTH if asked.golds else top_k)
    spans = reader.read(
        asked.question, [hit.passage.text for hit in hits], [hit.article.title for hit in hits]
    )
    read = list(zip(hits, spans, strict=True))
    others = [one for one in read if not _answers(one[0], asked)]
    asking = [(True, read)] if asked.golds else []
    for answerable, some in (*asking, (False, others)):
        best = _best(asked, some[:top_k], archive.encoder)
        if best is not None:
            inputs, said = best
            points = f1(said, asked.golds)
            if answerable or points < RIGHT:
                yield Tried(asked, answerable, inputs, points if answerable else 0.0)


def _answers(hit: Hit, asked: Asked) -> bool:
    """Whether ``hit`` is of a text that the question is asked of, or says its answer."""
    return any(context in hit.article.text for context in asked.contexts) or any(
        mentions(hit.passage.text, gold) for gold in asked.golds
    )


def _best(asked: Asked, read: Read, encoder: Encoder) -> tuple[tuple[float, ...], str] | None:
    """The features and the words of the best answer in what was ``read``, best hit first."""
    groups = distinct(
        [
            Candidate(replace(hit, rank=rank), span)
            for rank, (hit, spans) in enumerate(read, start=1)
            for span in spans
        ]
    )
    if not groups:
        return None
    said = groups[0].candidates[0].citation.text
    near = Nearness(encoder, asked.question)
    return features(groups[0], asked.question, asked.question, near), said
