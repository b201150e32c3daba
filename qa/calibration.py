"""Confidence refitted to one archive: kept beside it, made by ``python -m eval calibrate``."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass
from pathlib import Path

from index.errors import ArchiveError
from qa.confidence import THRESHOLD

NAME = "confidence.json"
_SMALLEST = 1e-4


@dataclass(frozen=True, slots=True)
class Calibration:
    """A map of confidence, a line through its logit, and the least confidence to answer with.

    As it comes it changes nothing. ``reader`` is the identity of the reader that it was fitted
    for: the confidence of another one means something else. ``note`` says how well it did.
    """

    slope: float = 1.0
    offset: float = 0.0
    threshold: float = THRESHOLD
    reader: str = ""
    note: str = "as shipped"

    def probability(self, confidence: float) -> float:
        """``confidence``, from 0 to 1, as it should have been."""
        if (self.slope, self.offset) == (1.0, 0.0):
            return confidence
        confidence = min(max(confidence, _SMALLEST), 1 - _SMALLEST)
        logit = self.slope * math.log(confidence / (1 - confidence)) + self.offset
        return 1 / (1 + math.exp(-logit))

    def write(self, folder: Path) -> None:
        """Keep it beside the archive in ``folder``, in the place of an earlier one."""
        text = json.dumps(asdict(self), indent=1) + "\n"
        partial = folder / f"{NAME}.partial"
        partial.write_text(text, encoding="utf-8")
        partial.replace(folder / NAME)


def read_calibration(folder: Path, reader: str) -> Calibration:
    """The calibration that the archive in ``folder`` has for ``reader``; else one without effect.

    Raises:
        ArchiveError: there is one, and it is damaged.
    """
    path = folder / NAME
    if not path.exists():
        return Calibration()
    try:
        found = Calibration(**json.loads(path.read_text(encoding="utf-8")))
        sound = all(map(math.isfinite, (found.slope, found.offset))) and 0 <= found.threshold <= 1
    except (OSError, ValueError, TypeError) as error:
        raise ArchiveError(_damaged(path, str(error))) from error
    if not sound:
        raise ArchiveError(_damaged(path, f"{found}"))
    return found if found.reader == reader else Calibration()


def _damaged(path: Path, found: str) -> str:
    return f"{path}: no calibration ({found}). Remove it, or run python -m eval calibrate again."
