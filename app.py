"""The chat: ``python app.py``."""

from __future__ import annotations

import argparse
import functools
import json
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

# Gradio reads this when imported; otherwise each start looks up an address on the internet.
os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"

import gradio as gr
from gradio.events import api

from index.archive import Archive
from index.articles import estimate
from index.default import open_archive
from index.errors import BylineError, UsageError
from index.progress import Progress
from index.records import Article
from qa import adding, cards, shelf
from qa.assistant import Assistant
from qa.endpoints import Endpoints

STYLE = Path(__file__).parent / "qa" / "page.css"
PORTS_TRIED = 100
MAX_UPLOAD = "200mb"
SECONDS_UPLOADS_ARE_KEPT = 3600

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


def build(assistant: Assistant) -> gr.Blocks:
    """The page, and the endpoints for programs."""
    kept = SECONDS_UPLOADS_ARE_KEPT
    page = gr.Blocks(title="Byline", delete_cache=(kept, kept))
    with page:
        endpoints = Endpoints(assistant)
        api(_plainly(endpoints.ask), **READING)
        api(_plainly(endpoints.search), **READING)
        api(_plainly(endpoints.articles))
        _html(shelf.masthead())
        with gr.Tab("Ask"):
            _ask_tab(assistant)
        with gr.Tab("Articles") as tab:
            _articles_tab(assistant.archive, tab)
    page.queue(default_concurrency_limit=4, max_size=200)
    return page


def _plainly(call: Callable[..., Any]) -> Callable[..., Any]:
    """``call``, with its errors shown to whoever called, as one plain line."""

    @functools.wraps(call)
    def told(*given: Any) -> Any:
        try:
            return call(*given)
        except BylineError as error:
            raise gr.Error(str(error), print_exception=False) from None

    return told


def _html(value: str = "", role: str = "none") -> gr.HTML:
    """A piece of HTML; with the role "log" or "status", changes in it are read out."""
    template = f'<div role="{role}">${{value}}</div>'
    return gr.HTML(value, html_template=template, js_on_load=SCRIPT, apply_default_css=False)


def _ask_tab(assistant: Assistant) -> None:
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
    thread = _html(role="log")
    with gr.Column(elem_id="composer"):
        says = _html(role="status")
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
    gr.on(None, _plainly(greet), None, thread, **PAGE_ONLY)  # when the page is opened
    # Seen at once, even when others' questions are answered first.
    waiting = json.dumps(cards.status("Waiting for a turn…"))
    gr.on([box.submit, thread.click], None, None, says, js=f"() => {waiting}")
    box.submit(ask, [box, past], [box, thread, says, past], **READING, **PAGE_ONLY)
    thread.click(ask_example, past, [box, thread, says, past], **READING, **PAGE_ONLY)
    over.click(start_over, None, [thread, says, past], **PAGE_ONLY)


