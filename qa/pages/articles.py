"""The Articles tab: adding articles, and the list of those there, to search, read and remove."""

from __future__ import annotations

from typing import Any

import gradio as gr

from index.archive import Archive
from index.articles import estimate
from index.errors import BylineError
from index.records import Article, Filters
from qa import strings
from qa.chat import adding, cards, shelf
from qa.chat.limits import form, line
from qa.pages.limits import Limits
from qa.pages.parts import (
    ADDING,
    AT_ONCE,
    PAGE_ONLY,
    Update,
    first_said,
    html,
    plainly,
    reader_pane,
)


def articles_tab(archive: Archive, tab: gr.Tab, limits: Limits) -> None:
    """Put the tab's parts on the page that is being built; ``limits`` hold for its list too."""

    def listing(wanted: str, filters: Filters) -> str:
        found, articles = archive.listed(wanted, filters, shelf.SHOWN)
        return shelf.listing(articles, found, archive.count()[0], wanted, line(filters))

    def add(files: list[str] | None, typed: str, *given: Any) -> Update:
        urls, total = adding.addresses(typed), estimate(files or [])
        # The boxes are emptied at once, so that more can be dropped meanwhile.
        yield None, "", cards.status(strings.adding(0, total)), gr.skip()
        try:
            for summary in adding.add(archive, files or [], urls):
                says = cards.status(strings.adding(summary.seen, total))
                yield gr.skip(), gr.skip(), says, gr.skip()
            report = shelf.added(summary)
        except BylineError as error:
            report = cards.notice(str(error))
        yield gr.skip(), gr.skip(), report, listing(*given)

    def remove(
        wanted: str, filters: Filters, event: gr.EventData
    ) -> tuple[str, str, Article | None]:
        article = archive.article(first_said(event, "article"))
        if article is None or not archive.remove([article.id]):
            return cards.notice(strings.GONE_ALREADY), listing(wanted, filters), None
        return shelf.removed(article), listing(wanted, filters), article

    def undo(wanted: str, filters: Filters, removed: Article | None) -> tuple[str, str, None]:
        says = shelf.added(archive.add([removed])) if removed else ""
        return says, listing(wanted, filters), None

    def clear(wanted: str) -> tuple[Filters, str, str]:
        return Filters(), form(archive.sources(), Filters()), listing(wanted, Filters())

    removed = gr.State(None)
    with gr.Row(equal_height=True):
        drop = gr.File(label=strings.ADD_FILES, file_count="multiple", height=130)
        urls = gr.Textbox(
            label=strings.ADD_PAGES,
            placeholder=strings.AN_ADDRESS,
            submit_btn=strings.ADD,
            elem_id="addresses",
        )
    report = html(role="status")
    search = gr.Textbox(
        label=strings.SEARCH_LIST,
        placeholder=strings.SEARCH_LIST_BY,
        container=False,
        show_label=False,
    )
    undoing = html(role="status")
    listed = html()
    reader_pane(archive, listed)

    shown = [search, limits.chosen]
    gr.on(
        [drop.upload, urls.submit],
        add,
        [drop, urls, *shown],
        [drop, urls, report, listed],
        trigger_mode="multiple",
        **ADDING,
        **PAGE_ONLY,
    )
    listed.delete(plainly(remove), shown, [undoing, listed, removed], **PAGE_ONLY)
    listed.clear(plainly(clear), search, [limits.chosen, limits.form, listed], **AT_ONCE)
    undoing.undo(plainly(undo), [*shown, removed], [undoing, listed, removed], **PAGE_ONLY)
    search.change(plainly(listing), shown, listed, trigger_mode="always_last", **AT_ONCE)
    tab.select(plainly(listing), shown, listed, **AT_ONCE)
