import json

import gradio as gr
import pytest

from eval.__main__ import main
from eval.score import read_scores
from qa.assistant import Assistant
from qa.calibration import Calibration
from qa.endpoints import Endpoints
from tests.test_eval_compare import planted, scores

CONTEXT = "The Ferrant Bridge collapsed at 4:12 a.m. on Monday, police said."


@pytest.fixture
def before():
    return scores([float(number % 5 > 1) for number in range(200)])


def write(path, *rows):
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return str(path)


def test_closed_reading_needs_only_the_contexts(tmp_path, capsys):
    gold = write(
        tmp_path / "closed.jsonl",
        {"question": "When did the Ferrant Bridge collapse?", "answers": ["4:12 a.m."],
         "context": CONTEXT, "article_id": "x"},
        {"question": "Who is the mayor?", "answers": [], "context": CONTEXT},
    )  # fmt: skip
    out = tmp_path / "out"
    line = [gold, "--closed", "--threshold", "0", "--out", str(out)]
    assert main(line) == 0
    assert "2 questions of closed.jsonl" in capsys.readouterr().out
    assert read_scores(out).measures["em_unanswerable"].value == 0
    assert "report.html" in {path.name for path in out.iterdir()}
    (out / "scores.json").unlink()
    assert main(["report", str(out)]) == 0
    assert len(read_scores(out).outcomes) == 2


def test_a_server_is_asked_over_the_network(tmp_path, archive, article, capsys):
    archive.add([article("a", CONTEXT)])
    with gr.Blocks() as page:
        gr.api(Endpoints(Assistant(archive)).ask, api_name="ask")
    _, address, _ = page.launch(prevent_thread_lock=True, quiet=True)
    try:
        gold = write(
            tmp_path / "gold.jsonl",
            {"question": "And when?", "answers": ["Monday"], "history": [
                {"question": "Did the Ferrant Bridge collapse?", "answer": "yes"}]},
        )  # fmt: skip
        out = tmp_path / "out"
        assert main([gold, "--server", address, "--out", str(out)]) == 0
    finally:
        page.close()
    found = read_scores(out)
    assert found.run.subject == {"mode": "server", "server": address}
    assert found.outcomes[0].followup
    assert main([gold, "--server", address, "--out", str(out)]) == 1
    assert "no Byline server answers there" in capsys.readouterr().err


def test_compare_ends_with_1_on_a_regression_and_0_without(tmp_path, before, capsys):
    first, second = tmp_path / "a.json", tmp_path / "b.json"
    before.write(first)
    planted(before, lost=10).write(second)
    gate = ["--max-drop", "em=0"]
    assert main(["compare", str(first), str(first), *gate, "--fail-under", "em=60"]) == 0
    assert "FAILED" not in capsys.readouterr().out
    assert main(["compare", str(first), str(second), *gate]) == 1
    assert "FAILED: em got worse by 5.0 points" in capsys.readouterr().out
    assert main(["compare", str(first), str(second), "--max-drop", "e=0"]) == 2
    assert main(["compare", str(first), str(tmp_path / "c.json")]) == 2


def test_calibrate_keeps_a_better_fit_beside_the_archive(tmp_path, archive, article, tiny_encoder):
    archive.add([article("a", CONTEXT)])
    gold = write(
        tmp_path / "gold.jsonl",
        {"question": "When did the Ferrant Bridge collapse?", "answers": ["4:12 a.m."]},
        {"question": "What collapsed at 4:12 a.m.?", "answers": ["The Ferrant Bridge"]},
        {"question": "Which bridge collapsed?", "answers": ["The Ferrant Bridge"]},
        {"question": "Who said so?", "answers": ["police"]},
        {"question": "Who won the cup?", "answers": []},
        {"question": "What does a ticket cost?", "answers": []},
    )
    line = ["calibrate", gold, "--archive", str(archive.folder), "--encoder", tiny_encoder]
    status = main([*line, "--out", str(tmp_path / "out")])
    kept = Assistant(archive).calibration
    assert status == (1 if kept == Calibration() else 0)


def test_feedback_becomes_gold_on_standard_output(tmp_path, capsys):
    feedback = write(
        tmp_path / "feedback.jsonl",
        {"question": "Who left?", "answer": "Ann Lee", "verdict": "right", "article_id": "a"},
        {"question": "Why?", "answer": "rain", "verdict": "wrong"},
    )
    assert main(["from-feedback", feedback]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out) == {
        "id": "feedback-1",
        "question": "Who left?",
        "answers": ["Ann Lee"],
        "article_id": ["a"],
    }
    assert "2 verdicts settle 1 questions" in printed.err


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["nowhere.jsonl"], "nowhere.jsonl: cannot be read (No such file or directory)"),
        (["gold.jsonl", "--closed", "--top-k", "3"], "--top-k has no effect with --closed"),
        (["gold.jsonl", "--server", "x", "--threshold", "1"], "--threshold has no effect"),
        (["report", "nowhere"], "tells of no run"),
        (["from-feedback", "nowhere"], "nowhere: cannot be read"),
    ],
)
def test_wrong_use_ends_with_2_and_says_why(words, complaint, capsys):
    assert main(words) == 2
    assert complaint in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [[], ["gold.jsonl", "--limit", "0"], ["gold.jsonl", "--threshold", "2"],
              ["compare", "a", "b", "--max-drop", "em"]]
)  # fmt: skip
def test_options_that_make_no_sense_end_with_2(words):
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2


@pytest.mark.slow
def test_bench_tells_every_cost_with_its_reference(tmp_path, capsys, tiny_encoder):
    gold = write(tmp_path / "gold.jsonl", {"question": "Who left?", "answers": []})
    line = ["bench", "--encoder", tiny_encoder, "--sizes", "3", "9", "--questions", gold]
    assert main(line) == 0
    printed = capsys.readouterr().out
    for words in ("indexing a passage", "brute force", "bare forward passes", "that asks"):
        assert printed.count(words) == 2
