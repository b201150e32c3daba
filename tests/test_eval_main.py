import json

import gradio as gr
import pytest

from eval.__main__ import main
from eval.score import read_scores
from qa.__main__ import main as ask
from qa.assistant import Assistant
from qa.calibration import Calibration
from qa.chat.endpoints import Endpoints
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


def test_a_better_fit_is_kept_used_from_then_on_and_told_of(
    tmp_path, archive, article, tiny_encoder, capsys
):
    towns = "Aldo Berle Corva Denby Eskil Farro Gorse Hythe Ivel Jarra Kelso Lundy".split()
    archive.add(
        article(town, f"The bridge of {town} collapsed at 4:{10 + at} a.m. on Monday, police said.")
        for at, town in enumerate(towns)
    )
    rows = [  # those who wrote this gold want something else in two of three cases
        {"question": f"When did the bridge of {town} collapse?",
         "answers": ["at dusk" if at % 3 else f"4:{10 + at} a.m."]}
        for at, town in enumerate(towns)
    ]  # fmt: skip
    gold = write(tmp_path / "gold.jsonl", *rows)
    models = ["--archive", str(archive.folder), "--encoder", tiny_encoder]
    plain = Assistant(archive).ask(rows[1]["question"])

    assert main(["calibrate", gold, *models, "--out", str(tmp_path / "fit")]) == 0
    printed = capsys.readouterr().out
    assert "Fitted to 12 questions; on those held out in turn:" in printed
    assert "calibration error" in printed
    assert "Warning: 12 questions" in printed

    kept = Assistant(archive).calibration
    assert kept.offset < 0
    assert ask(["--json", rows[1]["question"], *models]) == 0
    told = json.loads(capsys.readouterr().out)
    expected = kept.probability((*plain.answers, *plain.guesses)[0].confidence)
    assert told["confidence"] == pytest.approx(expected, abs=0.001)
    assert told["confidence"] < plain.confidence

    new = write(tmp_path / "new.jsonl", rows[0], {"question": "Who said so?", "answers": []})
    assert main([new, *models, "--out", str(tmp_path / "again")]) == 0
    facts = read_scores(tmp_path / "again").run.subject
    assert "Confidence was fitted to 1 of these 2 questions" in facts["warning"]
    assert facts["confidence"].startswith("fitted to 12 questions; right when held out:")
    page = (tmp_path / "again" / "report.html").read_text(encoding="utf-8")
    assert '<p class="warning">Confidence was fitted to 1 of these 2' in page
    assert "fitted to 12 questions; right when held out" in page


def test_a_fit_that_is_no_better_is_not_kept(tmp_path, archive, article, tiny_encoder, capsys):
    archive.add([article("a", CONTEXT)])
    gold = write(
        tmp_path / "gold.jsonl",
        {"question": "When did the Ferrant Bridge collapse?", "answers": ["4:12 a.m. on Monday"]},
        # Just as sure and wrong: what is learnt from either is false of the other.
        {"question": "When did the bridge of Ferrant collapse?", "answers": ["at dusk"]},
    )
    line = ["calibrate", gold, "--archive", str(archive.folder), "--encoder", tiny_encoder]
    assert main([*line, "--out", str(tmp_path / "out")]) == 1
    assert "Nothing was kept" in capsys.readouterr().out
    assert Assistant(archive).calibration == Calibration()


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
    for words in ("encoding alone", "models alone", "brute force", "forward passes", "that asks"):
        assert printed.count(words) == 2
