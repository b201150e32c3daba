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
from index.archive import passage_text
from index.encoder import Encoder
from index.errors import BylineError
from index.passages import cut
from index.records import Article
from qa.assistant import Assistant

MOST_QUESTIONS = 50  # whose median is steady
STARTS = 3
_STATM = Path("/proc/self/statm")


@dataclass(frozen=True, slots=True)
class Figure:
    """A cost at a size of the archive, and that of a reference, both in ``unit``."""

    passages: int
    name: str
    value: float
    reference: str
    reference_value: float
    unit: str

    @property
    def ratio(self) -> float:
        """How many times the reference it costs."""
        return self.value / self.reference_value


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
    archive, encoder = assistant.archive, assistant.archive.encoder
    assistant.ask(questions[0])
    loaded = _memory()
    vectors = np.empty((0, encoder.dimension), dtype=np.float32)
    taken = 0
    for size in sizes or (sys.maxsize,):
        batch = list(islice(articles, size - taken))
        if not batch:
            return
        taken += len(batch)
        added = archive.add(batch)
        texts = [passage_text(one, start, end) for one in batch for start, end in cut(one.text)]
        began = time.perf_counter()
        vectors = np.concatenate([vectors, encoder.encode(texts)])
        bare = 1000 * (time.perf_counter() - began) / len(texts)
        passages = archive.count()[1]
        yield Figure(
            passages,
            "indexing a passage",
            1000 * added.seconds / max(added.passages, 1),
            "encoding it",
            bare,
            "ms",
        )
        yield from _asking(assistant, questions, vectors, passages)
        if loaded and (used := _memory()):
            yield Figure(passages, "memory", used, "the models alone", loaded, "MiB")
        yield from _starting(archive.folder, passages, models)


def in_words(figures: Iterator[Figure]) -> Iterator[str]:
    """The figures as lines for a terminal, each as soon as it is known."""
    passages = -1
    for figure in figures:
        if figure.passages != passages:
            passages = figure.passages
            yield f"{passages:,} passages" if passages else "Starting up"
        here = f"{figure.value:,.1f} {figure.unit}"
        there = f"{figure.reference_value:,.1f} {figure.unit}"
        yield (
            f"  {figure.name:<22}{here:>14}   {figure.reference:<24}{there:>14}"
            f"   {figure.ratio:5.1f} times"
        )


def _starting(archive: Path, passages: int, models: Sequence[str]) -> Iterator[Figure]:
    libraries = "import torch, sentence_transformers, transformers"
    python, imports = _started("-c", "pass"), _started("-c", libraries)
    listing = _started("-m", "index", "list", "--archive", str(archive))
    asking = _started("-m", "qa", "Who?", "--archive", str(archive), *models)
    yield Figure(passages, "a command that lists", listing, "python", python, "s")
    yield Figure(passages, "a command that asks", asking, "importing the libraries", imports, "s")


def _asking(
    assistant: Assistant, questions: Sequence[str], vectors: Any, passages: int
) -> Iterator[Figure]:
    rows = []
    encoder = assistant.archive.encoder
    for question in shown(questions, f"asking {passages:,} passages"):
        with _forward_passes() as forward:
            spent = assistant.ask(question, top_k=TOP_K).timings
        brute = 1000 * _seconds(partial(_brute_force, encoder, vectors, question))
        rows.append((spent["search"], brute, spent["read"], 1000 * sum(forward), spent["total"]))
    search, brute, read, passes, total = np.median(np.array(rows), axis=0).tolist()
    yield Figure(passages, "search", search, "encode, NumPy brute force", brute, "ms")
    yield Figure(passages, "read", read, "bare forward passes", passes, "ms")
    yield Figure(passages, "whole question", total, "both references", brute + passes, "ms")


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
    """The least seconds that this Python took to run ``words``, of a few tries."""

    def run() -> None:
        done = subprocess.run([sys.executable, *words], capture_output=True, text=True, check=False)  # noqa: S603 -- our own commands
        if done.returncode:
            raise BylineError(f"python {' '.join(words)} failed: {done.stderr.strip()[-300:]}")

    return min(_seconds(run) for _ in range(STARTS))


def _memory() -> float:
    """MiB of memory that this process uses now; 0 where the system does not tell."""
    if not _STATM.exists():
        return 0.0
    import resource

    return int(_STATM.read_text().split()[1]) * resource.getpagesize() / 2**20
