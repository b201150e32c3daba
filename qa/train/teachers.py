"""Other readers, larger ones maybe, whose scores are learned from beside the right answers.

A right answer says one thing of a window; the scores of a reader that knows better say how near
each of its other words came (Hinton et al. 2015, arXiv:1503.02531). What a reader knew is kept in
the same way, when it is itself a teacher while it learns something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from index.errors import UsageError
from qa.train.batches import Batch
from qa.train.losses import softened
from qa.train.models import load, marks, precision

_PROBE = "Gen. Zoë O'Neill's 1,234 co-workers, un-nerved: tokenization!"
_ROLES = ("cls_token_id", "sep_token_id", "pad_token_id", "unk_token_id", "mask_token_id")


@dataclass(frozen=True, slots=True)
class _Teacher:
    """A reader, its number for each of the learner's tokens, and how it parts two texts."""

    model: nn.Module
    numbers: Tensor
    separators: int
    separator: int
    padding: int


class Teachers:
    """Readers that are asked the same as the one that learns, and answer as one.

    Args:
        folders: models with the vocabulary of the learner, in any order and numbering.
        tokenizer: the learner's.

    Raises:
        ModelError: a model cannot be loaded.
        UsageError: one marks no answers, or cuts texts into other tokens.
    """

    def __init__(self, folders: Sequence[Path], tokenizer: Any, device: str) -> None:
        self._device = torch.device(device)
        self._all = [self._teacher(folder, tokenizer) for folder in folders]

    @torch.no_grad()
    def probabilities(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """How probable each start and each end is held to be: both (windows, T), soft.

        The mean over the teachers; each is a choice among the window's own tokens and "not here".
        """
        passage = batch.passage.to(self._device)
        told = [self._marks(teacher, batch) for teacher in self._all]
        starts = torch.stack([softened(start, passage).exp() for start, _ in told]).mean(dim=0)
        ends = torch.stack([softened(end, passage).exp() for _, end in told]).mean(dim=0)
        return starts, ends

    def _teacher(self, folder: Path, tokenizer: Any) -> _Teacher:
        model, own = load(folder, seed=0)
        if not any("QuestionAnswering" in name for name in model.config.architectures or ()):  # type: ignore[union-attr]
            raise UsageError(f"--teacher {folder}: marks no answers yet; train it to do so first.")
        numbers = _numbers(tokenizer, own)
        if numbers is None:
            raise UsageError(
                f"--teacher {folder}: cuts texts into other tokens than the model that learns. "
                "Expected one with the same vocabulary, as BERT and MPNet without capitals have."
            )
        model.requires_grad_(False).eval()
        return _Teacher(
            model.to(self._device, precision(self._device)),
            numbers,
            own.num_special_tokens_to_add(pair=True) - 2,
            own.sep_token_id,
            own.pad_token_id,
        )

    def _marks(self, teacher: _Teacher, batch: Batch) -> tuple[Tensor, Tensor]:
        """The teacher's scores of each of the learner's tokens."""
        further = teacher.separators - 1
        width = batch.ids.shape[1]
        # The passage stands further on where more separators come before it.
        places = torch.arange(width) + further * (batch.types > 0)
        read = batch.mask > 0
        rows = torch.arange(len(batch.ids))[:, None].expand_as(places)
        ids = torch.full((len(batch.ids), width + further), teacher.padding)
        mask, types = torch.zeros_like(ids), torch.zeros_like(ids)
        ids[rows[read], places[read]] = teacher.numbers[batch.ids[read].long()]
        types[rows[read], places[read]] = batch.types[read].long()
        mask[rows[read], places[read]] = 1
        first = (batch.types > 0).long().argmax(dim=1)
        for added in range(further):
            ids[rows[:, 0], first + added] = teacher.separator
            mask[rows[:, 0], first + added] = 1
        start, end = marks(teacher.model, *(one.to(self._device) for one in (ids, mask, types)))
        places = places.to(self._device)
        return start.gather(1, places), end.gather(1, places)


def _numbers(tokenizer: Any, own: Any) -> Tensor | None:
    """The number that ``own`` has for each token of ``tokenizer``; None: they cut otherwise."""
    known = own.get_vocab()
    found = tokenizer.get_vocab()
    numbers = torch.zeros(max(found.values()) + 1, dtype=torch.int64)
    special = {getattr(tokenizer, role): getattr(own, role) for role in _ROLES}
    for token, number in found.items():
        same = special.get(number, known.get(token))
        if same is None:
            return None
        numbers[number] = same
    return numbers if tokenizer.tokenize(_PROBE) == own.tokenize(_PROBE) else None
