import re
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

import qa.train
from index.archive import Archive
from index.errors import UsageError
from qa.confidence import FEATURES
from qa.reader import Reader
from qa.train.confidence import fitted, main, told
from qa.train.pairs import Example, is_held_out
from qa.train.tried import articles, questions, tried

TOWNS = ("Tresk", "Osmar", "Quellham", "Sallow", "Ferrant", "Marrowick", "Averil", "Dessel")
NAMES = ("Ada Quell", "Cy Moss", "Joris Verhulst", "Marta Oduya", "Ann Lee", "Zoe Kerr")


def example(number):
    town, name = TOWNS[number % len(TOWNS)], NAMES[number % len(NAMES)]
    text = f"The harbour master of {town} is {name}, who spoke on Tuesday in hall {number}."
    at = text.index(name)
    question = f"Who is the harbour master of {town} in hall {number}?"
    return Example(f"q{number}", question, text, ((at, at + len(name)),), doc=f"paper {number}")


EXAMPLES = [example(number) for number in range(24)]


@pytest.fixture
def recipe(tmp_path):
    """The shipped recipe with another share held out."""

    def write(share):
        text = (Path(qa.train.__file__).parent / "reader.toml").read_text()
        path = tmp_path / "recipe.toml"
        path.write_text(re.sub(r"(?m)^held_out = .*", f"held_out = {share}", text))
        return path

    return write


@pytest.fixture
def pairs(written):
    rows = [
        {"id": one.id, "doc": one.doc, "question": one.question, "context": one.context,
         "answers": [{"text": one.texts[0], "start": one.answers[0][0]}]}
        for one in EXAMPLES
    ]  # fmt: skip
    return written(rows)


def test_only_what_is_asked_of_held_out_documents_is_asked_with_all_its_texts():
    first = next(one for one in EXAMPLES if is_held_out(one, 0.5))
    free = next(one for one in EXAMPLES if not is_held_out(one, 0.5))
    again = Example("again", first.question, free.context, ((0, 3),), doc=free.doc)
    asked = questions([*EXAMPLES, again], 0.5)
    assert {one.document for one in asked} == {one.doc for one in EXAMPLES if is_held_out(one, 0.5)}
    (found,) = (one for one in asked if one.question == first.question)
    assert found.contexts == {first.context, free.context}
    assert found.golds == (*first.texts, "The")
    assert questions(EXAMPLES, 0.0) == []


def test_a_passage_without_the_answer_does_not_make_its_question_held_out():
    held = next(one for one in EXAMPLES if is_held_out(one, 0.5))
    free = next(one for one in EXAMPLES if not is_held_out(one, 0.5))
    negative = Example(free.id, free.question, held.context, doc=held.doc)
    assert questions([negative, free], 0.5) == []


def test_a_question_is_asked_with_its_articles_and_without_all_that_says_the_answer(archive):
    reader = Reader()
    one = EXAMPLES[0]
    (asked,) = questions([one], 1.0)
    said_elsewhere = Example("x", "?", f"{one.texts[0]} likes fish.", doc="other")
    archive.add(articles([*EXAMPLES[:4], said_elsewhere]))
    whole, without = tried(reader, archive, asked, 10)
    assert (whole.answerable, without.answerable) == (True, False)
    assert whole.f1 == 1.0
    assert without.f1 == 0.0
    assert len(whole.inputs) == len(without.inputs) == len(FEATURES)
    assert whole.inputs[0] > without.inputs[0], "the margin"


def test_what_is_right_in_other_words_is_not_held_to_be_unanswerable(archive):
    one = EXAMPLES[0]
    (asked,) = questions([one], 1.0)
    in_full = one.context.replace("Ada Quell", "Ada M. Quell").replace("Tuesday", "Friday")
    archive.add(articles([one, Example("x", "?", in_full, doc="other")]))
    rows = list(tried(Reader(), archive, asked, 10))
    assert [row.answerable for row in rows] == [True]


def test_what_its_text_does_not_answer_is_asked_once_of_all(archive):
    untold = Example("x", "Who is the mayor of Tresk?", EXAMPLES[0].context, doc="paper x")
    (asked,) = questions([untold], 1.0)
    assert (asked.golds, asked.contexts) == ((), frozenset())
    archive.add(articles([EXAMPLES[0], untold]))
    (row,) = tried(Reader(), archive, asked, 10)
    assert (row.answerable, row.f1) == (False, 0.0)


def test_a_fit_finds_the_weights_that_made_the_data():
    random = np.random.default_rng(1)
    inputs = random.normal((5.0, 0.2), (3.0, 0.05), (40_000, 2))
    logits = -4.0 + inputs @ [0.6, 5.0]
    right = (random.random(len(inputs)) < 1 / (1 + np.exp(-logits))).astype(float)
    found = fitted(inputs, right, np.ones(len(inputs)))
    assert found == pytest.approx([-4.0, 0.6, 5.0], abs=0.4)


def test_what_weighs_nothing_changes_nothing():
    random = np.random.default_rng(2)
    inputs = random.normal(size=(200, 1))
    right = (inputs[:, 0] > 0).astype(float)
    weights = np.ones(200)
    noise, none = random.normal(size=(50, 1)), np.zeros(50)
    more = np.concatenate([inputs, noise]), np.concatenate([right, none])
    # Standardising sees them, so the prior pulls a little differently.
    assert fitted(*more, np.concatenate([weights, none])) == pytest.approx(
        fitted(inputs, right, weights), rel=0.2
    )


def test_a_fit_of_nothing_but_right_answers_is_refused(archive):
    (asked,) = questions([EXAMPLES[0]], 1.0)
    archive.add(articles(EXAMPLES[:1]))
    rows = list(tried(Reader(), archive, asked, 10))
    assert len(rows) == 1, "without its article there is nothing to read"
    with pytest.raises(UsageError, match="needs both"):
        list(told(rows))


def test_the_command_prints_a_weight_for_each_feature(tmp_path, capsys, recipe, pairs):
    status = main(
        [str(recipe(0.5)), str(pairs), "--archive", str(tmp_path / "archive"), "--limit", "8"]
    )
    lines = capsys.readouterr().out.splitlines()
    assert status == 0
    assert lines[0].startswith("8 questions: F1")
    assert [line.split()[0] for line in lines[-1 - len(FEATURES) :]] == ["bias", *FEATURES]


def test_pairs_of_articles_in_the_archive_are_asked_of_these(tmp_path, capsys, recipe, written):
    with closing(Archive(tmp_path / "archive")) as archive:
        archive.add(articles(EXAMPLES))
        ids = {one.text: one.id for one in archive.articles()}
    rows = [
        {"question": one.question, "article_id": ids[one.context], "answers": list(one.texts)}
        for one in EXAMPLES
    ]
    status = main([str(recipe(0.9)), str(written(rows)), "--archive", str(tmp_path / "archive")])
    assert status == 0
    assert "questions: F1" in capsys.readouterr().out
    with closing(Archive(tmp_path / "archive")) as archive:
        assert {one.id for one in archive.articles()} == {*ids.values()}, "nothing was added"


def test_a_recipe_that_holds_nothing_out_is_told(tmp_path, capsys, recipe, pairs):
    status = main([str(recipe(0.0)), str(pairs), "--archive", str(tmp_path / "archive")])
    assert status == 2
    assert "no document is held out" in capsys.readouterr().err
