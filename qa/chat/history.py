"""Conversations kept on disk: one file each, in ``conversations/`` inside the archive's folder.

A file is JSON lines, so that a list of names reads one line of each file. The first line is
``{"name", "begun"}``; each other one is an exchange: ``{"turn", "card", "record"}``. It is written
whole beside the old one, then put in its place: stopped at any instant, one of the two is there.
"""

from __future__ import annotations

import json
import os
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from index.errors import ArchiveError, UsageError
from index.text import clean_line, cut
from qa.chat.cards import Exchange
from qa.chat.writing import lock_file, writing
from qa.conversation import Turn

MOST_KEPT = 10_000
MOST_EXCHANGES = 200
MOST_BYTES = 20_000_000  # of one conversation
MOST_LISTED = 1_000
LONGEST_NAME = 80

_ID = re.compile("[A-Za-z0-9_-]{22}")  # what ``id_of`` gives, and no path
_FAULTS = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


@dataclass(frozen=True, slots=True)
class Conversation:
    """A conversation; its ``id`` cannot be guessed. ``begun`` is an ISO date-time in UTC."""

    id: str
    name: str = ""
    begun: str = ""
    exchanges: tuple[Exchange, ...] = ()


@dataclass(frozen=True, slots=True)
class Kept:
    """What a list of conversations shows of one; ``changed`` is when it last grew.

    The name of a ``damaged`` one is lost.
    """

    id: str
    name: str
    changed: datetime
    damaged: bool = False


def new_key() -> str:
    """A secret for a browser to keep: whoever has it may change the conversation it is of."""
    return secrets.token_urlsafe(16)


def id_of(key: str) -> str:
    """The id of the conversation that ``key`` is of: it tells the key to nobody."""
    digest = sha256(key.encode("utf-8", "replace")).digest()
    return urlsafe_b64encode(digest[:16]).decode().rstrip("=")


