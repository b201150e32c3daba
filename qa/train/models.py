"""A model's folder → a model to train, and back, in the form that ``qa.reader`` loads."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from transformers import AutoModelForQuestionAnswering, AutoTokenizer
from transformers.utils.logging import disable_progress_bar, set_verbosity_error

from index.encoder import multiplies_bfloat16
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


def averaged(folders: Sequence[Path], shares: Sequence[float]) -> nn.Module:
    """The model with the mean of the weights of those in ``folders``; ``shares`` sum to 1.

    Raises:
        ModelError: one cannot be loaded.
        UsageError: their weights are not of the same names and shapes.
    """
    model, _ = load(folders[0], seed=0)
    weights = model.state_dict()
    total = {name: shares[0] * weight for name, weight in weights.items()}
    for folder, share in zip(folders[1:], shares[1:], strict=True):
        others = load(folder, seed=0)[0].state_dict()
        if {name: one.shape for name, one in others.items()} != {
            name: one.shape for name, one in weights.items()
        }:
            raise UsageError(f"{folder} and {folders[0]} are models of different shapes.")
        for name, one in others.items():
            total[name] += share * one
    model.load_state_dict(total)
    return model


_ATTENTION = re.compile(r"\battention\.(self|attn)\b")  # as BERT and MPNet name it
_LAYER = re.compile(r"\.layers?\.(\d+)\.")


def layer_of(name: str) -> int | None:
    """The number from 0 on of the layer that the weight ``name`` is of; None: of none."""
    layer = _LAYER.search(name)
    return int(layer[1]) if layer else None


def prepare(model: nn.Module, dropout: float, freeze_words: bool, freeze_layers: int) -> None:
    """Set the model's dropout, and which of its weights stay as they are.

    These are its word embeddings if ``freeze_words``, and its ``freeze_layers`` lowest layers with
    all that comes before them or is shared by layers, so that no gradient need pass there.

    Attention's own dropout is off: it costs more time on a CPU than it gains here. So does torch's
    own fused attention, whose backward pass takes a quarter of a step: plain products take a tenth.
    """
    model.set_attn_implementation("eager")  # type: ignore[operator]
    for name, module in model.named_modules():
        if isinstance(module, nn.Dropout):
            module.p = 0.0 if _ATTENTION.search(name) else dropout
    model.get_input_embeddings().weight.requires_grad = not freeze_words  # type: ignore[operator]
    for name, weight in model.named_parameters() if freeze_layers else ():
        layer = layer_of(name)
        if "qa_outputs" not in name and (layer is None or layer < freeze_layers):
            weight.requires_grad = False
    model.train()


def marks(model: nn.Module, ids: Tensor, mask: Tensor, types: Tensor) -> tuple[Tensor, Tensor]:
    """The model's scores of starts and of ends, float32; all are (windows, T), on its device."""
    inputs = {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}
    if getattr(model.config, "type_vocab_size", 0) < 2:
        del inputs["token_type_ids"]
    bfloat16 = precision(ids.device) is torch.bfloat16
    with torch.autocast(ids.device.type, torch.bfloat16, enabled=bfloat16):
        output = model(**inputs)
    return output.start_logits.float(), output.end_logits.float()


def precision(device: torch.device) -> torch.dtype:
    """What ``device`` multiplies fastest: bfloat16 where it has instructions for it."""
    fast = device.type != "cpu" or multiplies_bfloat16()
    return torch.bfloat16 if fast else torch.float32


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


def made(folder: Path) -> Any:
    """How the model in ``folder`` was made, as ``export`` wrote it; None where that is not told.

    Raises:
        ModelError: it is not JSON.
    """
    try:
        return json.loads((folder / MADE).read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise ModelError(f"{folder / MADE}: cannot be read; move it away ({error}).") from error


def export(model: nn.Module, init: Path, out: Path, told: Mapping[str, Any]) -> None:
    """Write ``model`` to the new folder ``out``, as float16, with the tokenizer of ``init``.

    The folder also gets ``model.sha256``, which the reader is verified by, and ``training.json``
    with what is ``told`` of how it was made. It is there as a whole, or not at all.
    """
    folder = Path(tempfile.mkdtemp(prefix=f"{out.name}.", dir=out.parent))
    try:
        # A tokenizer that was used keeps how it cut texts; the one from the folder is as it was.
        AutoTokenizer.from_pretrained(init, local_files_only=True).save_pretrained(folder)
        model.to("cpu", torch.float16).save_pretrained(folder)  # type: ignore[operator]
        (folder / "model.sha256").write_text(f"{digest(folder)}  model.safetensors\n")
        (folder / MADE).write_text(json.dumps(told, indent=1) + "\n")
        # What is made as a temporary file can be read by its owner alone.
        folder.chmod(0o755)
        for file in folder.iterdir():
            file.chmod(0o644)
        folder.rename(out)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
