"""The fold in which a person limits their questions to some sources and dates."""

from __future__ import annotations

from dataclasses import dataclass

import gradio as gr

from index.archive import Archive
from index.errors import UsageError
from index.records import Filters
from qa.chat import limits
from qa.pages.parts import AT_ONCE, first_said, html, plainly, said


@dataclass(frozen=True, slots=True)
class Limits:
    """The fold on the page: the ``Filters`` chosen in it, and the HTML that shows them."""

    chosen: gr.State
    form: gr.HTML


def limits_fold(archive: Archive) -> Limits:
    """Put the fold on the page that is being built."""

    def clear() -> tuple[Filters, str]:
        return Filters(), limits.form(archive.sources(), Filters())

    def choose(filters: Filters, event: gr.EventData) -> tuple[Filters, str]:
        sources = archive.sources()
        days = first_said(event, "since"), first_said(event, "until")
        try:
            filters = limits.chosen(sources, said(event, "source"), *days)
        except UsageError as error:
            return filters, limits.form(sources, filters, str(error))
        return filters, limits.form(sources, filters)

    chosen = gr.State(Filters())
    form = html()
    gr.on(None, plainly(clear), None, [chosen, form], **AT_ONCE)  # when the page is opened
    form.input(plainly(choose), chosen, [chosen, form], **AT_ONCE)
    form.clear(plainly(clear), None, [chosen, form], **AT_ONCE)
    return Limits(chosen, form)
