import pytest

from index.drafts import MAX_TEXT_CHARS, Draft, draft_of, finish, problem, web_address
from index.errors import Unreadable

TEXT = "The bridge reopened to traffic on Tuesday."


def test_the_id_is_the_given_one_else_the_url_else_a_hash() -> None:
    url = "https://www.quay.example/bridge#comments"
    assert finish(Draft(TEXT, id=" b-1\u200b ", url=url)).id == "b-1"
    assert finish(Draft(TEXT, url=url)).id == "https://www.quay.example/bridge"
    unnamed = finish(Draft(TEXT, title="Bridge"))
    assert len(unnamed.id) == 16
    assert unnamed.id == finish(Draft(TEXT, title="Bridge")).id
    assert unnamed.id != finish(Draft(TEXT, title="Another")).id


def test_long_ids_stay_different() -> None:
    one, two = (finish(Draft(TEXT, id="x" * 300 + end)).id for end in "12")
    assert one != two
    assert len(one) <= 200


def test_a_number_may_be_an_id_and_names_may_be_in_any_case() -> None:
    draft = draft_of({"ID": 7, " Text ": TEXT, "Date": 1666085400})
    article = finish(draft)
    assert (article.id, article.published) == ("7", "2022-10-18T09:30:00+00:00")


@pytest.mark.parametrize("fields", [{}, {"text": None}, {"text": ""}, {"text": [TEXT]}])
def test_a_text_there_must_be(fields: dict[str, object]) -> None:
    with pytest.raises(Unreadable, match='"text"'):
        draft_of(fields)


def test_the_title_leaves_the_text() -> None:
    article = finish(Draft(f"Bridge  opens\r\n\r\n{TEXT}", title="Bridge opens"))
    assert (article.title, article.text) == ("Bridge opens", TEXT)


def test_an_article_always_has_a_title_to_show() -> None:
    assert finish(Draft(f"{TEXT} {TEXT} {TEXT}")).title.endswith("…")


@pytest.mark.parametrize(
    "text", ["", "short", " " * 100, "\u200b" * 100, "x" * (MAX_TEXT_CHARS + 1)]
)
def test_too_little_and_too_much_text_are_refused(text: str) -> None:
    with pytest.raises(Unreadable, match="character"):
        finish(Draft(text))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("HTTPS://Quay.Example:8080/a b?q=é#x", "https://quay.example:8080/a%20b?q=%C3%A9"),
        ("https://me:secret@quay.example", "https://quay.example/"),
        ("http://[2001:db8::1]:80/x", "http://[2001:db8::1]:80/x"),
        ('https://quay.example/"><script>', "https://quay.example/%22%3E%3Cscript%3E"),
        ("javascript:alert(1)", ""),
        ("file:///etc/passwd", ""),
        ("//quay.example/x", ""),
        ("http://[", ""),
        ("http://quay.example:99999/", ""),
        ('http://quay"example/', ""),
        ("http://quay.example/\ud800", ""),
        ("http://quay.example/" + "x" * 3000, ""),
        ("", ""),
    ],
)
def test_only_addresses_of_the_web_are_kept(given: str, expected: str) -> None:
    assert web_address(given) == expected


def test_the_source_is_the_given_one_else_the_host() -> None:
    url = "https://www.quay.example/bridge"
    assert finish(Draft(TEXT, url=url, source="The Quay\n")).source == "The Quay"
    assert finish(Draft(TEXT, url=url)).source == "quay.example"
    assert finish(Draft(TEXT)).source == ""


def test_a_problem_is_one_printable_line() -> None:
    found = problem("a\n\x1b[31m\udc80.txt", "two\nlines " + "x" * 1000)
    assert found.name == "a??[31m?.txt"
    assert found.name.isprintable()
    assert found.reason.isprintable()
    assert len(found.reason) <= 300
