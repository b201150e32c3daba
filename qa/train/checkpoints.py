"""Where a run stands, in one safetensors file: it can be stopped at any instant and go on."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn

from index.errors import UsageError
from qa.train.batches import Place

FILE = "checkpoint.safetensors"
_MOMENTS = ("exp_avg", "exp_avg_sq")  # what AdamW keeps of each parameter


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a run is: steps made, seconds and tokens spent, what is read next.

    ``epochs`` are over, and the weights' mean is of ``averaged`` steps.
    """

    step: int = 0
    seconds: float = 0.0
    tokens: int = 0
    epochs: float = 0.0
    averaged: int = 0
    place: Place = field(default_factory=Place)


class Checkpoints:
    """The checkpoint of one run in ``folder``, made when missing.

    ``fingerprint`` stands for all that the run depends on; a checkpoint of another is refused.

    Raises:
        UsageError: the folder cannot be made.
    """

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self.path, self._fingerprint = folder / FILE, fingerprint
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{folder}: cannot be made a folder ({error.strerror}).") from error

    def save(
        self,
        standing: Standing,
        weights: Mapping[str, nn.Parameter],
        optimizer: torch.optim.Optimizer,
        mean: Mapping[str, Tensor],
    ) -> None:
        """Keep where the run stands in place of what was kept before; all or nothing of it.

        Raises:
            UsageError: there is no room, or the folder is gone.
        """
        tensors = {f"weight {name}": weight.detach() for name, weight in weights.items()}
        for name, weight in weights.items():
            for moment, value in optimizer.state[weight].items():
                if moment in _MOMENTS:
                    tensors[f"{moment} {name}"] = value
        tensors |= {f"mean {name}": value for name, value in mean.items()}
        told = {"fingerprint": self._fingerprint, "standing": json.dumps(asdict(standing))}
        new = self.path.with_suffix(".new")
        try:
            with new.open("wb") as file:
                file.write(save({name: t.cpu().contiguous() for name, t in tensors.items()}, told))
                file.flush()
                os.fsync(file.fileno())
            new.replace(self.path)
        except OSError as error:
            raise UsageError(f"{self.path}: cannot be written ({error.strerror}).") from error

    def load(
        self,
        weights: Mapping[str, nn.Parameter],
        optimizer: torch.optim.Optimizer,
        mean: dict[str, Tensor],
    ) -> Standing:
        """Put what was kept into ``weights``, ``optimizer`` and ``mean``; a new run has nothing.

        Raises:
            UsageError: the checkpoint is damaged, or of a run of other data, recipe or model.
        """
        if not self.path.exists():
            return Standing()
        try:
            with safe_open(self.path, "pt") as file:
                told = file.metadata() or {}
                if told.get("fingerprint") != self._fingerprint:
                    raise UsageError(
                        f"{self.path} is of a run with another recipe, data, model or seed. Go on "
                        "with those, or name another folder for this run with --checkpoint."
                    )
                standing = _standing(told["standing"])
                for name, weight in weights.items():
                    with torch.no_grad():
                        weight.copy_(file.get_tensor(f"weight {name}"))
                    if standing.step:
                        optimizer.state[weight] = {
                            "step": torch.tensor(float(standing.step)),
                            **{m: file.get_tensor(f"{m} {name}").to(weight) for m in _MOMENTS},
                        }
                    if standing.averaged:
                        mean[name] = file.get_tensor(f"mean {name}").to(weight)
        except (SafetensorError, OSError, KeyError, ValueError, TypeError, RuntimeError) as error:
            raise UsageError(
                f"{self.path}: damaged ({error}). Remove it, and the run begins anew."
            ) from error
        return standing


def _standing(told: str) -> Standing:
    standing = Standing(**json.loads(told))
    return replace(standing, place=Place(**standing.place))  # type: ignore[arg-type]
