"""The loop: batches → steps of AdamW, for some minutes or epochs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from qa.train.batches import Batch, Batches
from qa.train.checkpoints import Checkpoints, Standing
from qa.train.features import NULL
from qa.train.losses import passage_loss, question_loss, taught_loss
from qa.train.models import layer_of, marks
from qa.train.recipe import Loss, Training
from qa.train.teachers import Teachers

SECONDS_BETWEEN_CHECKPOINTS = 180


@dataclass(frozen=True, slots=True)
class Budget:
    """How long a run is: ``minutes`` of work, or ``epochs`` where these are 0."""

    minutes: float
    epochs: float

    def share(self, standing: Standing) -> float:
        """The share of the run that is over; from 1 on it has ended."""
        if self.minutes:
            return standing.seconds / (60 * self.minutes)
        return standing.epochs / self.epochs


def train(
    model: nn.Module,
    batches: Batches,
    how: Training,
    loss: Loss,
    budget: Budget,
    checkpoints: Checkpoints,
    seed: int,
    teachers: Teachers | None = None,
    tell: Callable[[Standing, float, float], None] = lambda *_: None,
    is_stopped: Callable[[], bool] = lambda: False,
    clock: Callable[[], float] = time.monotonic,
) -> Standing:
    """Train ``model`` in place, from where its checkpoint stands, to the end of the ``budget``.

    At the end the model has the mean weights where such are kept. The checkpoint is kept every few
    minutes, at the end, and when ``is_stopped``, which ends the run early. ``tell`` is called after
    each step with the standing, its loss and the share that is over. What ``teachers`` say counts
    by the loss's own weight for it. The same run on a CPU gives the same weights, stopped or not,
    where the budget is in epochs.

    Raises:
        UsageError: the data give nothing to read, or the checkpoint is of another run.
    """
    weights = {name: one for name, one in model.named_parameters() if one.requires_grad}
    optimizer = _optimizer(weights, how)
    mean: dict[str, Tensor] = {}
    standing = checkpoints.load(weights, optimizer, mean)
    kept_at = last = clock()
    if budget.share(standing) < 1:
        for batch in batches.after(standing.place):
            share = budget.share(standing)
            _set_rates(optimizer, _factor(share, how.warmup))
            # Dropout draws by the step, so nothing of its state need be kept.
            torch.manual_seed(seed + standing.step)
            value = _step(model, batch, optimizer, how, loss, teachers)
            averaged = standing.averaged
            if share >= how.average_from:
                averaged += 1
                _average(mean, weights, averaged)
            now = clock()
            standing = replace(
                standing,
                step=standing.step + 1,
                seconds=standing.seconds + now - last,
                tokens=standing.tokens + int(batch.mask.sum()),
                epochs=batch.epochs,
                averaged=averaged,
                place=batch.after,
            )
            last = now
            share = budget.share(standing)
            tell(standing, value, share)
            ended = share >= 1 or is_stopped()
            if ended or now - kept_at > SECONDS_BETWEEN_CHECKPOINTS:
                checkpoints.save(standing, weights, optimizer, mean)
                kept_at = now
            if ended:
                break
    if budget.share(standing) >= 1:
        with torch.no_grad():
            for name, value_of in mean.items():
                weights[name].copy_(value_of)
    return standing


def window_loss(
    model: nn.Module, batch: Batch, loss: Loss, teachers: Teachers | None = None
) -> Tensor:
    """The loss of one batch, on the model's own device: the mean of starts and ends."""
    device = next(model.parameters()).device
    scores = marks(
        model,
        batch.ids.to(device, torch.int64),
        batch.mask.to(device),
        batch.types.to(device, torch.int64),
    )
    targets = batch.start.to(device), batch.end.to(device)
    passage, question = batch.passage.to(device), batch.question.to(device)
    total = torch.zeros((), device=device)
    for logits, target in zip(scores, targets, strict=True):
        if loss.passage:
            total = total + loss.passage * passage_loss(logits, passage, target) / 2
        if loss.question:
            total = total + loss.question * question_loss(logits, passage, target, question) / 2
    # Of a window without an answer all is known, and teachers that never read a question altered
    # would say that there is one.
    answering = batch.start != NULL
    if teachers and answering.any():
        told = teachers.probabilities(batch.only(answering))
        for logits, held in zip(scores, told, strict=True):
            taught = taught_loss(logits[answering], passage[answering], held)
            total = total + loss.teacher * taught / 2
    return total


def _step(
    model: nn.Module,
    batch: Batch,
    optimizer: torch.optim.Optimizer,
    how: Training,
    loss: Loss,
    teachers: Teachers | None,
) -> float:
    value = window_loss(model, batch, loss, teachers)
    value.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(
        (one for group in optimizer.param_groups for one in group["params"]), how.largest_gradient
    )
    optimizer.step()
    optimizer.zero_grad()
    return float(value.detach())


def _optimizer(weights: Mapping[str, nn.Parameter], how: Training) -> torch.optim.AdamW:
    """AdamW with a learning rate by layer; norms and biases do not decay.

    Lower layers know more of language than of answers, and change less (Howard and Ruder 2018,
    arXiv:1801.06146, section 3.2).
    """
    layers = {name: layer_of(name) for name in weights}
    top = max((layer for layer in layers.values() if layer is not None), default=-1) + 2
    groups = []
    for name, weight in weights.items():
        layer = layers[name]
        depth = top if "qa_outputs" in name else 0 if layer is None else layer + 1
        groups.append(
            {
                "params": [weight],
                "rate": how.learning_rate * how.layer_decay ** (top - depth),
                "weight_decay": how.weight_decay if weight.ndim > 1 else 0.0,
            }
        )
    return torch.optim.AdamW(_joined(groups), lr=0.0)


def _joined(groups: Iterable[dict[str, object]]) -> list[dict[str, object]]:
    """The groups with those of one rate and decay made one, which steps faster."""
    joined: dict[tuple[object, object], dict[str, object]] = {}
    for group in groups:
        key = group["rate"], group["weight_decay"]
        if key in joined:
            joined[key]["params"] += group["params"]  # type: ignore[operator]
        else:
            joined[key] = group
    return list(joined.values())


def _set_rates(optimizer: torch.optim.Optimizer, factor: float) -> None:
    for group in optimizer.param_groups:
        group["lr"] = factor * group["rate"]


def _factor(share: float, warmup: float) -> float:
    """What the learning rates are multiplied by: up to 1 while warming up, then down to 0."""
    if share < warmup:
        return share / warmup
    return max(0.0, (1 - share) / (1 - warmup))


@torch.no_grad()
def _average(mean: dict[str, Tensor], weights: Mapping[str, nn.Parameter], count: int) -> None:
    """Make ``mean`` that of ``count`` weights, of which these are the last (Izmailov et al. 2018).

    Stochastic weight averaging, arXiv:1803.05407.
    """
    for name, weight in weights.items():
        if count == 1:
            mean[name] = weight.detach().clone()
        else:
            mean[name].lerp_(weight, 1 / count)
