"""What the page's parts share: HTML that passes on what is done in it, and errors said plainly."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import gradio as gr

from index.archive import Archive
from index.errors import BylineError
from qa import strings
from qa.chat import pane

# Everyone shares two processor-heavy lines: questions, and articles going in.
READING: dict[str, Any] = {"concurrency_id": "reading", "concurrency_limit": 2}
ADDING: dict[str, Any] = {"concurrency_id": "adding", "concurrency_limit": 1}
PAGE_ONLY: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
# What takes no time has no turn to wait for. It must not go through the queue either: the browser
# loses a question that is sent in the moment in which the queue has just done all it had.
AT_ONCE: dict[str, Any] = {**PAGE_ONLY, "queue": False}
SCRIPT = Path(__file__).parent / "page.js"

Update = Iterator[tuple[Any, ...]]


def plainly(call: Callable[..., Any]) -> Callable[..., Any]:
    """``call``, with its errors shown to whoever called, as one plain line."""

    @functools.wraps(call)
    def told(*given: Any) -> Any:
        try:
            return call(*given)
        except BylineError as error:
            raise gr.Error(str(error), print_exception=False) from None

    return told


def html(
    value: str = "", role: str = "none", template: str = "${value}", id: str | None = None
) -> gr.HTML:
    """A piece of HTML; with the role "status", changes in it are read out."""
    return gr.HTML(
        value,
        elem_id=id,
        html_template=f'<div role="{role}">{template}</div>',
        js_on_load=SCRIPT.read_text("utf-8"),
        apply_default_css=False,
    )


def said(event: gr.EventData, name: str) -> list[str]:
    """What a button or form passed on under ``name``, whatever a browser may have sent instead."""
    data = event._data
    found = data.get(name) if isinstance(data, dict) else None
    values = found if isinstance(found, list) else [found]
    return [value for value in values if isinstance(value, str)]


def first_said(event: gr.EventData, name: str) -> str:
    """The first of them, "" if there is none."""
    return next(iter(said(event, name)), "")


def reader_pane(archive: Archive, *pieces: gr.HTML) -> None:
    """Put a pane on the page, in which the articles named in ``pieces`` are opened and read."""

    def read(event: gr.EventData) -> str:
        start, end = (_number(first_said(event, name)) for name in ("start", "end"))
        article = archive.article(first_said(event, "article"))
        return pane.reading(article, start, end, first_said(event, "words"))

    dialog = f'<dialog class="pane" aria-label="{strings.ARTICLE}">${{value}}</dialog>'
    opened = html(template=dialog)
    gr.on([piece.select for piece in pieces], plainly(read), None, opened, **AT_ONCE)


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0
