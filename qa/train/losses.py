"""What is learned: to mark the answer in its passage, and to say "not here" of the others.

All losses are of a start, or of an end, over the positions that it can have. At use a span is
scored by its margin over the first token (see ``qa.spans``), which they keep: they change nothing
but differences to the first token's score.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, kl_div

from qa.train.features import NULL

TEMPERATURE = 2.0  # of what is learned from teachers
_NEVER = -1e9  # in place of minus infinity, whose differences have no gradient


def passage_loss(logits: Tensor, passage: Tensor, target: Tensor) -> Tensor:
    """The mean over windows; each is a choice among its own tokens and "not here".

    The loss of Devlin et al. 2019 (arXiv:1810.04805, section 4.3), over what can be an answer.

    Args:
        logits: (windows, T), of starts or of ends.
        passage: (windows, T), true where an answer can be.
        target: (windows,), the right token; ``NULL`` where there is no answer.
    """
    return cross_entropy(_possible(logits, passage), target)


def question_loss(logits: Tensor, passage: Tensor, target: Tensor, question: Tensor) -> Tensor:
    """The mean over questions; each is a choice among the tokens of all its windows and "nowhere".

    Shared normalisation (Clark and Gardner 2018, arXiv:1710.10723, section 3.2), over margins
    instead of scores: each token less the first of its window, so that "nowhere" is 0 in all of
    them and margins of different passages are on one scale. Of several answers the sum of their
    probabilities counts. For a question with one window this is its passage loss.

    Args:
        logits, passage, target: as of ``passage_loss``.
        question: (windows,), the number of each window's question, from 0 on.
    """
    margins = (logits - logits[:, NULL : NULL + 1]).masked_fill(~passage, _NEVER)
    right = margins.gather(1, target[:, None]).squeeze(1).masked_fill(target == NULL, _NEVER)
    everywhere = _by_question(margins.logsumexp(dim=1), question)
    nowhere = torch.zeros_like(everywhere[:, :1])
    among = torch.cat([nowhere, everywhere], dim=1).logsumexp(dim=1)
    found = _by_question(right, question).logsumexp(dim=1)
    return (among - torch.where(found > _NEVER / 2, found, 0.0)).mean()


def taught_loss(logits: Tensor, passage: Tensor, probabilities: Tensor) -> Tensor:
    """The mean over windows of how far they are from what teachers hold probable.

    That is the Kullback-Leibler divergence of softened probabilities, times the square of the
    temperature, so that its slopes are as large as those of the other losses (Hinton et al. 2015,
    arXiv:1503.02531, section 2).

    Args:
        logits, passage: as of ``passage_loss``.
        probabilities: (windows, T), of ``softened`` scores.
    """
    own = softened(logits, passage)
    return TEMPERATURE**2 * kl_div(own, probabilities, reduction="batchmean")


def softened(logits: Tensor, passage: Tensor) -> Tensor:
    """The logarithms of probabilities over each window's own tokens and "not here", made alike.

    ``logits`` and ``passage`` are as of ``passage_loss``.
    """
    return (_possible(logits, passage) / TEMPERATURE).log_softmax(dim=1)


def _possible(logits: Tensor, passage: Tensor) -> Tensor:
    """``logits`` where a start or end can be: in the passage, or at the first token."""
    possible = passage.clone()
    possible[:, NULL] = True
    return logits.masked_fill(~possible, _NEVER)


def _by_question(values: Tensor, question: Tensor) -> Tensor:
    """(windows,) as (questions, windows): each value in the row of its question, else never."""
    rows = torch.arange(int(question.max()) + 1, device=question.device)
    return values.expand(len(rows), -1).masked_fill(rows[:, None] != question, _NEVER)
