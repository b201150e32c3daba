"""The conversations begun in a browser: kept on the server, listed beside the talk on the page.

A conversation's id is in its link; whoever has it can read the conversation. Only the browser in
which it was begun has its key, of which the id is a hash, and can change it.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from index.errors import BylineError, UsageError
from qa import strings
from qa.chat import cards, exports
from qa.chat.cards import Exchange
from qa.chat.drawer import drawer
from qa.chat.history import Conversation, History, id_of, new_key
from qa.pages import parts
from qa.pages.ask import Talk
from qa.pages.parts import AT_ONCE, first_said, said

HERE = Path(__file__).parent
STYLE, SCRIPT = HERE / "conversations.css", HERE / "conversations.js"
# Narrow pages show it once it is opened.
TEMPLATE = (
    f'<div class="sidebar"><button type="button" popovertarget="conversations">'
    f'{strings.CONVERSATIONS}</button><nav id="conversations" popover '
    f'aria-label="{strings.CONVERSATIONS}">${{value}}</nav></div>'
)
CHANGED = "() => document.querySelector('.sidebar')?.parentNode.dispatchEvent(new Event('change'))"
DOWNLOAD = """file => {
  if (!file) return;
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([file.text], {type: "text/plain"}));
  link.download = file.name;
  link.click();
  URL.revokeObjectURL(link.href);
}"""
NEW = Conversation("")


@dataclass(frozen=True, slots=True)
class Held:
    """What a page holds: the conversation shown, and the one deleted last, to bring back.

    ``seen`` is that part of the talk on the page which is kept; None where it has just been
    opened. ``keys`` are those given to the browser, as an event may be sent before they arrive.
    """

    shown: Conversation = NEW
    seen: tuple[Exchange, ...] | None = None
    gone: Conversation | None = None
    keys: tuple[str, ...] = ()


def conversations(folder: Path, talk: Talk) -> None:
    """Put the list on the page that is being built, and keep its talk in ``folder``."""
    history = History(folder)

    def follow(
        past: list[Exchange], judged: frozenset[str], held: Held, event: gr.EventData
    ) -> Any:
        """Keep what is new on the page; if that has just been opened, show what it names."""
        seen = held.seen or ()
        note = ""
        if held.seen is None:
            shown, note = opened(first_said(event, "address"))
            held = replace(held, shown=shown, seen=())
        elif not past or tuple(past[: len(seen)]) != seen:
            held, seen = replace(held, shown=NEW, seen=()), ()
        if new := tuple(past[len(seen) :]):
            try:
                held = replace(keep(held, new, event), seen=tuple(past), gone=None)
            except BylineError as error:
                # It is tried again with the next answer, and said only once.
                if len(new) == 1:
                    note = strings.not_kept(str(error))
        grown = len(held.shown.exchanges) > len(past)
        return show(held.shown, judged, held, event, note) if grown else stay(held, event, note)

    def keep(held: Held, new: tuple[Exchange, ...], event: gr.EventData) -> Held:
        """Keep the ``new`` exchanges, in a copy if the conversation shown is another's."""
        shown, keys = held.shown, held.keys
        if shown.id in ids(held, event):
            history.restore(shown)  # It may have been deleted in another tab.
        else:
            keys = (*keys, new_key())
            shown = replace(shown, id=id_of(keys[-1]))
            if shown.exchanges:
                shown, new = replace(shown, exchanges=shown.exchanges + new), ()
                history.restore(shown)
        for one in new:
            shown = history.append(shown.id, one)
        return replace(held, shown=shown, keys=keys)

    def opened(id: str) -> tuple[Conversation, str]:
        """The conversation called ``id``, and what is to be said of it."""
        try:
            found = history.open(id)
        except BylineError as error:
            return NEW, str(error)
        return found or NEW, strings.NOT_THERE if id and not found else ""

    def turn_to(judged: frozenset[str], held: Held, event: gr.EventData) -> Any:
        conversation, note = opened(first_said(event, "id"))
        return show(conversation, judged, replace(held, gone=None), event, note)

    def rename(held: Held, event: gr.EventData) -> Any:
        renamed = history.rename(owned(held, event), first_said(event, "value"))
        if renamed and renamed.id == held.shown.id:
            held = replace(held, shown=replace(held.shown, name=renamed.name))
        return stay(held, event)

    def delete(judged: frozenset[str], held: Held, event: gr.EventData) -> Any:
        id = owned(held, event)
        held = replace(held, gone=history.delete(id))
        return show(NEW, judged, held, event) if id == held.shown.id else stay(held, event)

    def undo(judged: frozenset[str], held: Held, event: gr.EventData) -> Any:
        gone, held = held.gone, replace(held, gone=None)
        if not gone:
            return stay(held, event)
        history.restore(gone)
        return stay(held, event) if held.shown.id else show(gone, judged, held, event)

    def show(
        conversation: Conversation,
        judged: frozenset[str],
        held: Held,
        event: gr.EventData,
        note: str = "",
    ) -> tuple[Any, ...]:
        past = conversation.exchanges
        held = replace(held, shown=conversation, seen=past)
        *talked, _ = talk.shown(list(past), judged)
        return *talked, noted(note), held, listing(held, event)

    def stay(held: Held, event: gr.EventData, note: str = "") -> tuple[Any, ...]:
        says = noted(note) if note else gr.skip()
        return *(gr.skip() for _ in talk.outputs[:-1]), says, held, listing(held, event)

    def listing(held: Held, event: gr.EventData) -> str:
        key = held.keys[-1] if held.keys else ""
        return drawer(history.names(ids(held, event)), held.shown.id, key, held.gone)

    def export(event: gr.EventData) -> tuple[dict[str, str] | None, str]:
        found, note = opened(first_said(event, "id"))
        if note:
            return None, noted(note)
        if first_said(event, "as") == "md":
            name, text = exports.file_name(found, "md"), exports.as_markdown(found)
        else:
            name = exports.file_name(found, "json")
            text = json.dumps(exports.as_json(found), ensure_ascii=False, indent=1)
        return {"name": name, "text": text}, ""

    def kindly(call: Callable[..., Any]) -> Callable[..., Any]:
        """``call``, which says what went wrong and leaves the page as it is."""

        @functools.wraps(call)
        def told(*given: Any) -> Any:
            try:
                return call(*given)
            except BylineError as error:
                *_, held, event = given
                return stay(held, event, str(error))

        return told

    held = gr.State(Held())
    listed = gr.HTML(
        html_template=TEMPLATE,
        css_template=STYLE.read_text("utf-8"),
        js_on_load=SCRIPT.read_text("utf-8") + parts.SCRIPT.read_text("utf-8"),
        apply_default_css=False,
    )
    file = gr.JSON(visible=False)
    everything = [*talk.outputs, held, listed]
    gr.on([talk.past.change, talk.outputs[1].change], None, None, None, js=CHANGED)
    listed.tick(
        kindly(follow),
        [talk.past, talk.judged, held],
        everything,
        trigger_mode="always_last",
        **AT_ONCE,
    )
    gr.on(
        [listed.select, listed.clear],
        kindly(turn_to),
        [talk.judged, held],
        everything,
        cancels=[talk.asking],
        **AT_ONCE,
    )
    listed.edit(kindly(rename), held, everything, **AT_ONCE)
    listed.delete(kindly(delete), [talk.judged, held], everything, **AT_ONCE)
    listed.undo(kindly(undo), [talk.judged, held], everything, **AT_ONCE)
    exported = listed.download(export, None, [file, talk.outputs[-1]], **AT_ONCE)
    exported.success(None, file, None, js=DOWNLOAD)


def noted(what: str) -> str:
    """Something that is not to be missed, where the page says what is going on; "" for nothing."""
    return cards.notice(what) if what else ""


def ids(held: Held, event: gr.EventData) -> list[str]:
    """The ids of the conversations that the browser has the keys to."""
    return [id_of(key) for key in (*said(event, "keys"), *held.keys)]


def owned(held: Held, event: gr.EventData) -> str:
    """The id of the conversation to be changed.

    Raises:
        UsageError: the browser has no key to it.
    """
    id = first_said(event, "id")
    if id not in ids(held, event):
        raise UsageError(strings.NOT_YOURS)
    return id
