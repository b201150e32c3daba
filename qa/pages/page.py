"""The whole page, and the endpoints for programs."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from typing import Any

import gradio as gr
from gradio.context import LocalContext
from gradio.events import api

from qa import strings
from qa.assistant import Assistant
from qa.chat import shelf
from qa.chat.endpoints import Endpoints
from qa.chat.visits import Limit, TooMany, home
from qa.pages import embed
from qa.pages.articles import articles_tab
from qa.pages.ask import ask_tab
from qa.pages.conversations import conversations
from qa.pages.parts import READING, html, plainly
from qa.pages.settings import Settings

SHEETS = ("page", "answers", "verdicts", "forms", "asking", "articles")  # a later one prevails
STYLES = [*(embed.HERE / f"{name}.css" for name in SHEETS), embed.STYLE]
HEAD = embed.MARK
SECONDS_UPLOADS_ARE_KEPT = 3600
MOST_WAITING = 200  # questions and clicks of all visitors together


def build(assistant: Assistant, settings: Settings, limit: Limit) -> gr.Blocks:
    """The page, and the endpoints for programs; ``limit`` is for a visitor's questions."""
    kept = SECONDS_UPLOADS_ARE_KEPT
    page = gr.Blocks(title=strings.NAME, delete_cache=(kept, kept))
    with page:
        endpoints = Endpoints(assistant)
        api(plainly(endpoints.ask), **READING)
        api(plainly(endpoints.search), **READING)
        api(plainly(endpoints.articles))
        html(shelf.masthead())
        with gr.Tab(strings.ASK_TAB):
            beside = gr.Column(elem_id="beside", min_width=0)
            talk = ask_tab(assistant, can_add=not settings.read_only)
            with beside:
                conversations(assistant.archive.folder, talk)
        if not settings.read_only:
            with gr.Tab(strings.ARTICLES_TAB) as tab:
                articles_tab(assistant.archive, tab, talk.limits)
        embed.embed_fold(settings.origins)
    for event in page.fns.values():
        # Whatever reads is counted, so that nobody who adds an event can forget it.
        if event.concurrency_id == READING["concurrency_id"] and event.fn:
            event.fn = _counted(event.fn, limit)
    # Only through the queue: else its two lines could be passed by.
    page.queue(default_concurrency_limit=4, max_size=MOST_WAITING, api_open=False)
    return page


def _counted(call: Callable[..., Any], limit: Limit) -> Callable[..., Any]:
    def count() -> None:
        try:
            limit.count(_visitor())
        except TooMany as error:
            raise gr.Error(str(error), print_exception=False) from None

    @functools.wraps(call)
    def counted(*given: Any) -> Any:
        count()
        return call(*given)

    @functools.wraps(call)
    def counted_steps(*given: Any) -> Iterator[Any]:
        count()
        yield from call(*given)

    return counted_steps if inspect.isgeneratorfunction(call) else counted


def _visitor() -> str:
    """Who asks: the name of whoever has logged in, or the address."""
    # Behind a proxy or tunnel on this machine, uvicorn puts the address that it passes on here.
    request = LocalContext.request.get(None)
    if request is None or not request.client:
        return ""
    return request.username or home(request.client.host)
