"""The Ask tab: the conversation, and the box for the next question."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import gradio as gr

from index.errors import BylineError
from index.records import Filters
from qa import strings
from qa.assistant import Assistant
from qa.chat import cards, shelf
from qa.chat.feedback import Feedback
from qa.pages.limits import Limits, limits_fold
from qa.pages.parts import (
    AT_ONCE,
    PAGE_ONLY,
    READING,
    Update,
    first_said,
    html,
    plainly,
    reader_pane,
)

# Seen at once, even when others' questions are answered first. A question that comes while
# another is answered is not taken, and stays in the box.
WAITING = f"says => says?.includes('working') ? says : {json.dumps(cards.status(strings.WAITING))}"
STOPPING = f"""() => {{
  document.querySelector('#composer textarea').focus();
  return {json.dumps(cards.status(strings.STOPPING))};
}}"""


@dataclass(frozen=True, slots=True)
class Talk:
    """The conversation on the page.

    ``past`` holds its ``cards.Exchange``s; it changes when there is a new one. ``asking`` is the
    event that answers, for others to cancel. ``shown(exchanges, judged)`` gives what to put into
    ``outputs`` to show another conversation; ``judged`` holds the keys of those with a verdict.
    """

    past: gr.State
    judged: gr.State
    outputs: list[Any]
    shown: Callable[..., tuple[Any, ...]]
    asking: Any
    limits: Limits


def ask_tab(assistant: Assistant, can_add: bool) -> Talk:
    """Put the tab's parts on the page that is being built; ``can_add`` where articles can be."""
    archive = assistant.archive
    feedback = Feedback(archive.folder)

    def shown(past: Sequence[cards.Exchange], judged: frozenset[str]) -> tuple[Any, ...]:
        if past:
            return past, cards.thread(past, judged), "", ""
        articles, _ = archive.count()
        examples = [question for question, id in shelf.EXAMPLES if archive.article(id)]
        return past, shelf.greeting(articles, examples, can_add), "", ""

    def ask(
        typed: str,
        past: list[cards.Exchange],
        judged: frozenset[str],
        filters: Filters,
        event: gr.EventData,
    ) -> Update:
        question = (first_said(event, "value") if first_said(event, "do") else typed).strip()
        meant = question if first_said(event, "as") == "meant" else None
        if not question:
            yield gr.skip(), gr.skip(), *[gr.skip()] * 3, cards.notice(strings.TYPE_FIRST)
            return
        searching = cards.status(strings.SEARCHING)
        thread, pending = cards.thread(past, judged), cards.pending(question)
        yield "", question, gr.skip(), thread, pending, searching
        try:
            for step in assistant.steps(
                question, [one.turn for one in past], filters=filters, asked_as=meant
            ):
                if step.stage == "reading":
                    says = cards.status(strings.reading(len(step.reply.hits)))
                    yield *[gr.skip()] * 5, says
                elif step.stage == "draft" and step.reply.answers:
                    yield *[gr.skip()] * 4, cards.draft(step.reply, filters), gr.skip()
        except BylineError as error:
            yield question, "", *shown(past, judged)[:-1], cards.notice(str(error))
            return
        new = cards.exchange(step.reply, filters)
        answer = cards.thread([new], judged)
        yield gr.skip(), "", [*past, new], gr.skip(), answer, cards.spoken(step.reply)

    def settle(says: str, typed: str, asked: str, *given: Any) -> tuple[Any, ...]:
        if "working" not in says:
            return (gr.skip(),) * 6
        # It may come twice, and the second time there is nothing left to put back.
        return typed or asked or gr.skip(), "", *shown(*given)[:-1], cards.thanks(strings.STOPPED)

    def start_over() -> tuple[Any, ...]:
        return "", *shown([], frozenset())

    def judge(
        past: list[cards.Exchange], judged: frozenset[str], event: gr.EventData
    ) -> tuple[frozenset[str], str]:
        key = first_said(event, "turn")
        at = next((at for at, one in enumerate(past) if one.key == key), None)
        if at is None:
            return judged, cards.notice(strings.ANSWER_GONE)
        if key in judged:
            return judged, cards.thanks(strings.JUDGED_ALREADY)
        answers = past[at].record["answers"]
        try:
            feedback.write(
                past[at].turn.question,
                [one.turn for one in past[:at]],
                past[at].turn.answer,
                first_said(event, "verdict"),
                first_said(event, "value"),
                answers[0]["article_id"] if answers else None,
            )
        except BylineError as error:
            return judged, cards.notice(str(error))
        return judged | {key}, ""

    past, judged, asked = gr.State([]), gr.State(frozenset()), gr.State("")
    thread, running = html(), html(id="running")
    with gr.Column(elem_id="composer"):
        says = html(role="status")
        with gr.Row(elem_id="asking"):
            box = gr.Textbox(
                label=strings.YOUR_QUESTION,
                placeholder=strings.ASK_YOUR_ARTICLES,
                container=False,
                show_label=False,
                max_lines=6,
                submit_btn=strings.ASK,
                autofocus=True,
            )
            stopper = gr.Button(strings.STOP, elem_id="stop")
        with gr.Row(elem_id="below"):
            limits = limits_fold(archive)
            over = gr.Button(strings.START_OVER, size="sm", elem_id="over")
    reader_pane(archive, thread, running)

    outputs = [past, thread, running, says]
    gr.on(None, plainly(start_over), None, [asked, *outputs], **AT_ONCE)  # at a page's opening
    asks = [box.submit, thread.submit, running.submit]
    gr.on(asks, None, says, says, js=WAITING, **AT_ONCE)
    asking = gr.on(
        asks,
        ask,
        [box, past, judged, limits.chosen],
        [box, asked, *outputs],
        **READING,
        **PAGE_ONLY,
    )
    # Whatever ends it, be it that there were too many questions, the queue's turn is free only now:
    # then the question can be asked again.
    for ended in (asking.then, asking.failure):
        ended(
            plainly(settle),
            [says, box, asked, past, judged],
            [box, asked, *outputs],
            **AT_ONCE,
        )
    stopper.click(None, None, says, js=STOPPING, cancels=[asking], **AT_ONCE)
    over.click(plainly(start_over), None, [asked, *outputs], cancels=[asking], **AT_ONCE)
    gr.on([thread.like, running.like], judge, [past, judged], [judged, says], **AT_ONCE)
    return Talk(past, judged, outputs, shown, asking, limits)
