import json

import pytest

from eval.pairs import GoldError
from index.errors import UsageError
from qa.train.pair_files import read_examples

ROW = {
    "id": "7",
    "doc": "https://news.example/2026/05/02/airline-shuts-down-today/1/",
    "context": "Zoë left. Ann Lee left in May.",
    "question": "Who left in May?",
    "answers": [{"text": "Ann Lee", "start": 10}],
}


def faults(path, archive=None):
    with pytest.raises(UsageError) as caught:
        read_examples(path, archive)
    return str(caught.value)


@pytest.mark.parametrize("name", ["pairs.jsonl", "pairs.jsonl.gz"])
def test_a_row_is_an_example_with_the_offsets_of_its_answers(written, name):
    (example,) = read_examples(written([ROW], name))
    assert example.id == "7"
    assert example.answers == ((10, 17),)
    assert example.texts == ("Ann Lee",)
    assert example.title == "airline shuts down today"


def test_squad_is_read_with_what_cannot_be_answered(written):
    questions = [
        {"id": "a", "question": "Who?", "answers": [{"text": "Ann", "answer_start": 0}]},
        {"id": "b", "question": "Why?", "is_impossible": True, "answers": []},
    ]
    squad = {"data": [{"paragraphs": [{"context": "Ann left.", "qas": questions}]}]}
    one, two = read_examples(written(json.dumps(squad), "squad.json"))
    assert one.texts == ("Ann",)
    assert two.answers == ()
    assert two.context == "Ann left."


def test_an_answer_without_a_start_is_found_wherever_it_stands(written):
    row = {"question": "Who?", "context": "Lee, said Lee; not Leeds.", "answers": ["Lee"]}
    (example,) = read_examples(written([row]))
    assert example.answers == ((0, 3), (10, 13))


def test_every_fault_is_named_by_its_line(written):
    moved = {**ROW, "answers": [{"text": "Ann Lee", "start": 11}]}
    rows = [moved, {**ROW, "answers": ["Bob"]}, {**ROW, "question": ""}, {**ROW, "answers": None}]
    said = faults(written(rows))
    assert "line 1: the answer 'Ann Lee' does not stand at 11" in said
    assert "line 2: the answer 'Bob' does not occur" in said
    assert "line 3: has no question" in said
    assert "line 4: answers is no list" in said
    assert "archive" in faults(written([{"question": "Who?", "answers": ["Ann"]}]))
    assert "holds no questions" in faults(written(""))


def test_gold_pairs_take_their_articles_from_the_archive(written, archive, article):
    archive.add([article("a", "Ann Lee left in May."), article("b", "Nobody left.")])
    gold = {"question": "Who left?", "answers": ["Ann Lee", "Lee"], "article_id": ["a", "b"]}
    (example,) = read_examples(written([gold]), archive)
    assert example.title == "Title of a"
    assert example.texts == ("Ann Lee", "Lee")
    with pytest.raises(GoldError, match="'z' is not in the archive"):
        read_examples(written([{**gold, "article_id": "z"}]), archive)
    with pytest.raises(GoldError, match="no answer occurs in b"):
        read_examples(written([{**gold, "article_id": "b"}]), archive)


def test_a_part_of_an_article_is_read_alone(written, archive, article):
    archive.add([article("a", "Bob left in May. Ann Lee left in June."), article("b", "Bob.")])
    left = {"question": "Who left?", "article_id": "a", "part": [17, 38]}
    told = {**left, "answers": [{"text": "Ann Lee", "start": 0}]}
    untold = {**left, "question": "Who came?", "answers": []}
    one, other = read_examples(written([told, untold]), archive)
    assert one.context == other.context == "Ann Lee left in June."
    assert (one.texts, other.texts) == (("Ann Lee",), ())
    assert "no answer occurs in a" in faults(written([{**left, "answers": ["Bob"]}]), archive)


@pytest.mark.parametrize("part", [[17, 39], [5, 5], [-1, 4], [0], [0, "4"], "0-4"])
def test_a_part_that_is_none_is_named(written, archive, article, part):
    archive.add([article("a", "Bob left in May. Ann Lee left in June."), article("b", "Bob.")])
    row = {"question": "Who?", "article_id": "a", "answers": [], "part": part}
    assert f"line 1: part is {part!r}; expected [start, end]" in faults(written([row]), archive)
    several = {**row, "article_id": ["a", "b"], "part": [0, 3]}
    assert "offsets of the one article" in faults(written([several]), archive)


def test_a_followup_is_read_as_the_question_it_stands_for(written):
    earlier = [{"question": "Where did the bridge fall?", "answer": "Marrowick"}]
    row = {**ROW, "question": "And when?", "history": earlier}
    (example,) = read_examples(written([row]))
    assert example.question == "When did the bridge fall?"
