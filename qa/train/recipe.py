"""A recipe (TOML) → ``Recipe``: everything that decides what a training run gives, but its length.

A recipe says all of its keys, so that reading one tells the whole of what is done.
"""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

from index.errors import UsageError

Table = TypeVar("Table")


@dataclass(frozen=True, slots=True)
class Source:
    """A file of pairs; ``weight`` is how often an epoch asks each of its questions, on average.

    With ``telling_answers``, answers such as "it" or "long" are left out (see ``qa.train.pairs``).
    """

    file: str
    weight: float = 1.0
    telling_answers: bool = False


@dataclass(frozen=True, slots=True)
class Windows:
    """What is read at once. Shares are probabilities, from 0 to 1.

    ``words``: the least and the most words of a window, six characters each. ``titles``: share of
    windows read after their title. ``plain_questions``: share of questions without capitals and
    marks.
    """

    words: tuple[int, int]
    titles: float
    plain_questions: float


@dataclass(frozen=True, slots=True)
class Negatives:
    """How many windows without the answer a question gets, on average, beside one that has it.

    ``given``: of the data's own passages without an answer; ``near``: of its own context, less the
    sentences that answer; ``altered``: the one that has the answer, asked of another name, where
    the question has a name that can be altered.
    """

    given: float
    near: float
    altered: float


@dataclass(frozen=True, slots=True)
class Loss:
    """The weights of the losses; see ``qa.train.losses``. ``teacher`` counts where one is named.

    Teachers are asked of windows that hold an answer.
    """

    passage: float
    question: float
    teacher: float


@dataclass(frozen=True, slots=True)
class Training:
    """How weights are changed. ``warmup`` and ``average_from`` are shares of the run.

    ``batch_tokens`` is the most that are read in a step, padding included. The learning rate is
    the head's, and ``layer_decay`` times that of the layer above for each layer below. The weights
    kept are the mean of those after each step from ``average_from`` on; 1 keeps the last.
    ``freeze_words`` keeps the word embeddings as they are, and ``freeze_layers`` so many of the
    lowest layers with all that comes before them.
    """

    epochs: float
    batch_tokens: int
    learning_rate: float
    layer_decay: float
    weight_decay: float
    warmup: float
    largest_gradient: float
    dropout: float
    freeze_words: bool
    freeze_layers: int
    average_from: float


@dataclass(frozen=True, slots=True)
class Recipe:
    """All of a recipe; without ``data``, files are named when it is used.

    ``held_out`` is the share of documents whose questions are never trained on, so that others can
    be fitted to what the reader makes of them (see ``qa.train.pairs.is_held_out``).
    """

    seed: int
    held_out: float
    windows: Windows
    negatives: Negatives
    loss: Loss
    training: Training
    data: tuple[Source, ...] = ()


# What values may be, by key: (least, most). Other numbers may be anything from 0 on.
_RANGES = {
    "held_out": (0, 0.9),
    "titles": (0, 1),
    "plain_questions": (0, 1),
    "layer_decay": (0, 1),
    "warmup": (0, 0.99),
    "dropout": (0, 0.99),
    "average_from": (0, 1),
    "batch_tokens": (384, 10_000_000),
}


def read_recipe(path: Path) -> Recipe:
    """The recipe in the file ``path``.

    Raises:
        UsageError: it cannot be read, a key is unknown, missing or twice there, or a value is of a
            wrong kind or out of its range; the message names it.
    """
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: is no recipe in TOML that can be read ({error}).") from error
    recipe = _filled(Recipe, read, f"{path}: ")
    shortest, longest = recipe.windows.words
    if not 1 <= shortest <= longest:
        raise UsageError(
            f"{path}: windows.words is {[shortest, longest]}; expected least and most."
        )
    if not recipe.loss.passage + recipe.loss.question > 0:
        raise UsageError(f"{path}: both weights of loss are 0; there is nothing to learn.")
    return recipe


def _filled(kind: type[Table], table: Any, where: str) -> Table:
    """A ``kind`` with the values of ``table``."""
    if not isinstance(table, Mapping):
        raise UsageError(f"{where.rstrip('.: ')} is {table!r}; expected a table of keys.")
    fields = {field.name: field for field in dataclasses.fields(kind)}  # type: ignore[arg-type]
    unknown = [name for name in table if name not in fields]
    if unknown:
        raise UsageError(f"{where}{unknown[0]} is no key; there are {', '.join(fields)}.")
    missing = [
        name
        for name, field in fields.items()
        if name not in table and field.default is dataclasses.MISSING
    ]
    if missing:
        raise UsageError(f"{where}{missing[0]} is missing.")
    kinds = get_type_hints(kind)
    return kind(**{name: _value(kinds[name], table[name], where + name) for name in table})


def _value(kind: Any, value: Any, where: str) -> Any:
    if dataclasses.is_dataclass(kind):
        return _filled(kind, value, f"{where}.")  # type: ignore[arg-type]
    if kind == tuple[Source, ...]:
        if not isinstance(value, list):
            raise UsageError(f"{where} is {value!r}; expected tables [[data]].")
        return tuple(_filled(Source, one, f"{where}[{at}].") for at, one in enumerate(value))
    if kind == tuple[int, int]:
        if not (isinstance(value, list) and [type(one) for one in value] == [int, int]):
            raise UsageError(f"{where} is {value!r}; expected two whole numbers.")
        return tuple(value)
    if kind is float and type(value) is int:
        value = float(value)
    if type(value) is not kind:
        raise UsageError(f"{where} is {value!r}; expected {_NAMES[kind]}.")
    least, most = _RANGES.get(where.rpartition(".")[2], (0, float("inf")))
    if kind in (int, float) and not least <= value <= most:
        raise UsageError(f"{where} is {value!r}; expected a number from {least} to {most}.")
    return value


_NAMES = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}
