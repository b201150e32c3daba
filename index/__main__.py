"""``python -m index``: put articles in, list, remove, search and check them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from index.adding import Summary
from index.archive import Archive
from index.articles import estimate, read_articles
from index.console import exit_status
from index.default import open_archive
from index.output import hit_as_json
from index.progress import Progress
from index.records import Filters


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit status: 0 done, 1 the work failed, 2 wrong use."""
    options = _parser().parse_args(arguments)
    return exit_status(
        "python -m index",
        lambda: _run(options),
        "Stopped. What was finished is kept; run it again to go on.",
    )


def _run(options: argparse.Namespace) -> int:
    with _opened(options) as archive:
        command: Callable[[Archive, argparse.Namespace], int] = options.run
        return command(archive, options)


@contextmanager
def _opened(options: argparse.Namespace) -> Iterator[Archive]:
    with Progress("setting up the sample articles") as shown:
        archive = open_archive(options.archive, options.encoder, shown, create=options.run is _add)
    try:
        yield archive
    finally:
        archive.close()


def _add(archive: Archive, options: argparse.Namespace) -> int:
    with Progress("adding", estimate(options.names)) as shown:
        summary = archive.add(read_articles(options.names), shown)
    _report(summary)
    return 1 if summary.problems else 0


def _report(summary: Summary) -> None:
    for id, other in summary.copies:
        print(f"copy: {id} has the same text as {other}; left out")
    for count, what in (
        (summary.added, "added"),
        (summary.changed, "changed"),
        (summary.unchanged, "unchanged"),
        (len(summary.copies), "copies left out"),
        (len(summary.problems), "could not be read"),
    ):
        if count:
            print(f"{count:,} {what}")
    if not summary.seen:
        print("nothing to add")
    if summary.passages and summary.seconds:
        rate = summary.passages / summary.seconds
        print(f"{summary.passages:,} passages in {summary.seconds:.1f} s ({rate:.0f} a second)")


def _list(archive: Archive, options: argparse.Namespace) -> int:
    for article in archive.articles(_filters(options)):
        if options.json:
            fields = asdict(article)
            del fields["text"]
            print(json.dumps(fields, ensure_ascii=False))
        else:
            print(f"{article.id}\t{article.published[:10]}\t{article.source}\t{article.title}")
    return 0


def _remove(archive: Archive, options: argparse.Namespace) -> int:
    gone = archive.remove(options.ids)
    for id in gone:
        print(f"removed: {id}")
    missing = [id for id in options.ids if id not in gone]
    for id in missing:
        print(f"{id}: no such article; python -m index list shows what there is.", file=sys.stderr)
    return 1 if missing else 0


def _search(archive: Archive, options: argparse.Namespace) -> int:
    for hit in archive.search(options.words, options.top_k, _filters(options)):
        if options.json:
            print(json.dumps(hit_as_json(hit), ensure_ascii=False))
        else:
            passage, article = hit.passage, hit.article
            print(f"{hit.rank}. {article.title} ({article.source}, {article.published[:10]})")
            print(f"   {' '.join(passage.text.split())}\n")
    return 0


def _verify(archive: Archive, options: argparse.Namespace) -> int:
    findings = archive.verify()
    for id, fault in findings.faults:
        print(f"{id or archive.folder}: {fault}")
    for view in findings.rebuilt:
        print(f"the {view} view did not match the catalog and was made anew")
    print(f"{findings.articles:,} articles and {findings.passages:,} passages checked")
    if findings.faults:
        print("Add the articles named above again to replace what is damaged.")
    return 1 if findings.faults else 0


def _filters(options: argparse.Namespace) -> Filters:
    return Filters(options.since or "", options.until or "", tuple(options.source or ()))


def _parser() -> argparse.ArgumentParser:
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument(
        "--archive",
        type=Path,
        metavar="DIR",
        help="the archive's folder; without it, one of yours that begins with the sample articles",
    )
    shared.add_argument(
        "--encoder",
        metavar="MODEL",
        help="sentence-transformers model, by folder or hub name, instead of the shipped one",
    )
    filters = argparse.ArgumentParser(add_help=False)
    filters.add_argument("--since", metavar="DAY", help="only from this day on: 2022-10-18")
    filters.add_argument("--until", metavar="DAY", help="only up to this day")
    filters.add_argument("--source", action="append", help="only this source; may be repeated")
    as_json = argparse.ArgumentParser(add_help=False)
    as_json.add_argument("--json", action="store_true", help="one JSON object a line")

    parser = argparse.ArgumentParser(prog="python -m index", description=__doc__.split(": ")[1])
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    add = commands.add_parser(
        "add",
        parents=[shared],
        help="add or update articles",
        description="Add articles. What is unchanged is skipped; a changed article replaces its "
        "old text. Each thing that cannot be read is named, and the rest goes in.",
    )
    add.add_argument(
        "names",
        nargs="+",
        metavar="PATH",
        help="file (.txt .md .html .pdf .docx .jsonl .csv), folder, feed or http(s) address",
    )
    add.set_defaults(run=_add)
    listing = commands.add_parser(
        "list", parents=[shared, filters, as_json], help="list the articles, newest first"
    )
    listing.set_defaults(run=_list)
    remove = commands.add_parser("remove", parents=[shared], help="remove articles")
    remove.add_argument("ids", nargs="+", metavar="ID", help="as shown by list")
    remove.set_defaults(run=_remove)
    search = commands.add_parser(
        "search", parents=[shared, filters, as_json], help="find passages, without reading them"
    )
    search.add_argument("words", help="a question or some words")
    search.add_argument("--top-k", type=int, default=10, help="how many passages (10)")
    search.set_defaults(run=_search)
    verify = commands.add_parser(
        "verify", parents=[shared], help="check everything stored, and repair the search views"
    )
    verify.set_defaults(run=_verify)
    return parser


if __name__ == "__main__":
    sys.exit(main())
