"""A model's folder → a model to train, and back, in the form that ``qa.reader`` loads."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import nn
from transformers import AutoModelForQuestionAnswering, AutoTokenizer
from transformers.utils.logging import disable_progress_bar, set_verbosity_error

from index.errors import ModelError, UsageError
from index.weights import digest

MADE = "training.json"


def load(folder: Path, seed: int) -> tuple[nn.Module, Any]:
    """The model in ``folder``, in float32, and its tokenizer.

    An encoder that marks no answers yet gets a head with random weights, by ``seed``.

    Raises:
        ModelError: there is no such model, or its tokenizer gives no offsets.
    """
    disable_progress_bar()  # type: ignore[no-untyped-call]
    set_verbosity_error()  # type: ignore[no-untyped-call]
    torch.manual_seed(seed)
    try:
        tokenizer = AutoTokenizer.from_pretrained(folder, use_fast=True, local_files_only=True)
        model = AutoModelForQuestionAnswering.from_pretrained(
            folder, dtype=torch.float32, use_safetensors=True, local_files_only=True
        )
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise ModelError(f"{folder}: no model to start from ({reason}).") from error
    if not tokenizer.is_fast:
        raise ModelError(f"{folder}: has no fast tokenizer, which exact offsets need.")
    return model, tokenizer


def prepare(model: nn.Module, dropout: float, freeze_words: bool) -> None:
    """Set the model's dropout, and keep its word embeddings as they are if ``freeze_words``.

    Attention's own dropout is off: it costs more time on a CPU than it gains here. So does torch's
    own fused attention, whose backward pass takes a quarter of a step: plain products take a tenth.
    """
    model.set_attn_implementation("eager")  # type: ignore[operator]
    for name, module in model.named_modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0 if "attention.self" in name else dropout
    model.get_input_embeddings().weight.requires_grad = not freeze_words  # type: ignore[operator]
    model.train()


def check_free(out: Path) -> None:
    """Make sure that a model can be written to the folder ``out``.

    Raises:
        UsageError: something is there already, or the folder cannot be made.
    """
    if out.exists():
        raise UsageError(f"{out}: is there already. Name another folder, or move it away.")
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"{out}: cannot be made a folder ({error.strerror}).") from error


def export(model: nn.Module, init: Path, out: Path, made: Mapping[str, Any]) -> None:
    """Write ``model`` to the new folder ``out``, as float16, with the tokenizer of ``init``.

    The folder also gets ``model.sha256``, which the reader is verified by, and ``training.json``,
    which tells how it was ``made``. It is there as a whole, or not at all.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{out.name}.", dir=out.parent))
    try:
        # A tokenizer that was used keeps how it cut texts; the one from the folder is as it was.
        AutoTokenizer.from_pretrained(init, local_files_only=True).save_pretrained(folder)
        model.to("cpu", torch.float16).save_pretrained(folder)  # type: ignore[operator]
        (folder / "model.sha256").write_text(f"{digest(folder)}  model.safetensors\n")
        (folder / MADE).write_text(json.dumps(made, indent=1) + "\n")
        # What is made as a temporary file can be read by its owner alone.
        folder.chmod(0o755)
        for file in folder.iterdir():
            file.chmod(0o644)
        folder.rename(out)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
