"""`mingtang board evidence`: exports and checks the record of what a board showed."""

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kiosk.commands.moments import end_of, moment_of, told
from kiosk.commands.running import Problem, positive, settings_of, terminal_store
from kiosk.settings import Settings

if TYPE_CHECKING:
    from display.evidence import Entry
    from kiosk.evidence.export import Exported
    from kiosk.store.terminal import TerminalStore


NEWEST = 0
"""--check without a number."""
DIGEST_LENGTH = 64
"""Hex digits of an SHA-256."""


def add(tools: Any, shared: argparse.ArgumentParser) -> None:
    parser = tools.add_parser(
        "evidence",
        parents=[shared],
        help="export what a board showed, so that others can check it",
        description="Writes a folder with the record of the time from FROM until TO, the editions "
        "and their pictures, a report (PDF) and a program that checks all of it. Times are those "
        "of Beijing: 2026-11-23, 2026-11-23T08:30 or '2026-11-23 08:30'. What happens at TO is no "
        "longer in it; a day alone as TO means until the end of that day. With --check it checks "
        "the whole record on this terminal instead, with every edition and picture that it names, "
        "and prints the digest of its newest entry, and of entry NUMBER if that is given: compare "
        "it with the first and the last entry of an export. With --export too it says whether that "
        "export is as this terminal wrote it, which no export can say of itself.",
        epilog="Exit 0: done, and the record is whole. 1: not done, or the record is broken. "
        "2: wrong use.",
    )
    parser.add_argument(
        "since", type=moment_of, metavar="FROM", nargs="?", help="a day or a moment"
    )
    parser.add_argument("until", type=end_of, metavar="TO", nargs="?", help="a day or a moment")
    parser.add_argument("--out", type=Path, metavar="DIR", help="a new or empty folder")
    parser.add_argument("--board", metavar="NAME", help="which board (default: the only one)")
    parser.add_argument(
        "--check",
        type=positive,
        nargs="?",
        const=NEWEST,
        metavar="NUMBER",
        help="check the record on this terminal; print this entry's digest too",
    )
    parser.add_argument(
        "--export",
        metavar="DIR|DIGEST",
        help="with --check: an export, or the export digest that its check.py prints",
    )
    parser.set_defaults(run=run, wrong_use=parser.error)


def run(args: argparse.Namespace) -> int:
    times = [args.since, args.until, args.out]
    if args.check is not None and any(value is not None for value in times):
        args.wrong_use("--check takes neither times nor --out")
    if args.export is not None and args.check is None:
        args.wrong_use("--export goes with --check")
    if args.check is None and any(value is None for value in times):
        args.wrong_use("FROM, TO and --out are needed, or --check")
    settings = settings_of(args, "terminal")
    from display.evidence import NotAnEntry
    from kiosk.store.terminal import TerminalStore

    with TerminalStore(terminal_store(settings), create=False) as store:
        board = _board(args.board, store.boards_with_evidence())
        try:
            if args.check is not None:
                broken = _check(store, board, args.check)
                return broken if args.export is None else _check_export(store, args.export) | broken
            return _export(args, settings, store, board)
        except NotAnEntry as problem:
            raise Problem(f"the record is broken: {problem}") from None


def _board(name: str | None, known: tuple[str, ...]) -> str:
    if not known:
        raise Problem("nothing was ever recorded of a board on this terminal")
    names = ", ".join(known)
    if name is None and len(known) > 1:
        raise Problem(f"which board? say --board with one of: {names}")
    if name is not None and name not in known:
        raise Problem(f"nothing was recorded of a board called {name}; there is: {names}")
    return name or known[0]


def _check(store: "TerminalStore", board: str, number: int) -> int:
    from display.evidence import first_break
    from kiosk.evidence.kept import flaws

    head = store.last_entry(board)
    broken = first_break(store.stretch(board, last=head.number)) if head else None
    if broken is not None or head is None:
        what = "there is no entry" if broken is None else f"entry {broken.number} {broken.flaw}"
        print(f"BROKEN: board {board}: {what}")
        return 1
    asked = store.entry(board, number) if number else head
    if asked is None:
        raise Problem(f"board {board} has no entry {number}: the newest is {head.number}")
    found = tuple(flaws(store, board, head.number))
    for flaw in found:
        print(f"BROKEN: board {board}: {flaw}")
    if not found:
        print(
            f"whole: board {board}: {head.number} entries, no gap, no change; "
            "their editions and pictures are as they were"
        )
    if asked != head:
        print(f"entry: {_sealed(asked)}")
    print(f"head: {_sealed(head)}")
    return 1 if found else 0


