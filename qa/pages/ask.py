"""The Ask tab: the conversation, and the box for the next question."""

from __future__ import annotations

import json

import gradio as gr

from index.errors import BylineError
from qa import cards, shelf
from qa.assistant import Assistant
from qa.pages.parts import PAGE_ONLY, READING, Update, html, plainly


def ask_tab(assistant: Assistant) -> None:
    """Put the tab's parts on the page that is being built."""
    archive = assistant.archive

    def greet() -> str:
        articles, _ = archive.count()
        return shelf.greeting(articles, [q for q, id in shelf.EXAMPLES if archive.article(id)])

    def ask(question: str, past: list[cards.Exchange]) -> Update:
        question = question.strip()
        if not question:
            yield "", gr.skip(), cards.notice("Type a question first."), gr.skip()
            return
        yield "", cards.thread(past, question), cards.status("Searching the articles…"), gr.skip()
        try:
            for step in assistant.steps(question, [exchange.turn for exchange in past]):
                if step.stage == "reading":
                    says = cards.status(f"Reading {len(step.reply.hits)} passages…")
                    yield gr.skip(), gr.skip(), says, gr.skip()
        except BylineError as error:
            yield question, cards.thread(past) or greet(), cards.notice(str(error)), gr.skip()
            return
        past = [*past, cards.exchange(step.reply)]
        yield gr.skip(), cards.thread(past), "", past

    def ask_example(past: list[cards.Exchange], event: gr.EventData) -> Update:
        yield from ask(event.value, past)

    def start_over() -> tuple[str, str, list[cards.Exchange]]:
        return greet(), "", []

    past = gr.State([])
    thread = html(role="log")
    with gr.Column(elem_id="composer"):
        says = html(role="status")
        box = gr.Textbox(
            label="Your question",
            placeholder="Ask your articles a question",
            container=False,
            show_label=False,
            max_lines=6,
            submit_btn="Ask",
            autofocus=True,
        )
        over = gr.Button("Start over", size="sm", elem_id="over")
    gr.on(None, plainly(greet), None, thread, **PAGE_ONLY)  # when the page is opened
    # Seen at once, even when others' questions are answered first.
    waiting = json.dumps(cards.status("Waiting for a turn…"))
    gr.on([box.submit, thread.click], None, None, says, js=f"() => {waiting}")
    box.submit(ask, [box, past], [box, thread, says, past], **READING, **PAGE_ONLY)
    thread.click(ask_example, past, [box, thread, says, past], **READING, **PAGE_ONLY)
    over.click(start_over, None, [thread, says, past], **PAGE_ONLY)
