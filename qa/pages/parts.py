"""What the page's parts share: HTML that reports clicks, and errors shown as one plain line."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr

from index.errors import BylineError

# Everyone shares two processor-heavy lines: questions, and articles going in.
READING: dict[str, Any] = {"concurrency_id": "reading", "concurrency_limit": 2}
ADDING: dict[str, Any] = {"concurrency_id": "adding", "concurrency_limit": 1}
PAGE_ONLY: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


# What a piece of HTML does: a button in it passes on what it stands for, and a further question
# is brought to the top of the view, so that its answer is read from its start.
SCRIPT = """
element.addEventListener("click", event => {
  const button = event.target.closest("button[data-value]");
  if (button) trigger("click", {value: button.dataset.value});
});
watch("value", () => {
  const turns = element.querySelectorAll(".turn");
  if (turns.length > 1) turns[turns.length - 1].scrollIntoView();
});
"""

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


def html(value: str = "", role: str = "none") -> gr.HTML:
    """A piece of HTML; with the role "log" or "status", changes in it are read out."""
    template = f'<div role="{role}">${{value}}</div>'
    return gr.HTML(value, html_template=template, js_on_load=SCRIPT, apply_default_css=False)
