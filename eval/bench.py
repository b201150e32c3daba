"""How fast it is on this machine, beside what the same work costs without Byline.

Everything is timed in one run, so that the ratios hold even where the machine is busy.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from eval.asking import TOP_K
from eval.progress import shown
from index.adding import passage_text
from index.encoder import Encoder
from index.errors import BylineError
from index.passages import cut
from index.progress import Progress
from index.records import Article
from qa.assistant import Assistant

MOST_QUESTIONS = 50  # whose median is steady
ENOUGH_PASSAGES = 256  # encoded alone, to tell what encoding costs
STARTS = 3
_RATE = "passages/s"
_STATM = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Figure:
    """What was measured at a ``size`` of the archive, and of a reference, both in ``unit``."""

    size: str
    name: str
    value: float
    reference: str
    reference_value: float
    unit: str

    @property
    def ratio(self) -> float:
        """How many times the reference it costs."""
        cost = self.value / self.reference_value
        return 1 / cost if self.unit == _RATE else cost


def growing(
    assistant: Assistant,
    articles: Iterator[Article],
    questions: Sequence[str],
    sizes: Sequence[int],
    models: Sequence[str],
) -> Iterator[Figure]:
    """The figures of the assistant's empty archive as it grows to each of ``sizes``, in articles.

    ``models`` are the words that name the assistant's models on a command line.

    Stops where the articles end, which is the only size where none is given. The median of all
    ``questions`` is taken, after one that warms up.

    Raises:
        BylineError: a command that is timed fails.
    """
    archive = assistant.archive
    assistant.ask(questions[0])
    loaded = _memory()
    taken = 0
    for wanted in sizes or (sys.maxsize,):
        batch = list(islice(articles, wanted - taken))
        if not batch:
            return
        taken += len(batch)
        # Before and after, so that what else the machine does meanwhile slows both alike.
        alone = _encoding(archive.encoder, batch)
        with Progress("indexing", len(batch)) as progress:
            added = archive.add(batch, progress)
        alone = (alone + _encoding(archive.encoder, batch)) / 2
        count, passages = archive.count()
        if not passages:
            continue
        size = f"{count:,} articles, {passages:,} passages"
        if rate := added.passages / added.seconds:
            yield Figure(size, "indexing", rate, "encoding alone", 1 / alone, _RATE)
        assistant.ask(questions[0])
        if loaded and (used := _memory()):
            yield Figure(size, "memory", used, "the models alone", loaded, "MiB")
        yield from _asking(assistant, questions, size, passages)
        yield from _starting(archive.folder, size, models)


def in_words(figures: Iterator[Figure]) -> Iterator[str]:
    """The figures as lines for a terminal, each as soon as it is known."""
    size = ""
    for figure in figures:
        if figure.size != size:
            size = figure.size
            yield f"{size:<44}   beside"
        here = f"{figure.value:,.1f} {figure.unit}"
        there = f"{figure.reference_value:,.1f} {figure.unit}"
        yield (
            f"  {figure.name:<22}{here:>20}   {figure.reference:<25}{there:>20}"
            f"   costs {figure.ratio:.1f} times as much"
        )


def _encoding(encoder: Encoder, articles: Sequence[Article]) -> float:
    """Seconds that a passage takes when it is only encoded."""
    texts = (passage_text(one, start, end) for one in articles for start, end in cut(one.text))
    some = list(islice(texts, ENOUGH_PASSAGES))
    return _seconds(partial(encoder.encode, some)) / max(len(some), 1)


def _starting(archive: Path, size: str, models: Sequence[str]) -> Iterator[Figure]:
    libraries = "import torch, sentence_transformers, transformers"
    python, imports = _started("-c", "pass"), _started("-c", libraries)
    listing = _started("-m", "index", "list", "--archive", str(archive))
    asking = _started("-m", "qa", "Who?", "--archive", str(archive), *models)
    yield Figure(size, "a command that lists", listing, "python", python, "ms")
    yield Figure(size, "a command that asks", asking, "importing the libraries", imports, "ms")


def _asking(
    assistant: Assistant, questions: Sequence[str], size: str, passages: int
) -> Iterator[Figure]:
    rows = []
    encoder = assistant.archive.encoder
    # How long a comparison takes does not depend on what is compared.
    vectors = np.random.default_rng(0).random((passages, encoder.dimension), dtype=np.float32)
    for question in shown(questions, "asking"):
        with _forward_passes() as forward:
            spent = assistant.ask(question, top_k=TOP_K).timings
        brute = 1000 * _seconds(partial(_brute_force, encoder, vectors, question))
        rows.append((spent["search"], brute, spent["read"], 1000 * sum(forward), spent["total"]))
    search, brute, read, passes, total = np.median(np.array(rows), axis=0).tolist()
    yield Figure(size, "search", search, "encode, NumPy brute force", brute, "ms")
    yield Figure(size, "read", read, "bare forward passes", passes, "ms")
    yield Figure(size, "whole question", total, "both references", brute + passes, "ms")


def _brute_force(encoder: Encoder, vectors: Any, question: str) -> Any:
    (query,) = encoder.encode([question])
    scores = vectors @ query
    depth = min(TOP_K, len(scores) - 1)
    return np.argpartition(-scores, depth)[:depth]


@contextmanager
def _forward_passes() -> Iterator[list[float]]:
    """The seconds of each forward pass that a reader makes meanwhile."""
    from torch.nn.modules.module import (
        register_module_forward_hook,
        register_module_forward_pre_hook,
    )

    spent: list[float] = []
    began = [0.0]

    def before(module: Any, inputs: Any) -> None:
        if type(module).__name__.endswith("ForQuestionAnswering"):
            began[0] = time.perf_counter()

    def after(module: Any, inputs: Any, output: Any) -> None:
        if type(module).__name__.endswith("ForQuestionAnswering"):
            spent.append(time.perf_counter() - began[0])

    hooks = register_module_forward_pre_hook(before), register_module_forward_hook(after)
    try:
        yield spent
    finally:
        for hook in hooks:
            hook.remove()


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _started(*words: str) -> float:
    """The least milliseconds that this Python took to run ``words``, of a few tries."""

    def run() -> None:
        done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)  # noqa: S603 -- our own commands
        if done.returncode:
            raise BylineError(f"python {' '.join(words)} failed: {done.stderr.strip()[-300:]}")

    return 1000 * min(_seconds(run) for _ in range(STARTS))


def _memory() -> float:
    """MiB of memory that this process uses now; 0 where the system does not tell."""
    if not _STATM.exists():
        return 0.0
    import resource

    return int(_STATM.read_text().split()[1]) * resource.getpagesize() / 2**20
