"""Exported conversations: a Markdown reader shows exactly what was said, and scripts read on."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from index.records import Article, Hit, Passage
from qa.__main__ import main
from qa.answers import Answer, Citation, Reply
from qa.chat import exports
from qa.chat.cards import exchange
from qa.chat.history import Conversation

TEXT = "Farrant, a baker, found it at six.\n\n“I gave it two herrings,” she said. It left at nine."
STORY = Article("otter", "Otter found", TEXT, "https://q.example/otter", "2023-03-09", "The Post")
HOSTILE = [
    "](javascript:alert(1)) [x](javascript:alert(1))",
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "**bold** _it_ `code` ~~gone~~ | a | b | $x^2$",
    "![x](https://evil.example/pixel.png)",
    "[x]: javascript:alert(1)",
    "<javascript:alert(1)> <https://evil.example>",
    "# head #",
    "1. one",
    "2) two",
    "- item",
    "+ item",
    "> quote",
    "---",
    "===",
    ":--",
    "```",
    "~~~",
    "\tcode",
    "&lt;b&gt; &copy; &#35; &amp;amp;",
    "\\",
    "\\*x\\*",
    "*",
    "\u202etxt.exe\u202c \u0007 \x00",
    "{#id} {: .class}",
]
ELEMENTS = set("h1 h2 p strong blockquote a ul li".split())


class Page(HTMLParser):
    """The elements, links and text of the HTML that Markdown makes."""

    def __init__(self, markdown: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[str] = []
        self.links: list[str] = []
        self.bold: list[str] = []
        self.text = ""
        reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
        self.feed(reader.render(markdown))
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        self.bold += [""] * (tag == "strong")

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.elements and self.elements[-1] == "strong" and not self.bold[-1]:
            self.bold[-1] = data


def shown(text: str) -> str:
    """What is left of a text where it is shown, spaces aside."""
    unseen = "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
    return "".join(re.sub(unseen, "", text).split())


def citation(words: str, article: Article = STORY) -> Citation:
    start = article.text.index(words)
    passage = Passage(1, article.id, 0, len(article.text), article.text)
    return Citation(words, start, start + len(words), article, passage)


def answer(words: str, *others: Citation, article: Article = STORY) -> Answer:
    own = citation(words, article)
    return Answer(words, own.start, own.end, 0.78, article, own.passage, (own, *others))


def conversation(*replies: Reply, name: str = "Who found it?") -> Conversation:
    kept = tuple(map(exchange, replies))
    return Conversation("a" * 22, name, "2026-11-03T10:00:00+00:00", kept)


def reply(*answers: Answer, question: str = "Who found it?", **known: object) -> Reply:
    hits = tuple(Hit(one.passage, one.article, 1.0, 0.5, 1) for one in answers)
    return replace(Reply(question, question, answers=answers, hits=hits), **known)  # type: ignore[arg-type]


def test_an_answer_is_followed_by_its_quote_and_source() -> None:
    other = replace(STORY, id="b", title="An otter", source="Lake Journal", published="", url="")
    first = answer("Farrant", citation("Farrant", other))
    asked = reply(first, answer("she"), asked_as="Who found the otter?")
    markdown = exports.as_markdown(conversation(asked, name="The otter"))
    assert (
        markdown
        == """\
# The otter

Begun on 3 November 2026. Each answer is quoted from its article, word for word.

## Who found it?

Understood as: Who found the otter?

**Farrant** (Fairly sure · 78 %)

> **Farrant**, a baker, found it at six.
>
> “I gave it two herrings,” she said. It left at nine.

