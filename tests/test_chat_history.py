"""Conversations on disk: real files, real threads, real processes that are really killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import ArchiveError, BylineError, UsageError
from qa.chat import history as history_module
from qa.chat.cards import Exchange, exchange
from qa.chat.history import LONGEST_NAME, Conversation, History, id_of, new_key
from qa.conversation import Turn

ROOT = Path(__file__).parent.parent
NO_IDS = [
    "",
    ".",
    "..",
    "../catalog.sqlite",
    "../../etc/passwd",
    "/etc/passwd",
    "a" * 21,
    "a" * 23,
    "a" * 22 + "\n",
    "a" * 21 + "/",
    "a" * 21 + "\0",
    "é" * 22,
    "%2e%2e%2f" + "a" * 13,
    "a" * 100_000,
    None,
    7,
    ["a" * 22],
    {"id": "a" * 22},
]


@pytest.fixture
def kept(tmp_path: Path) -> History:
    return History(tmp_path)


def new_id() -> str:
    return id_of(new_key())


def said(
    question: str = "Who left?", answer: str = "Ann Lee", card: str = "<p>Ann</p>"
) -> Exchange:
    record = {"question": question, "answer": answer or None, "confidence": 0.5, "answers": []}
    return Exchange(Turn(question, answer), card, record)


def begun(kept: History, *questions: str) -> Conversation:
    id = new_id()
    for question in questions or ("Who left?",):
        conversation = kept.append(id, said(question))
    return conversation


def file_of(folder: Path, conversation: Conversation) -> Path:
    return folder / "conversations" / f"{conversation.id}.jsonl"


# -- what is kept ---------------------------------------------------------------------------------


def test_a_conversation_survives_a_restart_as_it_was(tmp_path: Path, kept: History) -> None:
    odd = said("\u2028 “Wer” ging?\r\n😀", "Ann\u2029Lee", "<p>\x85\x00</p>\n")
    id = new_id()
    kept.append(id, odd)
    shown = kept.append(id, said("And why?", ""))
    assert History(tmp_path).open(id) == shown
    assert shown.exchanges == (odd, said("And why?", ""))
    assert shown.name == "“Wer” ging? 😀"
    assert shown.begun.endswith("+00:00")


def test_a_reply_of_the_assistant_can_be_kept(kept: History, assistant) -> None:  # type: ignore[no-untyped-def]
    made = exchange(assistant.ask("Who brokered the reconciliation?"))
    conversation = kept.append(new_id(), made)
    again = kept.open(conversation.id)
    assert again is not None
    assert again.exchanges == (made,)
    assert again.exchanges[0].record["answers"][0]["text"] == made.turn.answer


def test_nothing_is_written_before_the_first_question(tmp_path: Path, kept: History) -> None:
    fresh = Conversation(new_id())
    assert kept.open(fresh.id) is None
    assert kept.names([fresh.id]) == []
    assert list(tmp_path.iterdir()) == []


def test_half_a_character_does_not_keep_a_turn_from_being_kept(kept: History) -> None:
    conversation = kept.append(new_id(), said("Who\ud800?"))
    again = kept.open(conversation.id)
    assert again is not None
    assert again.exchanges[0].turn.question == "Who??"


def test_ids_are_long_and_never_the_same(kept: History) -> None:
    ids = {new_id() for _ in range(1000)}
    assert len(ids) == 1000
    assert {len(id) for id in ids} == {22}


@pytest.mark.parametrize("id", NO_IDS)
def test_what_is_no_id_touches_no_file(tmp_path: Path, id: object) -> None:
    (tmp_path / "archive").mkdir()
    (tmp_path / "outside.jsonl").write_text("mine")
    kept = History(tmp_path / "archive")
    assert kept.open(id) is None
    assert kept.delete(id) is None
    assert kept.rename(id, "Name") is None
    assert kept.names([id]) == []
    with pytest.raises(UsageError, match="Start a new one"):
        kept.append(id, said())  # type: ignore[arg-type]
    kept.restore(Conversation(id, exchanges=(said(),)))  # type: ignore[arg-type]
    assert list((tmp_path / "archive").iterdir()) == []
    assert (tmp_path / "outside.jsonl").read_text() == "mine"


# -- names, deleting, undoing ---------------------------------------------------------------------


def test_names_are_cleaned_and_cut(kept: History) -> None:
    id = begun(kept, "Who\u202e left\n\nthe harbour " + "very " * 100 + "late?").id
    named = kept.open(id)
    assert named is not None
    assert named.name.startswith("Who left the harbour very")
    assert len(named.name) <= LONGEST_NAME
    renamed = kept.rename(id, "  The\tharbour \u200b ")
    assert renamed is not None
    assert renamed == kept.open(id)
    assert renamed.name == "The harbour"
    back = kept.rename(id, " \n ")
    assert back is not None
    assert back.name == named.name
    assert len(kept.rename(id, "x" * 1_000_000).name) == LONGEST_NAME  # type: ignore[union-attr]


def test_a_list_has_the_last_changed_first_and_no_strangers(tmp_path: Path, kept: History) -> None:
    old, new, other = begun(kept, "Old?"), begun(kept, "New?"), begun(kept, "Other's?")
    for age, one in enumerate((new, old)):
        os.utime(file_of(tmp_path, one), (1_000_000 - age,) * 2)
    kept.rename(old.id, "Older")
    listed = kept.names([old.id, new.id, old.id, new_id()])
    assert [(one.id, one.name) for one in listed] == [(new.id, "New?"), (old.id, "Older")]
    kept.append(old.id, said("More?"))
    assert [one.id for one in kept.names([old.id, new.id])] == [old.id, new.id]
    assert other.id not in {one.id for one in listed}


@pytest.mark.parametrize("ids", [None, 3, "a" * 22, {"a": 1}, [[]]])
def test_a_list_of_another_form_is_an_empty_one(kept: History, ids: object) -> None:
    assert kept.names(ids) == []


def test_a_deleted_conversation_can_be_brought_back(kept: History) -> None:
    before = begun(kept, "Who?", "Why?")
    removed = kept.delete(before.id)
    assert removed == before
    assert kept.open(before.id) is None
    assert kept.delete(before.id) is None
    kept.restore(removed)
    kept.append(before.id, said("When?"))
    kept.restore(removed)  # Pressed twice, it takes nothing away.
    again = kept.open(before.id)
    assert again is not None
    assert [one.turn.question for one in again.exchanges] == ["Who?", "Why?", "When?"]


# -- limits ---------------------------------------------------------------------------------------


def test_a_full_conversation_says_so_and_stays(
    kept: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(history_module, "MOST_EXCHANGES", 3)
    full = begun(kept, "1", "2", "3")
    with pytest.raises(UsageError, match="has 3 questions"):
        kept.append(full.id, said("4"))
    assert kept.open(full.id) == full
    monkeypatch.setattr(history_module, "MOST_BYTES", 10_000)
    short = begun(kept, "1")
    with pytest.raises(UsageError, match="Start a new one"):
        kept.append(short.id, said("2", card="x" * 10_000))
    assert kept.open(short.id) == short


def test_those_that_have_not_grown_for_longest_go(
    tmp_path: Path, kept: History, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [begun(kept, f"{number}?") for number in range(4)]
    for age, one in zip((3, 4, 1, 2), made, strict=True):
        os.utime(file_of(tmp_path, one), (1_000_000 - age,) * 2)
    monkeypatch.setattr(history_module, "MOST_KEPT", 3)
    new = begun(kept, "New?")
    kept.append(new.id, said("More?"))
    left = {one.name for one in kept.names([one.id for one in (*made, new)])}
    assert left == {"2?", "3?", "New?"}


# -- damage ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"\x00" * 100,
        b"\xff\xfe{}",
        b"[" * 100_000,
        b"null\n",
        b'{"name": "Only a head", "begun": ""}\n',
        b'{"name": 3, "begun": ""}\n{}\n',
        b'{"name": "A", "begun": ""}\n{"turn": {"question": "Q", "answer": null}}\n',
        b'{"name": "A", "begun": ""}\n{"turn": {"question": "Q", "answer": ""}, "card": "", '
        b'"record": 3}\n',
    ],
)
def test_a_damaged_file_is_named_with_what_to_do_and_harms_no_other(
    tmp_path: Path, kept: History, damage: bytes
) -> None:
    bad, good = begun(kept, "Bad?"), begun(kept, "Good?")
    file_of(tmp_path, bad).write_bytes(damage)
    for call in (
        lambda: kept.open(bad.id),
        lambda: kept.append(bad.id, said()),
        lambda: kept.rename(bad.id, "Better"),
    ):
        with pytest.raises(ArchiveError, match=r"damaged .*Delete it"):
            call()
    assert file_of(tmp_path, bad).read_bytes() == damage
    assert {one.id for one in kept.names([bad.id, good.id])} == {bad.id, good.id}
    assert kept.delete(bad.id) is None
    assert [one.name for one in kept.names([bad.id, good.id])] == ["Good?"]


def test_any_damage_is_a_plain_error_or_none(tmp_path: Path, kept: History) -> None:
    chance = random.Random(0)
    bad = begun(kept, "Who?", "Why?")
    whole = file_of(tmp_path, bad).read_bytes()
    for _ in range(300):
        data = bytearray(whole[: chance.randrange(len(whole))])
        for _ in range(chance.randrange(4)):
            data[chance.randrange(len(data)) : 0] = chance.randbytes(2) if data else b""
        file_of(tmp_path, bad).write_bytes(data)
        try:
            found = kept.open(bad.id)
            assert found is not None
        except BylineError:
            pass
        assert len(kept.names([bad.id])) == 1


def test_a_file_without_its_head_is_listed_as_damaged(tmp_path: Path, kept: History) -> None:
    bad = begun(kept)
    file_of(tmp_path, bad).write_bytes(b"\xff")
    assert [one.damaged for one in kept.names([bad.id])] == [True]


def test_a_folder_that_cannot_be_made_is_told_plainly(tmp_path: Path, kept: History) -> None:
    (tmp_path / "conversations").write_text("a file")
    with pytest.raises(ArchiveError, match="cannot be written"):
        kept.append(new_id(), said())


# -- several at once, and killed ------------------------------------------------------------------


def test_tabs_and_servers_at_once_lose_no_turn(tmp_path: Path) -> None:
    servers = History(tmp_path), History(tmp_path)
    ids = [new_id() for _ in range(2)]

    def ask(number: int) -> None:
        servers[number % 2].append(ids[number % 3 == 0], said(f"{number}?"))
        servers[number % 2].rename(ids[0], f"Named {number}")
        servers[number % 2].names(ids)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(ask, range(64)))
    found = [History(tmp_path).open(id) for id in ids]
    asked = [one.turn.question for each in found if each for one in each.exchanges]
    assert sorted(asked) == sorted(f"{number}?" for number in range(64))


GROW = """
import sys
from pathlib import Path
from qa.chat import history
from qa.chat.cards import Exchange
from qa.conversation import Turn
history.MOST_EXCHANGES = 10**9
kept = history.History(Path(sys.argv[1]))
while True:
    exchange = Exchange(Turn("Who?", ""), "x" * 3000, {"question": "Who?"})
    print(len(kept.append(sys.argv[2], exchange).exchanges), flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills as only Unix can")
def test_killed_at_any_moment_every_turn_told_of_is_there(tmp_path: Path) -> None:
    kept, chance, told = History(tmp_path), random.Random(0), 0
    id = new_id()
    for _ in range(5):
        command = [sys.executable, "-c", GROW, str(tmp_path), id]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout
            running.stdout.readline()
            time.sleep(chance.uniform(0, 0.05))
            running.kill()
            told = max([told, *map(int, running.stdout.read().split())])
        assert running.returncode == -signal.SIGKILL
        found = kept.open(id)
        assert found is not None
        assert told <= len(found.exchanges) <= told + 1
        told = len(found.exchanges)
    # What was begun and not finished is in nobody's way.
    assert kept.names([id])
    assert kept.append(new_id(), replace(said(), card=""))
    assert not (tmp_path / "conversations" / "writing.new").exists()
