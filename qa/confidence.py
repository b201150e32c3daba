"""How far to trust an answer: what reading and searching say, as a probability.

A logistic model, fitted to 260 news-quiz questions over 3,829 articles, each asked twice: with its
articles there, and with them left out, when no answer is right. Right means that the words share
an F1 of at least one half with a gold answer. Held-out folds gave an expected calibration error of
0.052, and 0.872 as area under the curve of right against wrong (0.853 without the words).
"""

from __future__ import annotations

import math

from index.telling import coverage
from qa.agreement import Group

THRESHOLD = 0.3  # kept 88 % of the right answers, refused 70 % of what could not be answered
_BIAS, _MARGIN, _SUPPORT = -7.479, 0.054, 5.438
_SIMILARITY, _COVERAGE, _ARTICLES = 1.651, 3.041, 1.563


def probability(group: Group, question: str, asked_as: str) -> float:
    """The probability that the answer of ``group`` is right for ``question``.

    ``asked_as`` is the question standing alone; the words of both should stand near the answer,
    or the words that a follow-up carries over would speak for the passage that they came from.

    It goes by the margin over "not here", by how far the likely spans agree, by how near the
    passage is to the question, by how many of the question's words stand there (a coach of
    another club is no answer), and by the number of articles that say it.
    """
    hit = group.candidates[0].hit
    near = f"{hit.article.title}\n{hit.passage.text}"
    logit = (
        _BIAS
        + _MARGIN * group.margin
        + _SUPPORT * group.support
        + _SIMILARITY * hit.similarity
        + _COVERAGE * min(coverage(question, near), coverage(asked_as, near))
        + _ARTICLES * math.log(len(group.candidates))
    )
    return (1 + math.tanh(logit / 2)) / 2
