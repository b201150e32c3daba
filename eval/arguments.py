"""What can be said on the command line of ``python -m eval``."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from eval.asking import TOP_K
from index.errors import UsageError

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

COMMANDS = ("measure", "report", "compare", "calibrate", "from-feedback", "bench")
_OPEN_ONLY = ("top_k", "encoder")


def parse(words: list[str]) -> argparse.Namespace:
    """The options that ``words`` give; ``command`` is one of COMMANDS, "measure" if none is named.

    Ends the process with status 2 where they make no sense, and with 0 after help.

    Raises:
        UsageError: two of them do not go together.
    """
    if words and words[0] not in (*COMMANDS, "-h", "--help"):
        words = ["measure", *words]
    options = _parser().parse_args(words)
    for mode, others in (("closed", _OPEN_ONLY), ("server", (*_OPEN_ONLY, "reader", "threshold"))):
        idle = [name for name in others if getattr(options, name, None) is not None]
        if getattr(options, mode, None) and idle:
            flag = idle[0].replace("_", "-")
            raise UsageError(f"--{flag} has no effect with --{mode}; leave one of them out.")
    return options


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m eval",
        description="Measure how good the answers are. A file of gold questions needs no command: "
        "python -m eval GOLD is python -m eval measure GOLD, and has its options.",
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="GOLD | COMMAND")
    for add in (_measure, _report, _compare, _calibrate, _from_feedback, _bench):
        add(commands)
    return parser


def _measure(commands: Commands) -> None:
    parser = commands.add_parser(
        "measure", parents=[_asking(), _models()], help="ask gold questions, score, report"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--archive", type=Path, metavar="DIR", help="default: the sample articles")
    where.add_argument(
        "--closed", action="store_true", help="read each question's own context, search nothing"
    )
    where.add_argument("--server", metavar="URL", help="ask a running chat, with its own settings")
    parser.add_argument(
        "--threshold", type=_share, metavar="P", help="answer only when at least this sure (0 to 1)"
    )
    parser.add_argument(
        "--baseline",
        type=Path,
        metavar="FILE",
        help="keep the scores in FILE too, for compare, without what differs by machine",
    )


def _report(commands: Commands) -> None:
    parser = commands.add_parser("report", help="score a run again and write its report anew")
    parser.add_argument("folder", type=Path, metavar="DIR", help="the --out of a run")


def _compare(commands: Commands) -> None:
    parser = commands.add_parser(
        "compare",
        help="what changed between two runs; a gate for builds",
        description="Show what changed from run A to run B. The exit status is 1 where B does not "
        "keep a limit. POINTS are of 100; the names of measures stand in scores.json.",
    )
    parser.add_argument("before", type=Path, metavar="A", help="a run's folder or scores.json")
    parser.add_argument("after", type=Path, metavar="B", help="the same of a later run")
    for name, meaning in (
        ("--fail-under", "fail where the measure of B is worse than this; may be repeated"),
        ("--max-drop", "fail where it got worse by more than this, beyond chance; may be repeated"),
    ):
        parser.add_argument(
            name, type=_limit, action="append", default=[], metavar="MEASURE=POINTS", help=meaning
        )


def _calibrate(commands: Commands) -> None:
    parser = commands.add_parser(
        "calibrate",
        parents=[_asking(), _models()],
        help="fit confidence to your articles, by your gold questions",
        description="Fit confidence and the threshold to your articles, check the fit on questions "
        "held out, and keep it beside the archive where it is better.",
    )
    parser.add_argument("--archive", type=Path, metavar="DIR", help="default: the sample articles")


def _from_feedback(commands: Commands) -> None:
    parser = commands.add_parser(
        "from-feedback", help="turn what people said of answers into gold JSONL"
    )
    parser.add_argument(
        "file",
        type=Path,
        metavar="FILE",
        help='JSONL: {"question", "history"?, "answer", "verdict": '
        '"right", "wrong" or "corrected", "correction"?, "article_id"?}',
    )


def _bench(commands: Commands) -> None:
    parser = commands.add_parser(
        "bench", parents=[_models()], help="measure speed and memory on this machine"
    )
    parser.add_argument("names", nargs="*", metavar="PATH", help="default: the sample articles")
    parser.add_argument(
        "--sizes", type=_count, nargs="+", metavar="N", help="measure each time N articles are in"
    )
    parser.add_argument("--questions", type=Path, metavar="GOLD", help="default: the sample's")


def _asking() -> argparse.ArgumentParser:
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument("gold", type=Path, metavar="GOLD", help=".jsonl, SQuAD .json or .csv")
    parent.add_argument("--out", type=Path, metavar="DIR", help="default: eval-<name of GOLD>")
    parent.add_argument("--limit", type=_count, metavar="N", help="only the first N questions")
    parent.add_argument("--sample", type=int, metavar="SEED", help="N at random, not the first")
    parent.add_argument(
        "--top-k", type=_count, metavar="N", help=f"how many passages are read ({TOP_K})"
    )
    return parent


def _models() -> argparse.ArgumentParser:
    parent = argparse.ArgumentParser(add_help=False)
    parent.add_argument(
        "--encoder", metavar="MODEL", help="sentence-transformers model, by folder or hub name"
    )
    parent.add_argument(
        "--reader", metavar="MODEL", help="transformers extractive reader, by folder or hub name"
    )
    return parent


def _count(word: str) -> int:
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word!r} is no number from 1 on")
    return int(word)


def _share(word: str) -> float:
    try:
        share = float(word)
    except ValueError:
        share = -1.0
    if not 0 <= share <= 1:
        raise argparse.ArgumentTypeError(f"{word!r} is no number from 0 to 1")
    return share


def _limit(words: str) -> tuple[str, float]:
    name, _, points = words.rpartition("=")
    try:
        return name, float(points)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{words!r} is not of the form em=2.5") from None
