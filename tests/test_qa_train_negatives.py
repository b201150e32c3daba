import gzip
import json

import pytest

from eval.mentions import mentions
from qa.train.negatives import main, names_of
from qa.train.pair_files import read_examples

TEXTS = {
    "a": "Marta Oduya, the envoy, arrived in Tresk on Friday with two aides.",
    "b": "The envoy is expected in Tresk again, officials said; no date was given.",
    "c": "Rain fell on the harbour, and the market was closed.",
    "d": "In Tresk the envoy Marta Oduya spoke of peace.",
}


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.jsonl"
    asked = [("1", "a", "Who arrived in Tresk?", "Marta Oduya"), ("2", "c", "What fell?", "Rain")]
    rows = [
        {"id": id, "doc": doc, "source": "news", "context": TEXTS[doc], "question": question,
         "answers": [{"text": answer, "start": TEXTS[doc].index(answer)}]}
        for id, doc, question, answer in asked
    ]  # fmt: skip
    for doc in ("b", "d"):
        rows.append({"id": doc, "doc": doc, "source": "news", "context": TEXTS[doc],
                     "question": "Why?", "answers": []})  # fmt: skip
    path.write_text("\n".join(json.dumps(row) for row in rows))
    return path


def written(out):
    return [json.loads(line) for line in gzip.open(out, "rt", encoding="utf-8")]


def test_passages_found_for_a_question_say_no_answer_to_it(tmp_path, pairs, capsys):
    out = tmp_path / "negatives.jsonl.gz"
    assert main([str(pairs), "--out", str(out)]) == 0
    assert "for 2 questions" in capsys.readouterr().out
    found = [row for row in written(out) if row["id"] == "1"]
    assert found[0]["context"] == TEXTS["b"]
    assert found[0]["doc"] == "b"
    assert all(not mentions(row["context"], "Marta Oduya") for row in found)
    assert all(not row["answers"] for row in found)
    assert {example.id for example in read_examples(out)} <= {"1", "2"}, "b and d have their own"


def test_the_search_of_an_archive_serves_too(tmp_path, archive, article, tiny_encoder):
    archive.add([article(name, text) for name, text in TEXTS.items()])
    gold = tmp_path / "gold.jsonl"
    gold.write_text(
        json.dumps({"id": "1", "question": "Who arrived in Tresk?", "answers": ["Marta Oduya"],
                    "article_id": "a"})
        + "\n" + json.dumps({"id": "2", "question": "Who left Tresk?", "answers": []})
    )  # fmt: skip
    out = tmp_path / "negatives.jsonl.gz"
    arguments = [str(gold), "--out", str(out), "--archive", str(archive.folder), "--each", "4"]
    assert main([*arguments, "--encoder", tiny_encoder]) == 0
    assert {row["context"] for row in written(out) if row["id"] == "1"} == {TEXTS["b"], TEXTS["c"]}
    assert {row["context"] for row in written(out) if row["id"] == "2"} == set(TEXTS.values())


def test_names_are_words_with_a_capital_inside_a_sentence():
    assert names_of("When did Marta Oduya reach Tresk?") == ["Marta", "Oduya", "Tresk"]
    assert names_of("who left? Which one?") == []
    assert names_of("Paris?") == []


def test_wrong_use_is_told_in_one_line(tmp_path, pairs, capsys):
    assert main([str(pairs), "--out", str(tmp_path / "negatives.json")]) == 2
    assert "jsonl.gz" in capsys.readouterr().err
    assert main([str(tmp_path / "none.jsonl"), "--out", str(tmp_path / "n.jsonl.gz")]) == 2
    assert "none.jsonl" in capsys.readouterr().err
    assert not list(tmp_path.glob("*.gz*"))