[Otter found](https://q.example/otter#:~:text=Farrant,-%2C%20a%20baker%2C), The Post, 9 March 2023

Also said in:

- An otter, Lake Journal

Other answers:

- **she** (Fairly sure · 78 %), [Otter found]\
(https://q.example/otter#:~:text=it%20two%20herrings%2C%E2%80%9D-,she,-said.%20It%20left), \
The Post, 9 March 2023
"""
    )


def test_a_refusal_is_said_plainly_with_the_best_guess() -> None:
    markdown = exports.as_markdown(conversation(reply(guesses=(answer("six"),)), reply()))
    assert markdown.count("**I found no answer in these articles.**") == 2
    assert markdown.count("Best guess: **six** (Fairly sure") == 1
    assert ">" not in markdown


def test_the_words_are_bold_also_over_paragraphs_and_beside_quotation_marks() -> None:
    for words in ("at six.\n\n“I gave it", "“I gave it two herrings,”", "baker", "ake", "."):
        page = Page(exports.as_markdown(conversation(reply(answer(words)))))
        assert shown("".join(page.bold[1:])) == shown(words)
        assert shown(page.bold[0]) == shown(words)


def test_an_address_that_is_no_web_address_is_no_link() -> None:
    for url in ("javascript:alert(1)", "data:text/html,x", "//evil.example", "https://", "nix"):
        story = replace(STORY, url=url)
        page = Page(exports.as_markdown(conversation(reply(answer("six", article=story)))))
        assert page.links == []


@pytest.mark.parametrize("tail", ["a)b(c", "a b\n<c>", 'q?x=1&copy=2&amp=3"', "\\", "*_é]["])
def test_any_web_address_arrives_whole(tail: str) -> None:
    story = replace(STORY, url=f"https://q.example/{tail}")
    page = Page(exports.as_markdown(conversation(reply(answer("six", article=story)))))
    (link,) = page.links
    assert unquote(link).partition("#:~:")[0] == story.url
    assert set(page.elements) <= ELEMENTS


def check_shows_as_text(text: str) -> None:
    """Check that ``text`` is only text, wherever it stands in a conversation."""
    passage = f"{text}\n{text} Farrant {text}\n\n{text}"
    story = Article("id", text, passage, "https://q.example/", text, text)
    twin = replace(story, id="twin", url="")
    first = answer("Farrant", citation("Farrant", twin), article=story)
    replies = [reply(first, first, question=text, asked_as=f"a {text}"), reply(guesses=(first,))]
    if text.strip():
        replies.append(reply(answer(text, article=story)))
    page = Page(exports.as_markdown(conversation(*replies, name=text)))
    assert set(page.elements) <= ELEMENTS
    assert all(link.startswith("https://q.example/") for link in page.links)
    assert len(page.links) == 3 + bool(text.strip())
    assert page.elements.count("h1") == 1
    assert page.elements.count("h2") == len(replies)
    assert page.elements.count("blockquote") == len(replies) - 1
    assert shown(page.text).startswith(shown(text) + "Begunon")
    assert f"Understoodas:a{shown(text)}" in shown(page.text)
    assert shown(passage) in shown(page.text)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_shown_as_text(text: str) -> None:
    check_shows_as_text(text)


@settings(max_examples=150, deadline=None)
@given(st.text(st.sampled_from("a1 \n\t\\`*_{}[]()#+-.!|~<>&;:=$\"'/“é\u202e\u2028"), max_size=20))
def test_any_text_is_shown_as_text(text: str) -> None:
    check_shows_as_text(text)


def test_the_questions_of_an_export_are_a_batch(
    sample_archive,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],  # type: ignore[no-untyped-def]
) -> None:
    coach, signed = "Who is Tarnbeck's new head coach?", "When did he sign?"
    talked = conversation(reply(answer("she"), question=coach), reply(question=signed))
    exported = json.loads(json.dumps(exports.as_json(talked)))
    assert list(exported) == ["name", "begun", "questions", "replies"]
    assert talked.id not in json.dumps(exported) + exports.as_markdown(talked)
    assert [one["id"] for one in exported["replies"]] == ["1", "2"]
    assert exported["replies"][0]["answers"][0]["text"] == "she"
    batch = tmp_path / "questions.jsonl"
    batch.write_text("\n".join(map(json.dumps, exported["questions"])))
    place = ["--archive", str(sample_archive.folder)]
    assert main(["--batch", str(batch), "--json", *place]) == 0
    replies = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["id"], one["question"]) for one in replies] == [("1", coach), ("2", signed)]
    assert "she" in replies[1]["asked_as"]


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Who brokered it?", "byline-who-brokered-it.md"),
        ("../../etc/passwd\0", "byline-etc-passwd.md"),
        ("???", "byline-conversation.md"),
        ("CON", "byline-con.md"),
        ("Élan — 東京?", "byline-élan-東京.md"),
    ],
)
def test_a_file_name_is_safe_anywhere(name: str, file: str) -> None:
    assert exports.file_name(conversation(name=name), "md") == file
    assert len(exports.file_name(conversation(name="東" * 500), "json").encode()) < 255
