"""The articles of an archive → HTML: the list, what adding them came to, and the first greeting."""

from __future__ import annotations

from collections.abc import Sequence

from index.adding import Summary
from index.records import Article
from qa import strings
from qa.markup import byline, escaped

SHOWN = 100

# Questions that the sample articles answer, with the article that must be there.
EXAMPLES = (
    ("Who brokered the reconciliation?", "damascus-visit-announced"),
    ("Who is Tarnbeck's new head coach?", "tarnbeck-new-head-coach"),
    ("What was the minimum change NASA's DART test required?", "dart-orbit-shortened"),
    ("How many books were rescued from the Amory Library?", "amory-library-frozen-books"),
    ("Who was named as mediator at Port Sallow?", "port-sallow-mediator-named"),
)


def masthead() -> str:
    """The page's head: what it is."""
    return f'<header class="masthead"><h1>{strings.NAME}</h1><p>{strings.MOTTO}</p></header>'


def greeting(articles: int, questions: Sequence[str], can_add: bool) -> str:
    """What stands in a conversation before its first question: example ``questions`` to click."""
    if articles:
        says = strings.ask_about(articles)
    else:
        says = strings.NO_ARTICLES if can_add else strings.NO_ARTICLES_TO_READ
    examples = "".join(
        f'<li><button type="button" data-do="submit" data-value="{question}">{question}</button>'
        "</li>"
        for question in map(escaped, questions)
    )
    offered = f'<p class="try">{strings.FOR_EXAMPLE}</p><ul class="examples">{examples}</ul>'
    return f'<section class="greeting"><p>{says}</p>{offered if questions else ""}</section>'


def listing(
    articles: Sequence[Article], found: int, there: int, wanted: str = "", limited: str = ""
) -> str:
    """The newest ``articles`` of ``found`` that match, of those ``there``, with buttons.

    ``wanted`` is what they were searched for; ``limited`` says what else limits them.
    """
    if not there:
        return f'{limited}<p class="count">{strings.NO_ARTICLES_YET}</p>'
    if not found:
        return f'{limited}<p class="count">{escaped(strings.no_match(wanted.strip()))}</p>'
    count = strings.in_list(found, there, len(articles))
    rows = "".join(map(_row, articles))
    return f'{limited}<p class="count">{count}</p><ul class="articles">{rows}</ul>'


def _row(article: Article) -> str:
    id, label = escaped(article.id), escaped(strings.remove_title(article.title))
    button = (
        f'<button type="button" data-do="delete" data-article="{id}" aria-label="{label}">'
        f"{strings.REMOVE}</button>"
    )
    return f'<li><p dir="auto">{byline(article)}</p>{button}</li>'


def added(summary: Summary) -> str:
    """What adding came to: how many went in, and each that could not be read with its reason."""
    counts = (
        (summary.added, strings.ADDED),
        (summary.changed, strings.CHANGED),
        (summary.unchanged, strings.UNCHANGED),
        (len(summary.copies), strings.COPIES),
        (len(summary.problems), strings.PROBLEMS),
    )
    says = "; ".join(f"{count:,} {what}" for count, what in counts if count)
    problems = "".join(
        f"<li><strong><bdi>{escaped(name)}</bdi></strong>: <bdi>{escaped(reason)}</bdi></li>"
        for name, reason in ((problem.name, problem.reason) for problem in summary.problems)
    )
    return (
        f'<p class="status">{says or strings.NOTHING_TO_ADD}.</p>'
        f'<ul class="problems">{problems}</ul>'
    )


def removed(article: Article) -> str:
    """That ``article`` is gone, with a button to bring it back."""
    button = f'<button type="button" data-do="undo">{strings.UNDO}</button>'
    title = f"<cite><bdi>{escaped(article.title)}</bdi></cite>"
    return f'<p class="status">{strings.removed(title)} {button}</p>'
