import json

import pytest

from eval.pairs import GoldError
from index.errors import UsageError
from qa.train.pairs import (
    Example,
    by_question,
    is_held_out,
    kept_apart,
    read_examples,
    telling,
)
from qa.train.recipe import Source

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


def test_a_followup_is_read_as_the_question_it_stands_for(written):
    earlier = [{"question": "Where did the bridge fall?", "answer": "Marrowick"}]
    row = {**ROW, "question": "And when?", "history": earlier}
    (example,) = read_examples(written([row]))
    assert example.question == "When did the bridge fall?"


def test_answers_that_tell_nothing_are_left_out():
    text = "They said it is long: Ann, 5 or the old town."
    spans = [(text.index(part), text.index(part) + len(part)) for part in
             ("They", "it", "long", "Ann", "5", "the old town")]  # fmt: skip
    (kept,) = telling([Example("1", "?", text, tuple(spans))])
    assert kept.texts == ("Ann", "5", "the old town")
    assert list(telling([Example("1", "?", text, tuple(spans[:3]))])) == []
    unanswerable = Example("1", "?", text)
    assert list(telling([unanswerable])) == [unanswerable]


def test_negatives_of_another_file_go_with_their_question():
    held = Example("1", "Who?", "Ann left.", ((0, 3),))
    other = Example("1", "Who?", "It rained.")
    stranger = Example("1", "Where?", "It rained.")
    empty = Example("9", "When?", "")
    first, second = by_question(
        [(Source("n", 5.0), [other, stranger, empty]), (Source("p", 2.0), [held])]
    )
    assert (first.answering, first.others, first.weight) == ((held,), (other,), 2.0)
    assert (second.answering, second.others) == ((), (stranger,))


def test_held_out_documents_and_what_is_asked_of_them_are_not_trained_on():
    def example(doc, question, answers=((0, 1),)):
        return Example(
            id=f"{doc} {question}", question=question, context=doc, answers=answers, doc=doc
        )

    docs = [f"document {number}" for number in range(500)]
    asked = [example(doc, f"Who is it in {doc}?") for doc in docs]
    held = {one.doc for one in asked if is_held_out(one, 0.1)}
    assert 25 < len(held) < 75
    assert held < {one.doc for one in asked if is_held_out(one, 0.2)}
    first = min(held)
    free = next(doc for doc in docs if doc not in held)
    again = example(free, f"WHO is it in {first}?")
    negative = example(free, f"Who is it in {first}?", answers=())
    of_held = example(first, "Who else?", answers=())
    kept, others = kept_apart([asked, [again, negative, of_held]], 0.1)
    assert {one.doc for one in kept} == {*docs} - held
    assert others == []
    assert kept_apart([asked], 0.0) == [asked]
