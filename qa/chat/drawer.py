"""The conversations of a browser → HTML: their list, and what can be done with each."""

from __future__ import annotations

from collections.abc import Sequence

from qa import strings
from qa.chat.history import LONGEST_NAME, Conversation, Kept
from qa.markup import escaped, form, readable_date

ADDRESS = "conversation"  # what the page's address names the conversation shown by


def drawer(
    kept: Sequence[Kept], shown: str = "", key: str = "", gone: Conversation | None = None
) -> str:
    """The list of ``kept`` conversations; ``shown`` is the id of the one on the page, "" if none.

    ``key`` is for the browser to keep; ``gone`` has been deleted and can be brought back.
    """
    begin = f'<button type="button" data-do="clear">{strings.NEW_CONVERSATION}</button>'
    rows = "".join(_row(one, one.id == shown) for one in kept)
    listed = f"<ul>{rows}</ul>" if rows else f"<p>{strings.NO_CONVERSATIONS}</p>"
    return (
        f'<div class="drawer" data-shown="{escaped(shown)}" data-key="{escaped(key)}">'
        f"<h2>{strings.CONVERSATIONS}</h2>{begin}"
        f'<p class="status" role="status">{_deleted(gone) if gone else ""}</p>{listed}</div>'
    )


def _deleted(gone: Conversation) -> str:
    button = f'<button type="button" data-do="undo">{strings.UNDO}</button>'
    return f"{strings.deleted(f'<bdi>{escaped(gone.name)}</bdi>')} {button}"


def _row(one: Kept, shown: bool) -> str:
    name = escaped(strings.DAMAGED if one.damaged else one.name)
    known = f'data-id="{escaped(one.id)}"'
    delete = _button(f'data-do="delete" {known}', strings.DELETE, name)
    if one.damaged:
        return f'<li><div class="entry"><span class="name">{name}</span></div>{delete}</li>'
    current = ' aria-current="page"' if shown else ""
    changed = one.changed.isoformat(timespec="seconds")
    link = (
        f'<a class="name" href="?{ADDRESS}={escaped(one.id)}" data-do="select" {known}{current}>'
        f"<bdi>{name}</bdi></a>"
    )
    choices = [
        _renaming(one.name, known),
        _button(f'data-copy="{strings.LINK_COPIED}"', strings.COPY_LINK, name),
        _button(f'data-do="download" data-as="md" {known}', strings.AS_MARKDOWN, name),
        _button(f'data-do="download" data-as="json" {known}', strings.AS_JSON, name),
        delete,
    ]
    return (
        f'<li><div class="entry">{link}'
        f'<time datetime="{changed}">{readable_date(changed)}</time></div>'
        f'<details class="choices" name="choices"><summary aria-label="{strings.MORE}: {name}">…'
        f'</summary><div class="offered">{"".join(choices)}</div></details></li>'
    )


def _renaming(name: str, known: str) -> str:
    renaming = form(f'data-do="edit" {known}', strings.NEW_NAME, name, strings.SAVE, LONGEST_NAME)
    return (
        f'<details class="renaming"><summary aria-label="{strings.RENAME}: {escaped(name)}">'
        f"{strings.RENAME}</summary>{renaming}</details>"
    )


def _button(does: str, label: str, name: str) -> str:
    return f'<button type="button" {does} aria-label="{label}: {name}">{label}</button>'
