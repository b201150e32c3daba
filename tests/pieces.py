"""What the tests of HTML pieces share: a parser that checks them, and an article to show."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser

from index.records import Article, Hit, Passage
from qa.answers import Answer, Citation, Reply

HOSTILE = '<img src=x onerror=alert(1)> "quoted" \'& **bold** [link](javascript:alert(1)) ${1+1}'
ALLOWED = set(
    "a article b bdi blockquote button cite details div fieldset figcaption figure form h1 h2 h3 "
    "header input label legend li mark p section span strong summary time ul".split()
)
TEXT = (
    "Ferrant, Oslo - The well-known baker, Ysolde Farrant, found it at six, on Monday.\n\n"
    "“I gave it two herrings,” Farrant said. The otter left at nine."
)
STORY = Article(
    id="otter",
    title="Otter found in fountain",
    text=TEXT,
    url="https://quellham.example/otter",
    published="2023-03-09",
    source="Quellham Post",
)


class Page(HTMLParser):
    """The elements and the text of a piece of HTML."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert self.open == [], "every element is closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag != "input":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def links(self) -> list[str]:
        return [attrs["href"] for tag, attrs in self.elements if tag == "a"]

    def doing(self, what: str) -> list[dict[str, str]]:
        """The attributes of the buttons and forms that pass on the event ``what``."""
        return [attrs for _, attrs in self.elements if attrs.get("data-do") == what]


def assert_harmless(html: str) -> None:
    """Of hostile text in ``html``, nothing is an element, an attribute or a link."""
    page = Page(html)
    assert {tag for tag, _ in page.elements} <= ALLOWED
    assert not any(name.startswith("on") for _, attrs in page.elements for name in attrs)
    assert page.links() == []
    values = (value for _, attrs in page.elements for value in attrs.values())
    assert "<img src=x" in page.text + "".join(values)


def citation(words: str, article: Article = STORY, **known: str) -> Citation:
    start = article.text.index(words)
    passage = Passage(1, article.id, 0, len(article.text), article.text)
    return Citation(words, start, start + len(words), article, passage, **known)


def answer(
    words: str,
    confidence: float = 0.78,
    *others: Citation,
    article: Article = STORY,
    resolved: str = "",
) -> Answer:
    cited = citation(words, article)
    place = cited.start, cited.end
    return Answer(
        words, *place, confidence, article, cited.passage, (cited, *others), resolved=resolved
    )


def reply(*answers: Answer, question: str = "Who found it?", **known: object) -> Reply:
    return replace(Reply(question, question, answers=answers), **known)


def hit(article: Article, rank: int = 1) -> Hit:
    passage = Passage(rank, article.id, 0, len(article.text), article.text)
    return Hit(passage, article, score=1.0, similarity=0.5, rank=rank)
