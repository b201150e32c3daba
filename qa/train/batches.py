"""``Question``s → ``Batch``es: drawn by weight, windows of one question together, lengths alike.

Every draw comes from the seed and a ``Place`` alone, so a run that was stopped goes on from its
place with exactly the batches it would have had.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from random import Random
from typing import Any

import numpy as np
import torch
from torch import Tensor

from index.errors import UsageError
from qa.train.altered import Altering
from qa.train.features import Features, features
from qa.train.pairs import Question
from qa.train.recipe import Recipe
from qa.train.windows import Reading, answering, drawn_length, elsewhere, near_miss

CHUNK = 2048  # questions whose windows are made at once, and sorted by length

Group = list[Features]  # the windows of one question


@dataclass(frozen=True, slots=True)
class Place:
    """The batch ``batch`` of chunk ``chunk`` of epoch ``epoch``, all from 0 on."""

    epoch: int = 0
    chunk: int = 0
    batch: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows to read in one step.

    ``ids``, ``types``, ``mask`` and ``passage`` are (windows, T); ``start``, ``end`` and
    ``question`` (windows,), as ``Features`` and ``question_loss`` say. ``after`` is the place
    after this batch, and ``epochs`` how many are over then.
    """

    ids: Tensor
    types: Tensor
    mask: Tensor
    passage: Tensor
    start: Tensor
    end: Tensor
    question: Tensor
    after: Place
    epochs: float

    def only(self, windows: Tensor) -> Batch:
        """The batch with those ``windows`` alone: (windows,), true for each that is kept."""
        tensors = {
            field.name: value[windows]
            for field in fields(self)
            if isinstance(value := getattr(self, field.name), Tensor)
        }
        return replace(self, **tensors)  # type: ignore[arg-type]


class Batches:
    """The batches of a run, without end.

    Args:
        tokenizer: a fast tokenizer of transformers, used by this alone.
    """

    def __init__(self, questions: Sequence[Question], tokenizer: Any, recipe: Recipe) -> None:
        self._questions, self._tokenizer, self._recipe = questions, tokenizer, recipe
        self._altering = Altering(one for question in questions for one in question.answering)

    def after(self, place: Place) -> Iterator[Batch]:
        """The batches from ``place`` on.

        Raises:
            UsageError: an epoch gives nothing to read.
        """
        epoch, first, skipped = place.epoch, place.chunk, place.batch
        while True:
            drawn = self._epoch(epoch)
            chunks = range(first, -(-len(drawn) // CHUNK))
            read = first + skipped
            for number in chunks:
                random = Random(f"{self._recipe.seed} {epoch} {number}")  # noqa: S311 - no secret
                batches = self._chunk(drawn[number * CHUNK :][:CHUNK], random)
                read += len(batches)
                for at in range(skipped, len(batches)):
                    last = at + 1 == len(batches)
                    yield self._batch(
                        batches[at],
                        Place(epoch, number + last, 0 if last else at + 1),
                        epoch + (number + (at + 1) / len(batches)) / chunks.stop,
                    )
                skipped = 0
            if not read:
                raise UsageError("the data give nothing to read: look at their weights.")
            epoch, first = epoch + 1, 0

    def _epoch(self, number: int) -> list[Question]:
        random = Random(f"{self._recipe.seed} {number}")  # noqa: S311 - no secret
        drawn = [one for one in self._questions for _ in range(_times(one.weight, random))]
        random.shuffle(drawn)
        return drawn

    def _chunk(self, questions: Sequence[Question], random: Random) -> list[list[Group]]:
        """The batches of some questions, in random order."""
        readings = [self._readings(question, random) for question in questions]
        made = iter(features([one for some in readings for one in some], self._tokenizer, random))
        groups = [[one for one in (next(made) for _ in some) if one] for some in readings]
        batches = _packed([group for group in groups if group], self._recipe.training.batch_tokens)
        random.shuffle(batches)
        return batches

    def _readings(self, question: Question, random: Random) -> list[Reading]:
        windows, negatives = self._recipe.windows, self._recipe.negatives
        # One for all of them, since a batch is as wide as its longest window.
        length = drawn_length(windows, random)
        if not question.answering:
            return [elsewhere(random.choice(question.others), length, windows, random)]
        example = random.choice(question.answering)
        readings = [answering(example, length, windows, random)]
        others = random.sample(
            question.others, min(_times(negatives.given, random), len(question.others))
        )
        readings += [elsewhere(other, length, windows, random) for other in others]
        made = [
            near_miss(example, length, windows, random)
            for _ in range(_times(negatives.near, random))
        ]
        made += [
            self._altering.altered(readings[0], random)
            for _ in range(_times(negatives.altered, random))
        ]
        return readings + [one for one in made if one]

    def _batch(self, groups: list[Group], after: Place, epochs: float) -> Batch:
        rows = [window for group in groups for window in group]
        longest = max(len(row.ids) for row in rows)

        def padded(arrays: list[Any], fill: int) -> Tensor:
            table = np.full((len(rows), longest), fill, dtype=arrays[0].dtype)
            for row, array in zip(table, arrays, strict=True):
                row[: len(array)] = array
            return torch.from_numpy(table)

        return Batch(
            ids=padded([row.ids for row in rows], self._tokenizer.pad_token_id),
            types=padded([row.types for row in rows], 0),
            mask=padded([np.ones(len(row.ids), dtype=np.int64) for row in rows], 0),
            passage=padded([row.passage for row in rows], 0),
            start=torch.tensor([row.start for row in rows]),
            end=torch.tensor([row.end for row in rows]),
            question=torch.tensor([at for at, group in enumerate(groups) for _ in group]),
            after=after,
            epochs=epochs,
        )


def _times(rate: float, random: Random) -> int:
    """A whole number that is ``rate`` on average."""
    return int(rate) + (random.random() < rate % 1)


def _packed(groups: list[Group], tokens: int) -> list[list[Group]]:
    """The groups in batches of at most ``tokens``, padding included; a larger one is alone."""
    batches: list[list[Group]] = []
    windows = 0
    for longest, group in sorted(
        ((max(len(one.ids) for one in group), group) for group in groups), key=lambda pair: pair[0]
    ):
        windows += len(group)
        if not batches or windows * longest > tokens:
            batches.append([])
            windows = len(group)
        batches[-1].append(group)
    return batches
