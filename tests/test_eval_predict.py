import json
from collections import Counter

import pytest

from eval.asking import Subject
from eval.pairs import Pair
from eval.predict import predict
from index.archive import Archive
from index.errors import BylineError, UsageError

PAIRS = [Pair(str(number), f"Question {number}?", ()) for number in range(6)]


def row(pair):
    """What a subject that refuses everything says."""
    return {
        "id": pair.id,
        "question": pair.question,
        "asked_as": pair.question,
        "answer": None,
        "confidence": 0.0,
        "answers": [],
        "passages": [],
        "timings_ms": {"total": 1.0},
    }


class Asked:
    """A subject that counts what it is asked, and fails when asked for the nth time."""

    def __init__(self, fail_at=99):
        self.ids = []
        self.fail_at = fail_at
        self.subject = Subject(self.ask, {})

    def ask(self, pair):
        if len(self.ids) == self.fail_at:
            raise BylineError("the subject broke down")
        self.ids.append(pair.id)
        return row(pair)


def test_every_question_is_asked_once_and_kept_in_order(tmp_path):
    asked = Asked()
    found = predict(PAIRS, asked.subject, tmp_path / "predictions.jsonl")
    assert [one.id for one in found] == asked.ids == [pair.id for pair in PAIRS]
    lines = (tmp_path / "predictions.jsonl").read_text().splitlines()
    assert [json.loads(line)["id"] for line in lines] == asked.ids


def test_a_run_that_broke_off_goes_on_without_repeating_a_question(tmp_path):
    path = tmp_path / "predictions.jsonl"
    first, second = Asked(fail_at=3), Asked()
    with pytest.raises(BylineError, match="broke down"):
        predict(PAIRS, first.subject, path)
    with path.open("a") as lines:
        lines.write('{"id": "3", "quest')  # as a process leaves it that is killed while it writes
    found = predict(PAIRS, second.subject, path)
    assert [one.id for one in found] == first.ids + second.ids == [pair.id for pair in PAIRS]
    assert len(path.read_text().splitlines()) == len(PAIRS)


def test_a_file_of_something_else_is_told(tmp_path):
    path = tmp_path / "predictions.jsonl"
    path.write_text('{"id": "1"}\n')
    with pytest.raises(UsageError, match="line 1: no prediction"):
        predict(PAIRS, Asked().subject, path)


@pytest.mark.slow
def test_a_killed_command_goes_on_where_it_was(tmp_path, commands, archive, article, tiny_encoder):
    archive.add([article("a")])
    gold = tmp_path / "gold.jsonl"
    ids = [f"q{number}" for number in range(12)]
    gold.write_text(
        "\n".join(
            json.dumps({"id": id, "question": f"Who wrote ax{id}?", "answers": []}) for id in ids
        )
    )
    out = tmp_path / "out"
    line = (gold, "--archive", archive.folder, "--encoder", tiny_encoder, "--out", out)

    def written():
        path = out / "predictions.jsonl"
        return path.read_text(encoding="utf-8").splitlines() if path.exists() else []

    killed = commands.start("eval", *line)
    killed.wait_for(lambda: len(written()) > 2)
    killed.kill()
    assert killed.status() == -9
    before = written()[:-1]
    assert not (out / "scores.json").exists()
    again = commands.start("eval", *line)
    assert again.status() == 0, again.errors()
    assert written()[: len(before)] == before
    assert Counter(json.loads(line)["id"] for line in written()) == Counter(ids)
    assert "12 questions of gold.jsonl" in again.output()
    run = json.loads((out / "run.json").read_text())
    assert run["subject"]["encoder"] == Archive(archive.folder, tiny_encoder).encoder.identity
    assert len(run["gold_sha256"]) == 64
