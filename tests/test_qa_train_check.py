import json
import re
from contextlib import closing

import numpy as np
import pytest

from index.archive import Archive
from index.records import Article
from qa.reader import SHIPPED
from qa.train.check import Reading, main, verdict

TEXT = "Marta Oduya, the United Nations envoy, arrived in Tresk on Friday with two aides."


def reading(f1, margins):
    points = np.array(f1, dtype=float)
    return Reading(~np.isnan(points), points, points, np.array(margins, dtype=float))


def test_a_better_reader_is_told_from_one_that_is_as_good():
    nan = np.nan
    good = reading([1.0] * 30 + [nan] * 10, [5.0] * 30 + [-5.0] * 10)
    poor = reading([0.2] * 30 + [nan] * 10, [0.0] * 40)
    assert [line.rpartition(": ")[2] for line in verdict(good, poor)] == ["better"] * 3
    assert [line.rpartition(": ")[2] for line in verdict(poor, good)] == ["worse"] * 3
    assert "+0.0 (+0.0 to +0.0): no difference" in verdict(good, good)[1]


@pytest.fixture
def pairs(tmp_path):
    path = tmp_path / "pairs.jsonl"
    rows = [
        {"question": "Who is the United Nations envoy?", "answers": ["Marta Oduya"]},
        {"question": "When did the envoy arrive in Tresk?", "answers": ["Friday", "on Friday"]},
        {"question": "How much did the bridge cost?", "answers": []},
    ]
    path.write_text("\n".join(json.dumps({"context": TEXT, **row}) for row in rows))
    return str(path)


def test_readers_are_measured_and_compared(pairs, capsys):
    assert main([str(SHIPPED), pairs, "--against", str(SHIPPED)]) == 0
    said = capsys.readouterr().out
    assert "pairs.jsonl: 2 of 3 answerable  EM 100.0  F1 100.0" in said
    assert "AUC of answerable 100.0" in said
    assert "F1 +0.0 (+0.0 to +0.0): no difference beyond chance" in said
    assert float(re.search(r"time to read ([\d.]+) of its", said)[1]) > 0


def test_pairs_are_read_in_the_articles_of_an_archive(tmp_path, capsys):
    with closing(Archive(tmp_path / "archive")) as archive:
        archive.add([Article("a", "Envoy", TEXT)])
    pairs = tmp_path / "pairs.jsonl"
    asked = {"question": "Who is the United Nations envoy?", "article_id": "a"}
    pairs.write_text(json.dumps({**asked, "answers": ["Marta Oduya"]}))
    assert main([str(SHIPPED), str(pairs), "--archive", str(tmp_path / "archive")]) == 0
    assert "pairs.jsonl: 1 of 1 answerable  EM 100.0" in capsys.readouterr().out


def test_wrong_use_is_told_in_one_line(pairs, tmp_path, capsys):
    assert main([str(SHIPPED), "none.jsonl"]) == 2
    bare = tmp_path / "bare.jsonl"
    bare.write_text('{"question": "Who came?", "answers": []}')
    assert main([str(SHIPPED), str(bare)]) == 2
    assert "none of the pairs has a text to read" in capsys.readouterr().err
    assert main(["./none", pairs]) == 1
    assert "Traceback" not in capsys.readouterr().err
