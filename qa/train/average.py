"""``python -m qa.train.average``: readers of one kind → one with the mean of their weights.

Runs that began from the same weights mostly end near enough to each other for that, and the mean
reads as well as the best of them or better (Wortsman et al. 2022, arXiv:2203.05482).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from index.console import exit_status
from index.errors import UsageError
from index.weights import digest, locate


def main(words: list[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 done, 1 it failed, 2 wrong use."""
    parser = argparse.ArgumentParser(
        prog="python -m qa.train.average",
        description="Make one reader of several that were trained from the same start, with the "
        "mean of their weights. It takes no longer to read with than one of them.",
    )
    parser.add_argument("readers", nargs="+", metavar="READER", help="by folder or hub name")
    parser.add_argument(
        "--shares",
        type=_share,
        nargs="+",
        metavar="S",
        help="how much each counts beside the others (the same)",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="where the new reader goes"
    )
    options = parser.parse_args(sys.argv[1:] if words is None else words)
    return exit_status(
        "python -m qa.train.average",
        lambda: _average(options.readers, options.shares, options.out),
        "Stopped; nothing is written.",
    )


def _average(names: list[str], given: list[float] | None, out: Path) -> int:
    parts = given or [1.0] * len(names)
    if len(parts) != len(names):
        raise UsageError(f"--shares has {len(parts)} numbers for {len(names)} readers.")
    shares = [part / sum(parts) for part in parts]
    folders = [locate(name) for name in names]
    # Seconds of import, which showing help or errors does not need.
    from qa.train.models import averaged, check_free, export, made

    check_free(out)
    model = averaged(folders, shares)
    told = [
        {"model": digest(folder), "share": share, "made": made(folder)}
        for folder, share in zip(folders, shares, strict=True)
    ]
    export(model, folders[0], out, {"averaged": told})
    print(f"{out}: a reader with the mean of {len(folders)} readers' weights.")
    print(f"Is it better? python -m qa.train.check {out} --against {folders[0]} PAIRS...")
    return 0


def _share(word: str) -> float:
    try:
        share = float(word)
    except ValueError:
        share = 0.0
    if not 0 < share < float("inf"):
        raise argparse.ArgumentTypeError(f"{word!r} is no number above 0")
    return share


if __name__ == "__main__":
    sys.exit(main())
