import hashlib
import shutil
from pathlib import Path

import pytest

from index.errors import ModelError
from index.weights import digest, locate, verify


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "model.safetensors").write_bytes(b"weights" * 1000)
    return tmp_path


def test_the_digest_of_one_file_is_its_own_sha256(folder: Path) -> None:
    assert digest(folder) == hashlib.sha256(b"weights" * 1000).hexdigest()


def test_the_digest_covers_every_part_of_the_weights_in_order(folder: Path) -> None:
    (folder / "model-2.safetensors").write_bytes(b"more")
    (folder / "2_Dense").mkdir()
    (folder / "2_Dense" / "model.safetensors").write_bytes(b"last ")
    assert digest(folder) == hashlib.sha256(b"last more" + b"weights" * 1000).hexdigest()


def test_a_changed_byte_is_refused_with_both_digests(folder: Path) -> None:
    expected = digest(folder)
    verify(folder, expected)
    content = bytearray((folder / "model.safetensors").read_bytes())
    content[5000] ^= 1
    (folder / "model.safetensors").write_bytes(content)
    with pytest.raises(ModelError) as raised:
        verify(folder, expected)
    for part in (str(folder), expected, digest(folder)):
        assert part in str(raised.value)


def test_weights_in_a_pickle_are_refused(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(ModelError, match=r"no \*.safetensors file"):
        digest(folder)


def test_a_folder_is_found_as_it_is_named(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder.parent)
    monkeypatch.setenv("HOME", str(folder.parent))
    assert locate(str(folder)) == folder
    assert locate(folder.name).samefile(folder)
    assert locate(f"./{folder.name}").samefile(folder)
    assert locate(f"~/{folder.name}").samefile(folder)


@pytest.mark.parametrize(
    "name", ["./none", "/none/at/all", "~/none", "~nobody-here/model", "a/b/c", "C:\\models\\mine"]
)
def test_what_can_only_be_a_folder_is_not_looked_for_on_the_hub(name: str) -> None:
    with pytest.raises(ModelError, match="no such folder"):
        locate(name)


@pytest.mark.parametrize("name", ["a b/c d", "x" * 500, "name\0", "-/-"])
def test_what_no_model_is_called_is_refused_plainly(name: str) -> None:
    with pytest.raises(ModelError):
        locate(name)


def test_a_hub_name_without_network_says_what_to_do(
    network_attempts: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(ModelError) as raised:
        locate("sentence-transformers/all-MiniLM-L6-v2")
    assert "sentence-transformers/all-MiniLM-L6-v2: not a folder here" in str(raised.value)
    assert "give the folder of a model" in str(raised.value)
    assert "\n" not in str(raised.value)
    assert any("huggingface.co" in attempt for attempt in network_attempts)
    network_attempts.clear()


def test_a_damaged_copy_can_be_told_from_the_model_beside_it(
    tiny_encoder: str, other_encoder: str, tmp_path: Path
) -> None:
    shutil.copytree(tiny_encoder, tmp_path / "copy")
    assert digest(tmp_path / "copy") == digest(Path(tiny_encoder))
    assert digest(tmp_path / "copy") != digest(Path(other_encoder))