def _articles_tab(archive: Archive, tab: gr.Tab) -> None:
    def listing(wanted: str) -> str:
        return shelf.listing(archive.articles(), wanted)

    def add(files: list[str] | None, typed: str, wanted: str) -> Update:
        urls, total = adding.addresses(typed), estimate(files or [])
        # The boxes are emptied at once, so that more can be dropped meanwhile.
        yield None, "", cards.status(shelf.so_far(0, total)), gr.skip()
        try:
            for summary in adding.add(archive, files or [], urls):
                says = cards.status(shelf.so_far(summary.seen, total))
                yield gr.skip(), gr.skip(), says, gr.skip()
            report = shelf.added(summary)
        except BylineError as error:
            report = cards.notice(str(error))
        yield gr.skip(), gr.skip(), report, listing(wanted)

    def remove(wanted: str, event: gr.EventData) -> tuple[str, str, Article | None]:
        article = archive.article(event.value)
        if article is None or not archive.remove([article.id]):
            return cards.notice("That article has gone already."), listing(wanted), None
        return shelf.removed(article), listing(wanted), article

    def undo(wanted: str, removed: Article | None) -> tuple[str, str, None]:
        says = shelf.added(archive.add([removed])) if removed else ""
        return says, listing(wanted), None

    removed = gr.State(None)
    with gr.Row(equal_height=True):
        drop = gr.File(label="Add files", file_count="multiple", height=130)
        urls = gr.Textbox(
            label="Add web pages", placeholder="https://…", submit_btn="Add", elem_id="addresses"
        )
    report = _html(role="status")
    search = gr.Textbox(
        label="Search the list",
        placeholder="Search by title, source or date",
        container=False,
        show_label=False,
    )
    undoing = _html(role="status")
    listed = _html()
    gr.on(
        [drop.upload, urls.submit],
        add,
        [drop, urls, search],
        [drop, urls, report, listed],
        trigger_mode="multiple",
        **ADDING,
        **PAGE_ONLY,
    )
    listed.click(_plainly(remove), search, [undoing, listed, removed], **PAGE_ONLY)
    undoing.click(_plainly(undo), [search, removed], [undoing, listed, removed], **PAGE_ONLY)
    search.change(_plainly(listing), search, listed, trigger_mode="always_last", **PAGE_ONLY)
    tab.select(_plainly(listing), search, listed, **PAGE_ONLY)


def main(arguments: list[str] | None = None) -> int:
    """Serve the chat until Ctrl-C; returns the exit status: 0 done, 1 failed, 2 wrong use."""
    options = _parser().parse_args(arguments)
    try:
        _say("opening the archive …")
        with Progress("setting up the sample articles") as shown:
            archive = open_archive(options.archive, options.encoder, shown, create=True)
        _say("loading the models …")
        assistant = Assistant(archive, options.reader)
        assistant.ask("Ready?")  # The first question is slow; nobody should have to wait for it.
        _serve(build(assistant), options)
    except BylineError as error:
        print(f"python app.py: {error}", file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    except KeyboardInterrupt:
        _say("stopped.")
    return 0


def _serve(page: gr.Blocks, options: argparse.Namespace) -> None:
    """Serve ``page``, and say where it is, until interrupted."""
    if options.share:
        _say("asking for a public link …")
    _, address, public = page.launch(
        server_name=options.host,
        server_port=free_port(options.host, options.port),
        share=options.share,
        max_file_size=MAX_UPLOAD,
        css_paths=STYLE,
        footer_links=[],
        prevent_thread_lock=True,
        quiet=True,
        ssr_mode=False,
        run_history=False,
        enable_monitoring=False,
    )
    _say(f"the chat is at {address} (Ctrl-C stops it)")
    if public:
        _say(f"for a week, anyone can reach it at {public}")
    elif options.share:
        _say("no public link could be made; it needs a way to the internet. Going on without.")
    try:
        threading.Event().wait()
    finally:
        page.close(verbose=False)


def free_port(host: str, wanted: int) -> int:
    """The first port from ``wanted`` on that nobody listens at."""
    if not 0 <= wanted < 65536:
        raise UsageError(f"the port is {wanted}; expected a number from 0 to 65535.")
    for port in range(wanted, min(wanted + PORTS_TRIED, 65536)):
        with suppress(OSError), socket.create_server((host, port)) as trial:
            return int(trial.getsockname()[1])
    raise UsageError(f"no free port at {host} from {wanted} on; name others with --host or --port.")


def _say(what: str) -> None:
    print(f"Byline: {what}", flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python app.py", description="Serve the chat.")
    parser.add_argument(
        "--archive", type=Path, metavar="DIR", help="default: one of yours, with sample articles"
    )
    parser.add_argument(
        "--encoder", metavar="MODEL", help="sentence-transformers model, by folder or hub name"
    )
    parser.add_argument(
        "--reader", metavar="MODEL", help="transformers extractive reader, by folder or hub name"
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to serve on (127.0.0.1)")
    parser.add_argument("--port", type=int, default=7860, help="the next free one if taken (7860)")
    parser.add_argument("--share", action="store_true", help="also make a public link")
    return parser


if __name__ == "__main__":
    sys.exit(main())
