"""Where a model's folder is, and whether its weights are the ones expected.

Shared by the encoder and the reader. Weights are read from safetensors alone: a pickle could run
code. A hub is reached only for a name that is not a folder here, which someone must have typed.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from index.errors import ModelError


def locate(name: str) -> Path:
    """The folder of model ``name``: itself where it is a folder, else its copy from the hub.

    Raises:
        ModelError: there is no such folder, and the hub has or gives none either.
    """
    try:
        folder = Path(name).expanduser()
        if folder.is_dir():
            return folder
    except (OSError, RuntimeError) as error:  # a name too long, or "~" of nobody here
        raise ModelError(f"{name}: no such folder ({error}).") from error
    if name.startswith((".", "/", "~")) or name.count("/") > 1 or "\\" in name:
        raise ModelError(f"{name}: no such folder. Name a model's folder, or a hub model.")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.txt", "*.safetensors"]))
    except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
        reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
        raise ModelError(
            f"{name}: not a folder here, and not to be had from the model hub ({reason}). "
            "Check the name, or give the folder of a model that is already on this machine."
        ) from error


def digest(folder: Path) -> str:
    """SHA-256 over the safetensors files of ``folder`` and below, in the order of their names.

    For a model in a single file this is that file's own SHA-256.

    Raises:
        ModelError: the folder holds no safetensors weights.
    """
    files = sorted(folder.rglob("*.safetensors"))
    if not files:
        raise ModelError(
            f"{folder}: no *.safetensors file there. Byline loads weights in that format only; "
            "save the model with save_pretrained(..., safe_serialization=True)."
        )
    total = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            while block := stream.read(1 << 20):
                total.update(block)
    return total.hexdigest()


def verify(folder: Path, expected: str) -> None:
    """Check that the weights in ``folder`` have the SHA-256 ``expected``.

    Raises:
        ModelError: they have another: the file is damaged or was changed.
    """
    found = digest(folder)
    if found != expected:
        raise ModelError(
            f"{folder}: the weights have SHA-256 {found}, expected {expected}. "
            "The file is damaged or was changed; install the package again."
        )
