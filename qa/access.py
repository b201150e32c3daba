"""Who may use a chat: names with hashed passwords, in a file.

``python -m qa.access FILE NAME`` adds a user to the file, or changes a password. A line is a name
and a hash in the PHC string format, ``ada:$scrypt$ln=14,r=8,p=5$SALT$HASH``; what follows a # on
a line of its own is a remark. scrypt is RFC 7914, with the work that OWASP's Password Storage
Cheat Sheet asks for.
"""

from __future__ import annotations

import argparse
import getpass
import hashlib
import hmac
import os
import re
import secrets
import sys
import unicodedata
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path

from index.console import exit_status
from index.errors import UsageError

SHORTEST = 8  # characters of a password
LOG_N, R, P = 14, 8, 5
_BYTES = 32
_MEMORY = 2**27  # bytes that making a hash may take
_HASH = re.compile(
    r"\$scrypt\$ln=(?P<log_n>1[4-6]),r=(?P<r>8),p=(?P<p>[1-9])"
    r"\$(?P<salt>[A-Za-z0-9+/]{22})\$(?P<hash>[A-Za-z0-9+/]{43})"
)


class Users:
    """Names and the hashes of their passwords."""

    def __init__(self, hashes: Mapping[str, str]) -> None:
        self._hashes = hashes
        self._nobody = hashed(secrets.token_hex())

    def admits(self, name: str, password: str) -> bool:
        """Whether it is the password of ``name``. An unknown name takes as long as a known one."""
        known = _HASH.fullmatch(self._hashes.get(name, self._nobody))
        assert known, "hashes are checked when they are read"  # noqa: S101
        derived = _derive(
            password, _decoded(known["salt"]), *(int(known[cost]) for cost in ("log_n", "r", "p"))
        )
        right = hmac.compare_digest(derived, _decoded(known["hash"]))
        return right and name in self._hashes


def read_users(file: Path) -> Users:
    """The users in ``file``.

    Raises:
        UsageError: the file cannot be read, or a line of it is damaged; or it holds nobody.
    """
    hashes: dict[str, str] = {}
    for number, line in enumerate(_lines(file), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        name, _, written = line.strip().partition(":")
        if not _HASH.fullmatch(written) or name != name.strip() or not name:
            raise UsageError(
                f"{file}, line {number}: expected name:hash. Remove the line and add its user "
                f"again: python -m qa.access {file} NAME"
            )
        if name in hashes:
            raise UsageError(f"{file}, line {number}: {name} is there already; keep one line.")
        hashes[name] = written
    if not hashes:
        raise UsageError(f"{file} holds no user; add one: python -m qa.access {file} NAME")
    return Users(hashes)


def hashed(password: str) -> str:
    """``password`` as the file keeps it."""
    salt = secrets.token_bytes(16)
    written = [
        b64encode(part).decode().rstrip("=")
        for part in (salt, _derive(password, salt, LOG_N, R, P))
    ]
    return f"$scrypt$ln={LOG_N},r={R},p={P}${written[0]}${written[1]}"


def _derive(password: str, salt: bytes, log_n: int, r: int, p: int) -> bytes:
    # One letter may be written in several ways, and keyboards differ in which they choose.
    known = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(known, salt=salt, n=2**log_n, r=r, p=p, maxmem=_MEMORY, dklen=_BYTES)


def _decoded(written: str) -> bytes:
    return b64decode(written + "=" * (-len(written) % 4))


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no UTF-8 text"
        raise UsageError(
            f"{file}: cannot be read ({reason}). Make it: python -m qa.access {file} NAME"
        ) from None


# -- the command ----------------------------------------------------------------------------------


def main(arguments: list[str] | None = None) -> int:
    """Add a user; returns the exit status: 0 done, 2 wrong use."""
    parser = argparse.ArgumentParser(
        prog="python -m qa.access",
        description="Add a user for python app.py --auth FILE, or change a password. It is asked "
        "for, or read from standard input.",
    )
    parser.add_argument("file", type=Path, metavar="FILE", help="made when missing")
    parser.add_argument("name", metavar="NAME")
    options = parser.parse_args(arguments)
    return exit_status(
        "python -m qa.access", lambda: _keep(options), "Stopped. Nothing was changed."
    )


def _keep(options: argparse.Namespace) -> int:
    existed = keep(options.file, options.name, _password())
    done = "changed the password of" if existed else "added"
    print(f"{done} {options.name} in {options.file}; a chat that is running learns it at its start")
    return 0


def keep(file: Path, name: str, password: str) -> bool:
    """Put a user into ``file``, made when missing; returns whether the name was there before.

    Raises:
        UsageError: name or password will not do, or the file is damaged or cannot be written.
    """
    if not name.strip() or name != name.strip() or name.startswith("#") or ":" in name:
        raise UsageError(f"the name is {name!r}; expected one without a colon and outer spaces.")
    if not name.isprintable():
        raise UsageError(f"the name is {name!r}; expected one that can be seen.")
    if len(password) < SHORTEST:
        raise UsageError(
            f"the password has {len(password)} characters; expected at least {SHORTEST}."
        )
    lines = _lines(file) if file.exists() else []
    kept = [line for line in lines if line.strip().partition(":")[0] != name]
    new = file.with_name(f".{file.name}.new")
    try:
        # Nobody else is to read it, not even while it is being written.
        with os.fdopen(
            os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8"
        ) as opened:
            opened.write("\n".join([*kept, f"{name}:{hashed(password)}", ""]))
        new.replace(file)
    except OSError as error:
        raise UsageError(f"{file}: cannot be written ({error.strerror}).") from None
    return len(kept) < len(lines)


def _password() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    password = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != password:
        raise UsageError("the two passwords differ; nothing was changed.")
    return password


if __name__ == "__main__":
    sys.exit(main())
