"""The whole page, and the endpoints for programs."""

from __future__ import annotations

import gradio as gr
from gradio.events import api

from qa import shelf
from qa.assistant import Assistant
from qa.endpoints import Endpoints
from qa.pages.articles import articles_tab
from qa.pages.ask import ask_tab
from qa.pages.parts import READING, html, plainly
from qa.pages.settings import Settings

SECONDS_UPLOADS_ARE_KEPT = 3600


def build(assistant: Assistant, settings: Settings) -> gr.Blocks:
    """The page, and the endpoints for programs."""
    kept = SECONDS_UPLOADS_ARE_KEPT
    page = gr.Blocks(title="Byline", delete_cache=(kept, kept))
    with page:
        endpoints = Endpoints(assistant)
        api(plainly(endpoints.ask), **READING)
        api(plainly(endpoints.search), **READING)
        api(plainly(endpoints.articles))
        html(shelf.masthead())
        with gr.Tab("Ask"):
            ask_tab(assistant)
        if not settings.read_only:
            with gr.Tab("Articles") as tab:
                articles_tab(assistant.archive, tab)
    page.queue(default_concurrency_limit=4, max_size=200)
    return page
