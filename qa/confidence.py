"""How far to trust an answer: what reading and searching say, as a probability.

A logistic model. Its weights, and how good it is, come from ``python -m qa.train.confidence``; the
card of the reader says what that printed.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from index.telling import coverage
from qa.agreement import Group

THRESHOLD = 0.3  # kept 93 % of the right answers, refused 76 % of what could not be answered
FEATURES = ("margin", "support", "coverage", "articles", "rank", "nearness", "told")
BIAS, WEIGHTS = -4.843, (0.259, 2.764, 0.749, 1.208, -0.430, 2.079, 0.981)


def probability(
    group: Group, question: str, asked_as: str, nearness: Callable[[str], float]
) -> float:
    """The probability that the answer of ``group`` is right for ``question``.

    ``asked_as`` is the question standing alone; the words of both should stand near the answer,
    or the words that a follow-up carries over would speak for the passage that they came from.
    ``nearness`` gives the cosine of the question and a sentence.
    """
    inputs = features(group, question, asked_as, nearness)
    logit = BIAS + sum(weight * one for weight, one in zip(WEIGHTS, inputs, strict=True))
    return (1 + math.tanh(logit / 2)) / 2


def features(
    group: Group, question: str, asked_as: str, nearness: Callable[[str], float]
) -> tuple[float, ...]:
    """What the probability goes by, in the order of ``FEATURES``.

    The margin over "not here"; how far the likely spans agree; how many of the question's words
    stand in the passage (a coach of another club is no answer); how many articles say it, copies
    not counted; where the passage was in the ranking; and how near the answer's own sentence is, in
    meaning and in words. How near the passage is in meaning told nothing beside these.
    """
    first = group.candidates[0]
    hit, sentence = first.hit, first.citation.sentence_text

    def held(text: str) -> float:
        return min(coverage(question, text), coverage(asked_as, text))

    return (
        group.margin,
        group.support,
        held(f"{hit.article.title}\n{hit.passage.text}"),
        math.log(group.independent),
        math.log(hit.rank),
        nearness(sentence),
        held(sentence),
    )
