"""The list of conversations as HTML."""

from __future__ import annotations

from datetime import UTC, datetime

from qa import strings
from qa.chat.drawer import drawer
from qa.chat.history import Conversation, Kept
from tests.pieces import HOSTILE, Page

THEN = datetime(2022, 10, 18, 9, 30, tzinfo=UTC)
FIRST = Kept("a" * 22, "Who brokered it?", THEN)
SECOND = Kept("b" * 22, "Who is the head coach?", THEN)


def test_each_is_opened_and_the_one_shown_is_marked() -> None:
    page = Page(drawer([FIRST, SECOND], SECOND.id, "the key"))
    links = [known for tag, known in page.elements if tag == "a"]
    assert [link["href"] for link in links] == [
        f"?conversation={one.id}" for one in (FIRST, SECOND)
    ]
    assert ["aria-current" in link for link in links] == [False, True]
    assert page.text.count("18 October 2022") == 2
    holder = page.elements[0][1]
    assert (holder["data-shown"], holder["data-key"]) == (SECOND.id, "the key")


def test_every_control_names_its_conversation() -> None:
    page = Page(drawer([FIRST, SECOND]))
    for does in ("Rename", "Copy link", "Export Markdown", "Export JSON", "Delete"):
        named = [known.get("aria-label", "") for _, known in page.elements]
        for one in (FIRST, SECOND):
            assert len([name for name in named if name == f"{does}: {one.name}"]) == 1


def test_a_hostile_name_is_text() -> None:
    hostile = Kept("a" * 22, HOSTILE, THEN)
    page = Page(drawer([hostile], gone=Conversation("b" * 22, HOSTILE)))
    assert page.text.count(HOSTILE) == 2
    assert "img" not in {tag for tag, _ in page.elements}
    assert [known["value"] for tag, known in page.elements if tag == "input"] == [HOSTILE]


def test_a_damaged_one_can_only_be_deleted() -> None:
    page = Page(drawer([Kept("a" * 22, "", THEN, damaged=True)]))
    does = [known["data-do"] for _, known in page.elements if "data-do" in known]
    assert does == ["clear", "delete"]
    assert strings.DAMAGED in page.text


def test_the_one_deleted_can_be_brought_back() -> None:
    assert "Undo" not in Page(drawer([FIRST])).text
    page = Page(drawer([], gone=Conversation("a" * 22, "Who brokered it?")))
    assert "Deleted: Who brokered it? Undo" in page.text
    assert "are listed here" in page.text