def _check_export(store: "TerminalStore", export: str) -> int:
    """Whether an export, or its digest, is one that this terminal noted when it wrote it."""
    from display.evidence import TERMINAL_RECORD, Kind, first_break
    from kiosk.evidence.check import Checked
    from kiosk.staff.acts import export_entry

    digest = "".join(export.split()).lower()
    problems: list[str] = []
    if len(digest) != DIGEST_LENGTH or set(digest) - set("0123456789abcdef"):
        if not Path(export).is_dir():
            raise Problem(f"{export}: there is no such folder, and it is no export digest")
        checked = Checked(Path(export))
        digest, problems = checked.sums, checked.problems
    broken = first_break(store.stretch(TERMINAL_RECORD))
    if broken is not None:
        problems.append(f"this terminal's own record: entry {broken.number} {broken.flaw}")
    noted = export_entry(store.entries(TERMINAL_RECORD, kind=Kind.TECHNICIAN), digest)
    if digest and noted is None:
        problems.append(f"this terminal wrote no export with the digest {digest}")
    for problem in problems:
        print(f"BROKEN: export: {problem}")
    if noted is not None and not problems:
        by = f" by {noted.facts['by']}" if noted.facts["by"] else ""
        print(f"export: as this terminal wrote it at {told(noted.at)}{by} (entry {noted.number})")
    return 1 if problems else 0


def _note(store: "TerminalStore", board: str, done: "Exported", result: str) -> None:
    from display.evidence import TERMINAL_RECORD, Kind
    from display.trusted_time import trusted_time
    from kiosk.clocks import read_clocks
    from kiosk.staff.acts import export_facts

    now = read_clocks()
    time = trusted_time(now, contact=store.contact(), last=store.last_moment())
    proven = time is not None and time.proven
    at = time.at if time is not None and proven else now.wall
    facts = export_facts(None, board, done.numbers, done.sums, result, proven=proven)
    store.record(TERMINAL_RECORD, at, Kind.TECHNICIAN, facts)


def _export(
    args: argparse.Namespace, settings: Settings, store: "TerminalStore", board: str
) -> int:
    since, until = args.since, args.until
    if since >= until:
        raise Problem(f"FROM is not before TO: {told(since)}, {told(until)}")
    from kiosk import words
    from kiosk.evidence.check import Checked
    from kiosk.evidence.export import FolderInUse, NothingRecorded, Request, export
    from kiosk.fonts import FontMissing, ui_face

    cache = terminal_store(settings).parent / "cache" / "fonts"
    request = Request(board, since, until, args.out, settings.centre.name, datetime.now(UTC))
    try:
        faces = ui_face("Regular", cache), ui_face("Bold", cache)
        done = export(store, request, faces, words.load("zh"), words.load("en"))
        problems = Checked(args.out).problems
    except (FolderInUse, NothingRecorded, FontMissing) as problem:
        raise Problem(str(problem)) from None
    except OSError as problem:
        raise Problem(
            f"{args.out}: the export is not complete, delete it: {problem.strerror}"
        ) from None
    _note(store, board, done, "exported_broken" if problems else "exported")
    count = done.last.number - done.first.number + 1
    print(
        f"{args.out}: {count} entries of board {board}, {done.editions} editions, "
        f"{done.pictures} pictures"
    )
    print(f"first: {_sealed(done.first)}")
    print(f"last:  {_sealed(done.last)}")
    print(f"export: {done.sums}")
    if problems:
        print(*(f"BROKEN: {problem}" for problem in problems), sep="\n")
        return 1
    print(f"whole; anyone can check it: python3 {args.out / 'check.py'}")
    return 0


def _sealed(entry: "Entry") -> str:
    return f"entry {entry.number}, {told(entry.at)}, {entry.digest}"
