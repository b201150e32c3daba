"""The articles of an archive → HTML: the list, what adding them came to, and the first greeting."""

from __future__ import annotations

from collections.abc import Sequence

from index.archive import Summary
from index.records import Article
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
    return (
        '<header class="masthead"><h1>Byline</h1>'
        "<p>Answers from your articles, in their own words</p></header>"
    )


def greeting(articles: int, questions: Sequence[str]) -> str:
    """What stands in a conversation before its first question: example ``questions`` to click."""
    if not articles:
        says = "There are no articles yet. Add some under “Articles”, then ask about them here."
    else:
        held = f"{articles:,} articles" if articles > 1 else "one article"
        says = (
            f"Ask about the {held} here. Byline marks the exact words that answer, "
            "shows where they stand, and says how sure it is."
        )
    examples = "".join(
        f'<li><button type="button" data-value="{question}">{question}</button></li>'
        for question in map(escaped, questions)
    )
    offered = f'<p class="try">For example</p><ul class="examples">{examples}</ul>'
    return f'<section class="greeting"><p>{says}</p>{offered if questions else ""}</section>'


def listing(articles: Sequence[Article], wanted: str) -> str:
    """The articles that hold every word of ``wanted`` in title, source or date, with buttons."""
    words = wanted.casefold().split()
    found = [article for article in articles if _holds(article, words)]
    if not articles:
        return '<p class="count">No articles yet.</p>'
    if not found:
        return f'<p class="count">No article matches “<bdi>{escaped(wanted)}</bdi>”.</p>'
    things = f"{len(articles):,} article{'' if len(articles) == 1 else 's'}"
    count = f"{len(found):,} of {things}" if words else things
    more = f", the first {SHOWN} shown; search to see others" if len(found) > SHOWN else ""
    return (
        f'<p class="count">{count}{more}</p>'
        f'<ul class="articles">{"".join(map(_row, found[:SHOWN]))}</ul>'
    )


def _holds(article: Article, words: Sequence[str]) -> bool:
    shown = f"{article.title} {article.source} {article.published}".casefold()
    return all(word in shown for word in words)


def _row(article: Article) -> str:
    id, label = escaped(article.id), escaped(f"Remove {article.title}")
    button = f'<button type="button" data-value="{id}" aria-label="{label}">Remove</button>'
    return f'<li><p dir="auto">{byline(article)}</p>{button}</li>'


def so_far(done: int, total: int) -> str:
    """How far adding is; ``total`` is a rough number, 0 if unknown."""
    return f"Adding articles: {done:,}{f' of about {total:,}' if total else ''} done…"


def added(summary: Summary) -> str:
    """What adding came to: how many went in, and each that could not be read with its reason."""
    counts = (
        (summary.added, "added"),
        (summary.changed, "replaced by a newer version"),
        (summary.unchanged, "there already"),
        (len(summary.copies), "left out as copies"),
        (len(summary.problems), "could not be read"),
    )
    says = "; ".join(f"{count:,} {what}" for count, what in counts if count) or "nothing to add"
    problems = "".join(
        f"<li><strong><bdi>{escaped(name)}</bdi></strong>: <bdi>{escaped(reason)}</bdi></li>"
        for name, reason in ((problem.name, problem.reason) for problem in summary.problems)
    )
    return f'<p class="status">{says[0].upper()}{says[1:]}.</p><ul class="problems">{problems}</ul>'


def removed(article: Article) -> str:
    """That ``article`` is gone, with a button to bring it back."""
    button = '<button type="button" data-value="undo">Undo</button>'
    title = f"<cite><bdi>{escaped(article.title)}</bdi></cite>"
    return f'<p class="status">Removed {title}. {button}</p>'