class History:
    """The conversations beside the archive in ``folder``.

    Safe to share between threads; other processes may serve the same folder at the same time. Ids
    come from links and browsers: one that is of no valid form is one that there is not.

    Every method raises ArchiveError where a file is damaged or cannot be read or
    written, and ArchiveBusy where another process has been writing for too long.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder / "conversations"
        # One lock for all: a write takes milliseconds, and a lock each would double the files.
        self._lock = lock_file(self._folder / "writing.lock")

    def open(self, id: object) -> Conversation | None:
        """The conversation called ``id``; None if it is not there."""
        file = self._file(id)
        return _read(file) if file else None

    def append(self, id: str, exchange: Exchange) -> Conversation:
        """Add ``exchange`` to what is there by now; returns all of it, others' turns included.

        The first one begins the conversation, and names it. Where too many are kept, those that
        have not grown for longest go.

        Raises:
            UsageError: the id is of no valid form, or the conversation is full.
        """
        file = self._file(id)
        if file is None:
            raise UsageError("That conversation has no valid address. Start a new one.")
        with self._writing():
            before = _read(file)
            if before is None:
                self._make_room()
                begun = datetime.now(UTC).isoformat(timespec="seconds")
                before = Conversation(file.stem, _name(exchange.turn.question), begun)
            now = replace(before, exchanges=(*before.exchanges, exchange))
            self._write(file, now)
        return now

    def rename(self, id: object, name: str) -> Conversation | None:
        """Give a conversation another name; an empty one is its first question again.

        Returns None if it is not there.
        """
        file = self._file(id)
        if file is None:
            return None
        with self._writing():
            before = _read(file)
            if before is None:
                return None
            now = replace(before, name=_name(name, before.exchanges[0].turn.question))
            changed = file.stat().st_mtime_ns
            self._write(file, now)
            os.utime(file, ns=(changed, changed))
        return now

    def delete(self, id: object) -> Conversation | None:
        """Delete a conversation; returns it for ``restore``, or None if nobody can read it."""
        file = self._file(id)
        if file is None:
            return None
        with self._writing():
            before = None
            with suppress(ArchiveError):
                before = _read(file)
            file.unlink(missing_ok=True)
        return before

    def restore(self, conversation: Conversation) -> None:
        """Bring a deleted conversation back, unless it is there."""
        file = self._file(conversation.id)
        if file is None:
            return
        with self._writing():
            if not file.exists():
                self._make_room()
                self._write(file, conversation)

    def names(self, ids: object) -> list[Kept]:
        """Those of a browser's list of ``ids`` that are there, the last changed first.

        A damaged one is listed too, so that it can be deleted.
        """
        listed = ids[-MOST_LISTED:] if isinstance(ids, list) else []
        files = {file for id in listed if (file := self._file(id))}
        kept = [found for file in files if (found := _kept(file))]
        return sorted(kept, key=lambda one: (one.changed, one.id), reverse=True)

    # -- inside -------------------------------------------------------------------------------

    def _file(self, id: object) -> Path | None:
        """Where the conversation ``id`` is; None for what is no id, such as a path."""
        valid = isinstance(id, str) and _ID.fullmatch(id)
        return self._folder / f"{id}.jsonl" if valid else None

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with writing(self._folder, self._lock, "nothing was changed there"):
            yield

    def _write(self, file: Path, conversation: Conversation) -> None:
        """Put ``conversation`` in the place of ``file``. The lock must be held."""
        data = _as_lines(conversation)
        if len(conversation.exchanges) > MOST_EXCHANGES or len(data) > MOST_BYTES:
            raise UsageError(
                f"This conversation has {len(conversation.exchanges) - 1:,} questions, and no more "
                "can be kept in it. Start a new one."
            )
        new = self._folder / "writing.new"
        with new.open("wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        new.replace(file)

    def _make_room(self) -> None:
        """Delete those that have not grown for longest, so that one more can be kept."""
        with os.scandir(self._folder) as entries:
            files = [entry for entry in entries if entry.name.endswith(".jsonl")]
        if len(files) >= MOST_KEPT:
            files.sort(key=lambda entry: entry.stat().st_mtime_ns)
            for entry in files[: len(files) - MOST_KEPT + 1]:
                os.unlink(entry.path)


def _name(*texts: str) -> str:
    """The first of ``texts`` that has something to show, cleaned and cut."""
    lines = (clean_line(text[: 10 * LONGEST_NAME]).strip() for text in texts)
    return cut(next(filter(None, lines), "Conversation"), LONGEST_NAME)


def _as_lines(conversation: Conversation) -> bytes:
    head = {"name": conversation.name, "begun": conversation.begun}
    lines = [head, *map(_row, conversation.exchanges)]
    text = "".join(f"{json.dumps(line, ensure_ascii=False)}\n" for line in lines)
    return text.encode("utf-8", "replace")  # half a character can be kept by nobody


def _read(file: Path) -> Conversation | None:
    """The conversation in ``file``; None if there is no such file."""
    try:
        head, first, *more = map(json.loads, file.read_bytes().splitlines())
        exchanges = tuple(map(_exchange, (first, *more)))
        return Conversation(file.stem, _text(head["name"]), _text(head["begun"]), exchanges)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ArchiveError(
            f"{file}: cannot be read ({error.strerror}). Make it readable, or start a new "
            "conversation."
        ) from error
    except _FAULTS as error:
        raise ArchiveError(
            f"{file}: is damaged ({error}); expected a conversation. Delete it, or put a copy in "
            "its place; the others are not touched."
        ) from error


def _kept(file: Path) -> Kept | None:
    """What the first line of ``file`` says; None if there is no such file."""
    try:
        changed = datetime.fromtimestamp(file.stat().st_mtime, UTC)
        with file.open("rb") as stream:
            name = _text(json.loads(stream.readline(100 * LONGEST_NAME))["name"])
    except FileNotFoundError:
        return None
    except (OSError, *_FAULTS):
        return Kept(file.stem, "", datetime.fromtimestamp(0, UTC), damaged=True)
    return Kept(file.stem, name, changed)


def _row(exchange: Exchange) -> dict[str, Any]:
    return {"turn": asdict(exchange.turn), "card": exchange.card, "record": exchange.record}


def _exchange(row: dict[str, Any]) -> Exchange:
    turn = Turn(_text(row["turn"]["question"]), _text(row["turn"]["answer"]))
    return Exchange(turn, _text(row["card"]), {**row["record"]})


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(f"{value!r} is no text")
    return value
