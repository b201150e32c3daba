"""What can be said on the command line of ``python -m qa.train``."""

from __future__ import annotations

import argparse
from pathlib import Path


def parse(words: list[str]) -> argparse.Namespace:
    """The options that ``words`` give.

    Ends the process with status 2 where they make no sense, and with 0 after help.
    """
    parser = argparse.ArgumentParser(
        prog="python -m qa.train",
        description="Train an extractive reader on question-answer pairs, or fit the shipped one "
        "to your own. Stopped at any time, the same command goes on from where it was.",
    )
    parser.add_argument(
        "recipe", type=Path, metavar="CONFIG.toml", help="such as qa/train/reader.toml"
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="where the new reader goes"
    )
    parser.add_argument(
        "--data",
        type=Path,
        nargs="+",
        metavar="FILE",
        help="pairs as .jsonl, SQuAD .json or .csv, each maybe with .gz, in place of those in the "
        "recipe, which stand beside it; a file keeps the weight that the recipe gives its name",
    )
    parser.add_argument(
        "--archive", type=Path, metavar="DIR", help="has the articles of pairs without context"
    )
    parser.add_argument(
        "--init", metavar="MODEL", help="to start from, by folder or hub name (the shipped reader)"
    )
    parser.add_argument(
        "--teacher",
        nargs="+",
        metavar="MODEL",
        help="readers whose scores are learned beside the answers; the shipped one keeps what it "
        "knew from being forgotten",
    )
    parser.add_argument(
        "--minutes",
        type=_minutes,
        default=0.0,
        metavar="M",
        help="train so long, all stops left out, in place of the recipe's epochs",
    )
    parser.add_argument(
        "--checkpoint", type=Path, metavar="FOLDER", help="(FOLDER of --out).checkpoint"
    )
    parser.add_argument("--device", choices=("cpu", "cuda"), help="cuda where there is one")
    parser.add_argument("--seed", type=int, metavar="N", help="in place of the recipe's")
    parser.add_argument(
        "--limit", type=count, metavar="N", help="only the first N pairs of each file"
    )
    return parser.parse_args(words)


def count(word: str) -> int:
    """A number from 1 on."""
    if not word.isdecimal() or int(word) < 1:
        raise argparse.ArgumentTypeError(f"{word!r} is no number from 1 on")
    return int(word)


def _minutes(word: str) -> float:
    try:
        minutes = float(word)
    except ValueError:
        minutes = 0.0
    if not 0 < minutes < float("inf"):
        raise argparse.ArgumentTypeError(f"{word!r} is no number of minutes above 0")
    return minutes
