"""``Run``: what was measured, and with what: the ``run.json`` beside the predictions."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from eval.asking import Subject
from index.errors import UsageError

PACKAGES = ("byline", "torch", "transformers", "sentence-transformers", "faiss-cpu", "tantivy")


@dataclass(frozen=True, slots=True)
class Run:
    """Where figures come from. ``began`` is an ISO time; ``gold_sha256`` is of the file's bytes.

    ``subject`` says what was asked, in words: models with their checksums, the archive and its
    generation, settings. ``limit`` and ``sample`` are how the ``questions`` were chosen.
    """

    began: str
    gold: str
    gold_sha256: str
    questions: int
    limit: int | None
    sample: int | None
    subject: Mapping[str, str]
    versions: Mapping[str, str]
    machine: Mapping[str, str]

    def is_same_work(self, other: Run) -> bool:
        """Whether both ask the same questions of the same thing, whenever and wherever."""
        return replace(self, began="", machine={}) == replace(other, began="", machine={})

    def write(self, path: Path) -> None:
        """Write it to ``path`` as JSON."""
        path.write_text(
            json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", encoding="utf-8"
        )


def describe(
    gold: Path, questions: int, limit: int | None, sample: int | None, subject: Subject
) -> Run:
    """The run that starts now on this machine."""
    return Run(
        began=datetime.now(UTC).isoformat(timespec="seconds"),
        gold=gold.name,
        gold_sha256=hashlib.sha256(gold.read_bytes()).hexdigest(),
        questions=questions,
        limit=limit,
        sample=sample,
        subject=subject.facts,
        versions={"python": platform.python_version(), **{n: _version(n) for n in PACKAGES}},
        machine=machine(),
    )


def read_run(path: Path) -> Run:
    """The run that ``path`` tells of.

    Raises:
        UsageError: the file is missing or tells of none.
    """
    try:
        return Run(**json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(
            f"{path}: tells of no run ({error}). Name a folder that python -m eval wrote."
        ) from error


def machine() -> dict[str, str]:
    """This machine in words: system, processor, cores that may be used, memory."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    facts = {
        "system": platform.platform(terse=True),
        "processor": _processor(),
        "cores": f"{cores}",
    }
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        facts["memory"] = f"{memory / 2**30:.0f} GiB"
    return facts


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = (line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    return next(names, platform.processor() or platform.machine())


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
