"""The file of users: who is let in, and what is said of a file that is damaged."""

from __future__ import annotations

import io
import unicodedata
from pathlib import Path

import pytest

from index.errors import UsageError
from qa.access import Users, hashed, keep, main, read_users

PASSWORD = "correct horse"


@pytest.fixture(scope="module")
def users() -> Users:
    return Users({"ada": hashed(PASSWORD)})


def test_only_the_right_password_of_a_known_name_is_let_in(users: Users) -> None:
    assert users.admits("ada", PASSWORD)
    for name, password in (("ada", "correct hors"), ("ada", ""), ("eve", PASSWORD), ("", "")):
        assert not users.admits(name, password)


def test_a_password_is_the_same_however_its_letters_are_composed() -> None:
    password = "Zoë 🦦 Müller"
    composed = Users({"zoë": hashed(unicodedata.normalize("NFC", password))})
    assert composed.admits("zoë", unicodedata.normalize("NFD", password))


def test_a_hash_tells_nothing_of_the_password() -> None:
    assert PASSWORD not in hashed(PASSWORD)
    assert hashed(PASSWORD) != hashed(PASSWORD), "each has a salt of its own"


def test_users_are_added_and_changed(tmp_path: Path) -> None:
    file = tmp_path / "users.txt"
    assert not keep(file, "ada", PASSWORD)
    assert not keep(file, "Grace H.", "another one")
    file.write_text(f"# who may come in\n\n{file.read_text()}")
    file.chmod(0o600)
    assert keep(file, "ada", "a new password")
    users = read_users(file)
    assert users.admits("ada", "a new password")
    assert not users.admits("ada", PASSWORD)
    assert users.admits("Grace H.", "another one")
    assert file.read_text().startswith("# who may come in\n")
    assert file.stat().st_mode & 0o777 == 0o600, "others cannot read it"
    assert [path.name for path in tmp_path.iterdir()] == ["users.txt"]


@pytest.mark.parametrize("damage", ["ada", "ada:secret", ":x", "ada:$scrypt$ln=14,r=8,p=5$a$b"])
def test_a_damaged_line_is_named_by_its_number(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "users.txt"
    file.write_text(f"eve:{hashed(PASSWORD)}\n# fine\n{damage}\n")
    with pytest.raises(UsageError, match=r"users\.txt, line 3: expected name:hash.*qa\.access"):
        read_users(file)


def test_a_file_that_is_of_no_use_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"cannot be read \(No such file.*python -m qa\.access"):
        read_users(tmp_path / "none.txt")
    file = tmp_path / "users.txt"
    file.write_text("# nobody yet\n")
    with pytest.raises(UsageError, match="holds no user"):
        read_users(file)
    file.write_text(f"ada:{hashed(PASSWORD)}\nada:{hashed(PASSWORD)}\n")
    with pytest.raises(UsageError, match="line 2: ada is there already"):
        read_users(file)
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UsageError, match="no UTF-8"):
        read_users(file)


@pytest.mark.parametrize("name", ["", " ada", "a:b", "#ada", "a\nb", "a\u202eb"])
def test_a_name_that_would_not_be_found_again_is_not_taken(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError, match="the name is"):
        keep(tmp_path / "users.txt", name, PASSWORD)
    assert not (tmp_path / "users.txt").exists()


def test_the_command_reads_the_password_from_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "users.txt"
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert main([str(file), "ada"]) == 0
    assert "added ada" in capsys.readouterr().out
    assert read_users(file).admits("ada", PASSWORD)
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert main([str(file), "ada"]) == 2
    assert "has 5 characters; expected at least 8" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{PASSWORD}\n"))
    assert main([str(tmp_path / "none" / "users.txt"), "ada"]) == 2
    assert "cannot be written" in capsys.readouterr().err


def test_at_a_terminal_the_password_is_asked_for_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    typed = iter([PASSWORD, "corect horse"])
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("getpass.getpass", lambda _: next(typed))
    assert main([str(tmp_path / "users.txt"), "ada"]) == 2
    assert "the two passwords differ" in capsys.readouterr().err
