"""``python -m eval``: how good the answers are, on your questions and your articles."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from eval import bench, calibrate, compare, fitted
from eval.arguments import parse
from eval.asking import TOP_K, Subject, assistant_subject, reader_subject, server_subject
from eval.feedback import gold_from, read_feedback
from eval.pairs import Pair, as_line, chosen, read_gold
from eval.run import describe
from eval.run_folder import keep, measure, rescore
from eval.score import Scores, read_scores
from eval.summary import summary
from index.archive import Archive
from index.articles import read_articles
from index.console import exit_status
from index.default import SAMPLE, open_archive
from index.errors import UsageError
from index.progress import Progress
from index.records import Article
from qa.assistant import Assistant
from qa.calibration import Calibration
from qa.reader import Reader

SAMPLE_GOLD = Path(__file__).parent / "gold" / "sample.jsonl"


def main(words: list[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 done, 1 the work failed, 2 wrong use."""
    return exit_status(
        "python -m eval",
        lambda: _run(parse(sys.argv[1:] if words is None else words)),
        "Stopped. Replies that came are kept; run it again to go on.",
    )


def _run(options: argparse.Namespace) -> int:
    return _COMMANDS[options.command](options)


def _measure(options: argparse.Namespace) -> int:
    pairs = _pairs(options)
    if options.closed or options.server:
        subject = (
            server_subject(options.server)
            if options.server
            else reader_subject(Reader(options.reader), options.threshold)
        )
        scores = _measured(options, pairs, subject)
    else:
        with _opened(options) as archive:
            pairs = _pairs(options, archive)
            assistant = Assistant(archive, options.reader)
            is_fitted = assistant.calibration != Calibration()
            warning = fitted.flattery(archive.folder, pairs) if is_fitted else ""
            subject = assistant_subject(
                assistant, options.top_k or TOP_K, options.threshold, warning
            )
            scores = _measured(options, pairs, subject)
    if options.baseline:
        keep(scores.anywhere(), options.baseline)
    print(summary(scores))
    print(f"\nThe questions one by one: {_folder(options) / 'report.html'}")
    return 0


def _report(options: argparse.Namespace) -> int:
    print(summary(rescore(options.folder)))
    print(f"\nThe questions one by one: {options.folder / 'report.html'}")
    return 0


def _compare(options: argparse.Namespace) -> int:
    found = compare.compare(read_scores(options.before), read_scores(options.after))
    failed = compare.regressions(found, dict(options.fail_under), dict(options.max_drop))
    print("\n".join(compare.in_words(found)))
    for reason in failed:
        print(f"FAILED: {reason}")
    return 1 if failed else 0


def _calibrate(options: argparse.Namespace) -> int:
    _pairs(options)
    with _opened(options) as archive:
        pairs = _pairs(options, archive)
        assistant = Assistant(archive, options.reader, Calibration())
        subject = assistant_subject(assistant, options.top_k or TOP_K, threshold=None)
        scores = _measured(options, pairs, subject)
        found = calibrate.calibrate(pairs, scores.outcomes, assistant.reader.identity)
        print("\n".join(calibrate.in_words(found)))
        if not found.is_better:
            print("Nothing was kept: on questions held out the fit is no better than none.")
            return 1
        fitted.remember(archive.folder, pairs)
        found.calibration.write(archive.folder)
    print("Kept beside the archive; answers from it use it from now on.")
    return 0


def _from_feedback(options: argparse.Namespace) -> int:
    given = read_feedback(options.file)
    pairs = list(gold_from(given))
    for pair in pairs:
        print(as_line(pair))
    print(f"{len(given):,} verdicts settle {len(pairs):,} questions.", file=sys.stderr)
    return 0


def _bench(options: argparse.Namespace) -> int:
    gold = read_gold(options.questions or SAMPLE_GOLD)
    questions = [pair.question for pair in gold if not pair.history][: bench.MOST_QUESTIONS]
    if not questions:
        raise UsageError(f"{options.questions}: every question has a history; none can be used.")
    articles = (
        found for found in read_articles(options.names or [SAMPLE]) if isinstance(found, Article)
    )
    with TemporaryDirectory() as folder:
        archive = Archive(Path(folder), options.encoder)
        assistant = Assistant(archive, options.reader)
        named = {"--encoder": options.encoder, "--reader": options.reader}
        models = [word for flag, name in named.items() if name for word in (flag, name)]
        sizes = sorted(options.sizes or ())
        figures = bench.growing(assistant, articles, questions, sizes, models)
        for line in bench.in_words(figures):
            print(line, flush=True)
        archive.close()
    return 0


def _pairs(options: argparse.Namespace, archive: Archive | None = None) -> list[Pair]:
    return chosen(read_gold(options.gold, archive), options.limit, options.sample)


def _measured(options: argparse.Namespace, pairs: list[Pair], subject: Subject) -> Scores:
    run = describe(options.gold, len(pairs), options.limit, options.sample, subject)
    return measure(_folder(options), run, pairs, subject)


def _folder(options: argparse.Namespace) -> Path:
    folder: Path | None = options.out
    return folder or Path(f"eval-{options.gold.name.split('.')[0]}")


@contextmanager
def _opened(options: argparse.Namespace) -> Iterator[Archive]:
    with Progress("setting up the sample articles") as progress:
        archive = open_archive(options.archive, options.encoder, progress)
    try:
        yield archive
    finally:
        archive.close()


_COMMANDS = {
    "measure": _measure,
    "report": _report,
    "compare": _compare,
    "calibrate": _calibrate,
    "from-feedback": _from_feedback,
    "bench": _bench,
}

if __name__ == "__main__":
    sys.exit(main())
