"""What people say of answers, kept as lines that the evaluation reads."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from eval.__main__ import main
from eval.feedback import VERDICTS as VERDICTS_READ
from eval.feedback import Feedback as Given
from eval.feedback import read_feedback
from eval.pairs import read_gold
from index.errors import ArchiveError, UsageError
from qa.chat import feedback as feedback_module
from qa.chat.feedback import VERDICTS, Feedback
from qa.conversation import Turn

ROOT = Path(__file__).parent.parent
HISTORY = [Turn("Who is mayor?", "Ann Lee"), Turn("Of where?")]


@pytest.fixture
def kept(tmp_path: Path) -> Feedback:
    return Feedback(tmp_path)


def test_the_evaluation_reads_exactly_what_was_said(kept: Feedback) -> None:
    kept.write("Who left?", HISTORY, "Bo Ray", "right", article_id="a")
    kept.write("Why?\u2028", [], "", "wrong")
    kept.write("When “then”?", [], "May", "corrected", "In June")
    kept.write("Where?", [], "Oslo", "corrected", "")
    assert VERDICTS == VERDICTS_READ
    assert read_feedback(kept.file) == [
        Given("Who left?", tuple(HISTORY), "Bo Ray", "right", "", ("a",)),
        Given("Why?", (), "", "wrong", "", ()),
        Given("When “then”?", (), "May", "corrected", "In June", ()),
        Given("Where?", (), "Oslo", "corrected", "", ()),
    ]


def test_from_feedback_makes_gold_of_it(
    kept: Feedback, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept.write("Who left?", HISTORY, "Bo Ray", "right", article_id="a")
    kept.write("Who came?", [], "Bo Ray", "corrected", "Cy Low", "a")
    kept.write("Who stayed?", [], "", "right")
    kept.write("Who fell?", [], "Bo Ray", "wrong", "a correction that no one asked for")
    assert main(["from-feedback", str(kept.file)]) == 0
    gold = tmp_path / "gold.jsonl"
    gold.write_text(capsys.readouterr().out, encoding="utf-8")
    pairs = read_gold(gold)
    assert [(pair.question, pair.answers, pair.article_ids, pair.history) for pair in pairs] == [
        ("Who left?", ("Bo Ray",), ("a",), tuple(HISTORY)),
        ("Who came?", ("Cy Low",), (), ()),
        ("Who stayed?", (), (), ()),
    ]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ((" \n", [], "A", "right"), "no question"),
        (("Q?", [], "A", "perhaps"), "'perhaps'; expected right, wrong, corrected"),
        (("Q?", [], "A", "corrected", "x" * 1001), "1,001 characters"),
    ],
)
def test_what_is_no_feedback_is_not_kept(kept: Feedback, given: tuple, says: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(UsageError, match=says):
        kept.write(*given)
    assert not kept.file.exists()


def test_long_and_odd_texts_are_one_bounded_line(kept: Feedback) -> None:
    odd = "\n\r\u2028\x00\ud800“" + "x" * 1_000_000
    kept.write(odd, [Turn(odd, odd)] * 1000, odd, "wrong", article_id="\n\ud800")
    assert kept.file.read_bytes().count(b"\n") == 1
    assert kept.file.stat().st_size < 1_000_000
    (given,) = read_feedback(kept.file)
    assert len(given.history) == 20


def test_a_torn_line_goes_and_the_whole_ones_stay(kept: Feedback) -> None:
    kept.write("First?", [], "A “b”", "right")
    first = kept.file.stat().st_size
    kept.write("Torn?", [Turn("Q", "A")], "A “b”", "right")
    whole = kept.file.read_bytes()
    for size in range(first, len(whole) + 1):
        kept.file.write_bytes(whole[:size])
        kept.write("Next?", [], "", "wrong")
        asked = [given.question for given in read_feedback(kept.file)]
        # A line that lacks only its end was written by a person's editor, or nearly so.
        torn = ["Torn?"] if size >= len(whole) - 1 else []
        assert asked == ["First?", *torn, "Next?"]


def test_a_full_file_says_what_to_do_and_stays(
    kept: Feedback, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.write("Q?", [], "A", "right")
    before = kept.file.read_bytes()
    monkeypatch.setattr(feedback_module, "MOST_BYTES", len(before) + 50)
    with pytest.raises(ArchiveError, match="from-feedback"):
        kept.write("Q?", [], "A", "right")
    assert kept.file.read_bytes() == before


def test_a_file_that_cannot_be_written_is_told_plainly(kept: Feedback) -> None:
    kept.file.mkdir()
    with pytest.raises(ArchiveError, match="cannot be written"):
        kept.write("Q?", [], "A", "right")


def test_threads_and_servers_at_once_lose_no_line(tmp_path: Path) -> None:
    servers = Feedback(tmp_path), Feedback(tmp_path)

    def judge(number: int) -> None:
        servers[number % 2].write(f"{number}?", HISTORY, "A", "right")

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(judge, range(100)))
    asked = [given.question for given in read_feedback(tmp_path / "feedback.jsonl")]
    assert sorted(asked) == sorted(f"{number}?" for number in range(100))


JUDGE = """
import sys
from pathlib import Path
from qa.chat.feedback import Feedback
kept, count = Feedback(Path(sys.argv[1])), 0
while True:
    kept.write("Who?", [], "x" * 10_000, "wrong")
    print(flush=True)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="kills as only Unix can")
def test_killed_at_any_moment_every_verdict_told_of_is_there(
    kept: Feedback, tmp_path: Path
) -> None:
    chance, least = random.Random(0), 0
    for _ in range(5):
        command = [sys.executable, "-c", JUDGE, str(tmp_path)]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdout
            running.stdout.readline()
            time.sleep(chance.uniform(0, 0.05))
            running.kill()
            least += 1 + running.stdout.read().count("\n")
        kept.write("Who?", [], "", "right")
        least += 1
        found = [json.loads(line) for line in kept.file.read_text().splitlines()]
        assert least <= len(found) <= least + 1
        assert len(read_feedback(kept.file)) == len(found)
        least = len(found)
