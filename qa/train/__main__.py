"""``python -m qa.train``: make a reader, or fit one to your own gold questions."""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from index.console import exit_status
from index.errors import UsageError
from index.weights import digest, locate
from qa.reader import SHIPPED
from qa.train.arguments import parse
from qa.train.pair_files import read_sets
from qa.train.pairs import Question, by_question, kept_apart, telling
from qa.train.recipe import Recipe, Source, read_recipe

if TYPE_CHECKING:
    from qa.train.checkpoints import Standing

SECONDS_BETWEEN_LINES = 15


def main(words: list[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 done, 1 stopped or failed, 2 wrong use."""
    options = parse(sys.argv[1:] if words is None else words)
    return exit_status(
        "python -m qa.train", lambda: _train(options), "Stopped before the first step."
    )


def _train(options: argparse.Namespace) -> int:
    recipe = read_recipe(options.recipe)
    if options.seed is not None:
        recipe = replace(recipe, seed=options.seed)
    if not options.minutes and not recipe.training.epochs:
        raise UsageError(f"{options.recipe}: training.epochs is 0; then --minutes is needed.")
    sources = _sources(recipe, options)
    questions = _questions(sources, recipe.held_out, options)
    _say(f"{len(questions):,} questions from {len(sources)} files")
    # On a busy machine, threads that wait by spinning take the processor from those they wait for.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    # Seconds of import, which showing help or errors does not need.
    import torch

    from qa.train.batches import Batches
    from qa.train.checkpoints import Checkpoints
    from qa.train.models import check_free, export, load, prepare
    from qa.train.teachers import Teachers
    from qa.train.training import Budget, train

    check_free(options.out)
    init = SHIPPED if options.init is None else locate(options.init)
    device = options.device or ("cuda" if torch.cuda.is_available() else "cpu")
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError("--device cuda: torch finds no such device here; leave it out.")
    taught_by = [locate(name) for name in options.teacher or ()]
    made = _made(recipe, sources, init, taught_by, options)
    folder = options.checkpoint or options.out.with_name(f"{options.out.name}.checkpoint")
    checkpoints = Checkpoints(
        folder, hashlib.sha256(json.dumps(made, sort_keys=True).encode()).hexdigest()
    )
    model, tokenizer = load(init, recipe.seed)
    how = recipe.training
    prepare(model, how.dropout, how.freeze_words, how.freeze_layers)
    model.to(device)
    teachers = Teachers(taught_by, tokenizer, device) if taught_by else None
    with _stopping() as is_stopped:
        standing = train(
            model,
            Batches(questions, tokenizer, recipe),
            how,
            recipe.loss,
            budget := Budget(options.minutes, how.epochs),
            checkpoints,
            recipe.seed,
            teachers,
            _Lines(),
            is_stopped,
        )
    share = budget.share(standing)
    if share < 1:
        _say(
            f"Stopped at step {standing.step:,}, {share:.0%} of the way; kept in {folder}. "
            "The same command goes on from there."
        )
        return 1
    export(model, init, options.out, {**made, "device": device, **_spent(standing)})
    print(f"{options.out}: a reader after {_told(standing)}.")
    print(f"Is it better? python -m qa.train.check {options.out} --against {init} PAIRS...")
    return 0


# -- what it is trained on ----------------------------------------------------------------------


def _sources(recipe: Recipe, options: argparse.Namespace) -> list[tuple[Source, Path]]:
    """The files that are read, each as the recipe has it."""
    if not options.data:
        if not recipe.data:
            raise UsageError(f"{options.recipe} names no data; name files with --data.")
        return [(source, options.recipe.parent / source.file) for source in recipe.data]
    known = {source.file: source for source in recipe.data}
    return [(known.get(path.name) or Source(path.name), path) for path in options.data]


def _questions(
    sources: list[tuple[Source, Path]], held_out: float, options: argparse.Namespace
) -> list[Question]:
    read = read_sets([path for _, path in sources], options.archive)
    sets = []
    for (source, _), examples in zip(sources, read, strict=True):
        some = examples[: options.limit]
        sets.append(list(telling(some)) if source.telling_answers else some)
    apart = kept_apart(sets, held_out)
    questions = by_question(zip((source for source, _ in sources), apart, strict=True))
    if not any(question.answering for question in questions):
        raise UsageError("no question has a text that holds its answer; there is nothing to learn.")
    return questions


def _made(
    recipe: Recipe,
    sources: list[tuple[Source, Path]],
    init: Path,
    taught_by: list[Path],
    options: argparse.Namespace,
) -> dict[str, object]:
    """All that a run depends on but its length."""
    return {
        "recipe": {
            **asdict(replace(recipe, data=tuple(source for source, _ in sources))),
            "data": [
                {**asdict(source), "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
                for source, path in sources
            ],
        },
        "init": digest(init),
        "teachers": [digest(folder) for folder in taught_by],
        "limit": options.limit,
    }


# -- what is shown ------------------------------------------------------------------------------


class _Lines:
    """A line on standard error every while: called after each step."""

    def __init__(self) -> None:
        self._told = time.monotonic()
        self._tokens = self._steps = 0
        self._loss = 0.0
        self._last: Standing | None = None

    def __call__(self, standing: Standing, loss: float, share: float) -> None:
        before = self._last
        self._last = standing
        self._tokens += standing.tokens - before.tokens if before else 0
        self._steps += 1
        self._loss += loss
        now = time.monotonic()
        if now - self._told > SECONDS_BETWEEN_LINES:
            _say(
                f"step {standing.step:,}: {self._tokens / (now - self._told):,.0f} tokens a "
                f"second, loss {self._loss / self._steps:.3f}, {share:.1%} of the way, "
                f"epoch {standing.epochs:.2f}"
            )
            self._told, self._tokens, self._steps, self._loss = now, 0, 0, 0.0


def _spent(standing: Standing) -> dict[str, object]:
    return {
        "steps": standing.step,
        "epochs": round(standing.epochs, 3),
        "tokens": standing.tokens,
        "minutes": round(standing.seconds / 60, 1),
    }


def _told(standing: Standing) -> str:
    return (
        f"{standing.step:,} steps, {standing.tokens:,} tokens, {standing.epochs:.2f} epochs and "
        f"{standing.seconds / 60:.0f} minutes"
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


@contextmanager
def _stopping() -> Iterator[Callable[[], bool]]:
    """Whether someone asked for the end: Ctrl-C or SIGTERM is heeded after the step under way."""
    asked = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        _say("Stopping after this step.")

    before = {sign: signal.signal(sign, ask) for sign in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for sign, handler in before.items():
            signal.signal(sign, handler)


if __name__ == "__main__":
    sys.exit(main())
