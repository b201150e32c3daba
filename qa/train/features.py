"""``Reading`` → ``Features``: the tokens that ``qa.reader`` gives the model, and the targets."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from qa.reader import MAX_TOKENS, QUESTION_TOKENS
from qa.train.windows import Reading

if TYPE_CHECKING:
    from tokenizers import Encoding

NULL = 0  # the position that says "not here"


@dataclass(frozen=True, slots=True)
class Features:
    """One model input, all arrays of length T, at most ``MAX_TOKENS``.

    ``start`` and ``end`` are the first and last token of the answer, both ``NULL`` without one.
    ``passage`` is true for the tokens that an answer can be of: not of question or title.
    """

    ids: NDArray[np.int32]
    types: NDArray[np.int32]
    passage: NDArray[np.bool_]
    start: int
    end: int


def features(readings: Sequence[Reading], tokenizer: Any, random: Random) -> list[Features | None]:
    """The features of each reading, in order.

    A window that is too long is cut at random, between words, with the answer inside. None: the
    answer is longer than can be read, or is of characters that the tokenizer leaves out.
    """
    if not readings:
        return []
    questions = _cut_questions([reading.question for reading in readings], tokenizer)
    cut = [replace(one, question=asked) for one, asked in zip(readings, questions, strict=True)]
    return [
        _features(reading, encoding, tokenizer, random)
        for reading, encoding in zip(cut, _encoded(cut, tokenizer), strict=True)
    ]


def _cut_questions(questions: list[str], tokenizer: Any) -> Iterable[str]:
    """The questions as ``qa.reader`` cuts them."""
    heads = tokenizer(
        questions,
        add_special_tokens=False,
        truncation=True,
        max_length=QUESTION_TOKENS,
        return_offsets_mapping=True,
    )["offset_mapping"]
    for question, head in zip(questions, heads, strict=True):
        yield question[: head[-1][1]] if head else "?"


def _encoded(readings: Sequence[Reading], tokenizer: Any) -> list[Encoding]:
    encodings: list[Encoding] = tokenizer(
        [reading.question for reading in readings],
        [_lead(reading) + reading.text for reading in readings],
        truncation=False,
        verbose=False,
    ).encodings
    return encodings


def _lead(reading: Reading) -> str:
    return f"{reading.title}\n" if reading.title else ""


def _features(
    reading: Reading, encoding: Encoding, tokenizer: Any, random: Random
) -> Features | None:
    offsets = np.array(encoding.offsets, dtype=np.int64) - len(_lead(reading))
    passage = np.array([part == 1 for part in encoding.sequence_ids], dtype=np.bool_)
    passage &= (offsets[:, 0] >= 0) & (offsets[:, 1] > offsets[:, 0])
    start = end = NULL
    if reading.answer:
        inside = passage & (offsets[:, 1] > reading.answer[0]) & (offsets[:, 0] < reading.answer[1])
        tokens = np.flatnonzero(inside)
        if not len(tokens):
            return None
        start, end = int(tokens[0]), int(tokens[-1])
    if len(encoding.ids) > MAX_TOKENS:
        shorter = _shorter(reading, encoding, offsets, passage, (start, end), random)
        if shorter is None:
            return None
        return _features(shorter, _encoded([shorter], tokenizer)[0], tokenizer, random)
    return Features(
        np.array(encoding.ids, dtype=np.int32),
        np.array(encoding.type_ids, dtype=np.int32),
        passage,
        start,
        end,
    )


def _shorter(
    reading: Reading,
    encoding: Encoding,
    offsets: NDArray[np.int64],
    passage: NDArray[np.bool_],
    answer: tuple[int, int],
    random: Random,
) -> Reading | None:
    """``reading`` with as many words of its text as there is room for, the answer among them."""
    tokens = np.flatnonzero(passage)
    room = MAX_TOKENS - (len(encoding.ids) - len(tokens))
    if not len(tokens):
        return None
    begins = [at for at in tokens if encoding.word_ids[at] != encoding.word_ids[at - 1]]
    latest = max(tokens[0], tokens[-1] + 1 - room)
    first, last = answer if reading.answer else (latest, NULL)
    fitting = [at for at in begins if last - room < at <= min(first, latest)]
    if not fitting:
        return None
    begin = random.choice(fitting)
    after = min(begin + room, tokens[-1] + 1)
    while after <= tokens[-1] and encoding.word_ids[after] == encoding.word_ids[after - 1]:
        after -= 1
    start, end = int(offsets[begin, 0]), int(offsets[after - 1, 1])
    if end <= start or (reading.answer and after <= last):
        return None
    moved = reading.answer and (
        max(0, reading.answer[0] - start),
        min(end, reading.answer[1]) - start,
    )
    return replace(reading, text=reading.text[start:end], answer=moved)
