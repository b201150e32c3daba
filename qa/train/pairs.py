"""What is trained on: ``Example``s, which of them are kept apart, and these by question."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from eval.mentions import mentions
from index.telling import coverage
from qa.train.recipe import Source

SAID_IN_PART = 0.5

_PRONOUNS = frozenset(
    "he she it they we i you him her them us me his hers its their theirs our my your this that "
    "these those who which what there here someone something himself herself itself "
    "themselves".split()
)


@dataclass(frozen=True, slots=True)
class Example:
    """A question and a text to read for it.

    ``answers`` are offsets of the context; without any, it does not hold the answer. Examples of
    one question share its ``id``.
    """

    id: str
    question: str
    context: str
    answers: tuple[tuple[int, int], ...] = ()
    title: str = ""
    source: str = ""
    doc: str = ""

    @property
    def texts(self) -> tuple[str, ...]:
        """The distinct words of the answers."""
        return tuple(dict.fromkeys(self.context[start:end] for start, end in self.answers))


@dataclass(frozen=True, slots=True)
class Question:
    """All that is read for one question: contexts that answer it, and others that do not."""

    answering: tuple[Example, ...]
    others: tuple[Example, ...]
    weight: float = 1.0


def telling(examples: Iterable[Example]) -> Iterator[Example]:
    """``examples`` without answers that tell nothing by themselves: "they", "long".

    Kept is what has a capital, a digit or two words, and is no pronoun. An example with answers,
    none of them kept, is left out.
    """
    for example in examples:
        kept = tuple(
            (start, end) for start, end in example.answers if _tells(example.context[start:end])
        )
        if kept or not example.answers:
            yield replace(example, answers=kept)


def may_say(text: str, answers: Iterable[str]) -> bool:
    """Whether ``text`` says one of ``answers``, or at least half of the words that tell of it.

    A passage is held to be without the answer only where it does neither: for "sesame seeds" it
    must not speak of sesame.
    """
    return any(mentions(text, one) or coverage(one, text) >= SAID_IN_PART for one in answers)


def is_held_out(example: Example, share: float) -> bool:
    """Whether the document of ``example`` is among the ``share`` that is kept from training.

    It goes by the document's name, so that it is the same one in every file and run.
    """
    name = hashlib.sha256((example.doc or example.id).encode()).hexdigest()
    return int(name[:8], 16) < share * 16**8


def kept_apart(sets: Sequence[Sequence[Example]], share: float) -> list[list[Example]]:
    """The examples of each set that may be trained on: not those of the held-out documents.

    Nor those that ask what is asked of a held-out document, whatever text they are asked of.
    """
    asked = {
        example.question.casefold()
        for examples in sets
        for example in examples
        if example.answers and is_held_out(example, share)
    }
    return [
        [
            example
            for example in examples
            if example.question.casefold() not in asked and not is_held_out(example, share)
        ]
        for examples in sets
    ]


def by_question(sets: Iterable[tuple[Source, Iterable[Example]]]) -> list[Question]:
    """The questions of all sets, in order, each with all its examples and the weight of its set.

    Passages without an answer may come from another file than those with one, by the same id and
    question; then the weight is that of the file with the answer. Questions with nothing to read
    are left out.
    """
    found: dict[tuple[str, str], tuple[list[Example], list[Example]]] = {}
    weights: dict[tuple[str, str], float] = {}
    for source, examples in sets:
        for example in examples:
            key = example.id, example.question
            answering, others = found.setdefault(key, ([], []))
            if example.answers:
                answering.append(example)
                weights[key] = source.weight
            elif example.context:
                others.append(example)
                weights.setdefault(key, source.weight)
    return [
        Question(tuple(answering), tuple(others), weights[key])
        for key, (answering, others) in found.items()
        if answering or others
    ]


def _tells(answer: str) -> bool:
    words = answer.split()
    if answer.lower() in _PRONOUNS:
        return False
    return len(words) > 1 or any(sign.isupper() or sign.isdigit() for sign in answer)
