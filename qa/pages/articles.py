"""The Articles tab: adding articles, and the list of those there, to search and remove."""

from __future__ import annotations

import gradio as gr

from index.archive import Archive
from index.articles import estimate
from index.errors import BylineError
from index.records import Article
from qa import adding, cards, shelf
from qa.pages.parts import ADDING, PAGE_ONLY, Update, html, plainly


def articles_tab(archive: Archive, tab: gr.Tab) -> None:
    """Put the tab's parts on the page that is being built."""

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
    report = html(role="status")
    search = gr.Textbox(
        label="Search the list",
        placeholder="Search by title, source or date",
        container=False,
        show_label=False,
    )
    undoing = html(role="status")
    listed = html()
    gr.on(
        [drop.upload, urls.submit],
        add,
        [drop, urls, search],
        [drop, urls, report, listed],
        trigger_mode="multiple",
        **ADDING,
        **PAGE_ONLY,
    )
    listed.click(plainly(remove), search, [undoing, listed, removed], **PAGE_ONLY)
    undoing.click(plainly(undo), [search, removed], [undoing, listed, removed], **PAGE_ONLY)
    search.change(plainly(listing), search, listed, trigger_mode="always_last", **PAGE_ONLY)
    tab.select(plainly(listing), search, listed, **PAGE_ONLY)
