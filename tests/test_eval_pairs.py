import gzip
import json

import pytest

from eval.pairs import GoldError, Pair, as_line, chosen, read_gold
from index.errors import UsageError
from qa.conversation import Turn

SQUAD = {
    "data": [
        {
            "paragraphs": [
                {
                    "context": "Ann Lee left in May.",
                    "qas": [
                        {
                            "id": "q1",
                            "question": "Who left?",
                            "answers": [{"text": "Ann Lee", "answer_start": 0}],
                        },
                        {"id": "q2", "question": "Why?", "is_impossible": True, "answers": []},
                    ],
                }
            ]
        }
    ]
}


def faults(path, archive=None):
    with pytest.raises(GoldError) as caught:
        read_gold(path, archive)
    return str(caught.value)


def test_jsonl_gives_every_kind_of_pair(written):
    rows = [
        {"id": "a", "question": "Who left?", "answers": ["Ann Lee", "Lee"], "article_id": "x"},
        {"question": "When?", "answers": ["May"], "article_id": ["x", "y"],
         "history": [{"question": "Who left?", "answer": "Ann Lee"}, {"question": "Sure?"}]},
        {"question": "Why?", "answers": []},
        {"question": "Who?", "answers": [{"text": "Ann", "start": 0}], "context": "Ann left."},
    ]  # fmt: skip
    expected = [
        Pair("a", "Who left?", ("Ann Lee", "Lee"), ("x",)),
        Pair("2", "When?", ("May",), ("x", "y"), (Turn("Who left?", "Ann Lee"), Turn("Sure?"))),
        Pair("3", "Why?", ()),
        Pair("4", "Who?", ("Ann",), context="Ann left."),
    ]
    assert read_gold(written(rows)) == expected
    assert read_gold(written("\n".join(map(as_line, expected)), "again.jsonl")) == expected


@pytest.mark.parametrize("name", ["squad.json", "squad.json.gz"])
def test_squad_gives_its_contexts_and_impossible_questions(written, name):
    assert read_gold(written(json.dumps(SQUAD), name)) == [
        Pair("q1", "Who left?", ("Ann Lee",), context="Ann Lee left in May."),
        Pair("q2", "Why?", (), context="Ann Lee left in May."),
    ]


def test_csv_gives_several_answers_of_a_cell(written):
    table = 'id,question,answers,article_id\n7,"Who, then?",Ann Lee | Lee,x|y\n,Why?,,\n'
    assert read_gold(written(table, "gold.csv")) == [
        Pair("7", "Who, then?", ("Ann Lee", "Lee"), ("x", "y")),
        Pair("2", "Why?", ()),
    ]


@pytest.mark.parametrize(
    ("row", "fault"),
    [
        ({"answers": ["x"]}, "line 2: question is missing; expected a text"),
        ({"question": " ", "answers": []}, 'line 2: question is " "; expected a text'),
        ({"question": "Q?"}, "line 2: answers is missing; expected a list"),
        ({"question": "Q?", "answers": "x"}, 'line 2: answers is "x"; expected a list'),
        ({"question": "Q?", "answers": [3]}, "line 2: an answer is 3; expected a text"),
        ({"question": "Q?", "answers": [], "history": [1]}, "line 2: history holds 1"),
        ({"question": "Q?", "answers": [], "article_id": [1]}, "line 2: article_id is 1"),
        ({"question": "Q?", "answers": ["y"], "context": "x"}, "'y' does not occur in the context"),
        ({"id": "a", "question": "Q?", "answers": []}, "'a' is used already, by line 1"),
        ({"question": "FIRST?", "answers": ["x"]}, "asks the same as line 1, with other answers"),
        ([1], "line 2: is a JSON list; expected an object"),
    ],
)
def test_a_fault_is_named_by_its_line(written, row, fault):
    assert fault in faults(written([{"id": "a", "question": "First?", "answers": []}, row]))


def test_the_same_question_after_another_history_or_on_a_context_is_no_fault(written):
    rows = [
        {"question": "When?", "answers": ["May"]},
        {"question": "When?", "answers": ["June"], "history": [{"question": "Who?"}]},
        {"question": "When?", "answers": ["July"], "context": "In July."},
    ]
    assert len(read_gold(written(rows))) == 3


def test_many_faults_are_told_at_once_but_not_without_end(written):
    message = faults(written([{"question": "Q?"}] * 25))
    assert "25 faults" in message
    assert "line 20" in message
    assert "line 21" not in message
    assert "and 5 more" in message


def test_named_articles_must_be_there_and_say_the_answer(written, archive, article):
    archive.add([article("x", "The mayor, Ann Lee, left on Monday in the rain."), article("y")])
    good = {"question": "Who?", "answers": ["mayor Ann Lee"], "article_id": ["y", "x"]}
    assert len(read_gold(written([good]), archive)) == 1
    message = faults(written([good | {"article_id": "y"}, good | {"article_id": "z"}]), archive)
    assert "line 1: the answer 'mayor Ann Lee' does not occur in y" in message
    assert "line 2: the article 'z' is not in the archive" in message


@pytest.mark.parametrize(
    ("name", "content", "complaint"),
    [
        ("gold.txt", "x", "this one ends with '.txt'"),
        ("gold.json", "[]", "not SQuAD"),
        ("gold.csv", "who,what\n", "names the columns who, what; expected question and answers"),
        ("gold.jsonl", "\n", "holds no questions"),
    ],
)
def test_what_is_no_gold_file_is_told(written, name, content, complaint):
    with pytest.raises(UsageError, match=complaint):
        read_gold(written(content, name))


def test_what_cannot_be_read_is_told(tmp_path):
    with pytest.raises(UsageError, match="No such file"):
        read_gold(tmp_path / "gold.jsonl")
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b"{}" * 999)[:20])
    with pytest.raises(UsageError, match="cut off"):
        read_gold(tmp_path / "cut.jsonl.gz")


def test_choosing_takes_the_first_or_a_sample_that_stays_the_same():
    pairs = [Pair(str(number), "Q?", ()) for number in range(50)]
    assert chosen(pairs, None, None) == pairs
    assert chosen(pairs, 3, None) == pairs[:3]
    drawn = chosen(pairs, 10, 1)
    assert drawn == chosen(pairs, 10, 1) != chosen(pairs, 10, 2)
    assert [int(pair.id) for pair in drawn] == sorted(int(pair.id) for pair in drawn)
    assert len(chosen(pairs, 99, 1)) == 50
