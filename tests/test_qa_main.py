import io
import json
import re

import pytest

from qa.__main__ import main

HOSTILE = [
    "",
    "x" * 10_000,
    "😀🎉 who?",
    "من توسط في المصالحة؟",
    "'; DROP TABLE articles; --",
    "<script>alert(1)</script><b>who</b>",
    '"AND OR NOT ( * : ^ ~ \\',
    "\u202ewho\u0000 \x1b[31m?",
]


@pytest.fixture(scope="module")
def place(sample_archive):
    return ["--archive", str(sample_archive.folder)]


def test_an_answer_in_words_says_where_it_stands(place, capsys):
    assert main(["who brokered the reconciliation?", *place]) == 0
    said = capsys.readouterr().out
    assert "Nasrallah" in said
    assert "% sure" in said
    assert "October" in said or "2022-10-" in said


def test_an_answer_in_json_is_one_object(place, capsys):
    assert main(["who brokered the reconciliation?", "--json", *place]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    reply = json.loads(line)
    assert "Nasrallah" in reply["answer"]
    assert len(reply["passages"]) == 10


def test_no_answer_shows_the_nearest_passages(place, capsys):
    assert main(["who brokered the reconciliation?", "--threshold", "1", *place]) == 0
    said = capsys.readouterr().out
    assert "found no answer" in said
    assert "Some of them come near" in said
    assert said.count("  - ") == 3


def test_what_disagrees_and_what_a_date_means_is_said(place, capsys):
    assert main(["How many people were killed when the Ferrant Bridge fell?", *place]) == 0
    said = capsys.readouterr().out
    assert re.search(
        r"^At least three .*The articles disagree:\n  but: two and not three", said, re.S
    )
    assert said.count("two and not three") == 1
    assert main(["When will the delegation travel?", *place]) == 0
    assert "= 2022-10-19, as Byline reads it" in capsys.readouterr().out


def test_a_batch_is_answered_in_order_a_line_each_whatever_is_in_it(place, tmp_path, capsys):
    asked = [{"id": str(number), "question": text} for number, text in enumerate(HOSTILE)]
    asked.append(
        {
            "id": "follow-up",
            "question": "Which bureau does he head?",
            "history": [
                {
                    "question": "Who led the Hamas delegation to Damascus?",
                    "answer": "Khalil al-Hayya",
                }
            ],
        }
    )
    batch = tmp_path / "questions.jsonl"
    batch.write_text("\n".join(json.dumps(line) for line in asked), encoding="utf-8")
    assert main(["--batch", str(batch), "--json", *place]) == 0
    replies = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [reply["id"] for reply in replies] == [line["id"] for line in asked]
    assert [reply["question"] for reply in replies] == [line["question"] for line in asked]
    assert replies[0]["answer"] is None
    assert "Khalil al-Hayya" in replies[-1]["asked_as"]


def test_a_line_that_is_no_question_is_named_and_the_rest_is_answered(place, tmp_path, capsys):
    batch = tmp_path / "questions.jsonl"
    lines = [
        "who?",
        '{"id": "b", "question": 7}',
        "{broken",
        '{"question": "who?", "history": [3]}',
    ]
    batch.write_bytes("\n".join([*lines, "y" * 10_001]).encode() + b"\n\xff\xfe who?\n")
    assert main(["--batch", str(batch), "--json", *place]) == 1
    output = capsys.readouterr()
    rows = [json.loads(line) for line in output.out.splitlines()]
    assert [row["id"] for row in rows] == ["1", "2", "3", "4", "5", "6"]
    assert ["error" in row for row in rows] == [False, True, True, True, True, False]
    for number in (2, 3, 4, 5):
        assert f"line {number}:" in output.err
    assert "Traceback" not in output.err


def test_a_batch_can_come_from_standard_input(place, monkeypatch, capsys):
    monkeypatch.setattr("sys.stdin", io.StringIO("who?\n"))
    assert main(["--batch", "-", "--json", *place]) == 0
    assert json.loads(capsys.readouterr().out)["question"] == "who?"


@pytest.mark.parametrize(
    "words", [[], ["who?", "--batch", "x"], ["who?", "--no-such-option"]], ids=str
)
def test_wrong_use_is_exit_status_2(words, capsys):
    with pytest.raises(SystemExit) as ended:
        main(words)
    assert ended.value.code == 2
    assert "usage" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--batch", "no-such-file"], "cannot be read"),
        (["who?", "--threshold", "90"], "probability from 0 to 1"),
        (["who?", "--since", "yesterday"], "no date"),
        (["who?", "--top-k", "0"], "at least 1"),
    ],
    ids=str,
)
def test_a_wrong_value_is_told_in_one_line(words, told, place, capsys):
    assert main([*words, *place]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line


def test_a_reader_that_is_not_there_is_exit_status_1(place, capsys):
    assert main(["who?", "--reader", "./nowhere", *place]) == 1
    assert "no such folder" in capsys.readouterr().err


def test_help_names_every_option(capsys):
    with pytest.raises(SystemExit) as ended:
        main(["--help"])
    assert ended.value.code == 0
    said = capsys.readouterr().out
    for option in (
        "--batch",
        "--json",
        "--archive",
        "--top-k",
        "--threshold",
        "--since",
        "--reader",
    ):
        assert option in said


def test_a_wrong_option_is_told_once_for_a_whole_batch(place, tmp_path, capsys):
    batch = tmp_path / "questions.txt"
    batch.write_text("who?\nwhen?\nwhere?\n")
    assert main(["--batch", str(batch), "--top-k", "0", *place]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert len(output.err.splitlines()) == 1


def test_a_mistyped_archive_is_told_and_not_made(tmp_path, capsys):
    missing = tmp_path / "my-archvie"
    assert main(["who?", "--archive", str(missing)]) == 2
    assert "no archive is there" in capsys.readouterr().err
    assert not missing.exists()
