"""`mingtang board at|edition|recompose`: what a board shows and why, without touching it."""

import argparse
import getpass
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from display.edition import Edition, cautions
from display.evidence import Kind
from display.local_time import SHANGHAI
from display.pictures import braille, png
from display.schedule import Showing, State, cut_over_at, on_air
from display.timing import Caution, loop_s, viewing_distance_m
from kiosk.boards.plan import plan_for
from kiosk.boards.programme import Programme
from kiosk.commands.display import board_named
from kiosk.commands.moments import HELP, moment_of, told
from kiosk.commands.running import Problem, settings_of, terminal_store
from kiosk.store.terminal import TerminalStore

CAUTIONS = {
    Caution.TOO_FAST: "scrolls at {value:g} characters/s: above {limit:g} few can follow",
    Caution.FEW_VISIBLE: "only {value:.1f} characters are seen at once: {limit:g} or more wanted",
    Caution.LOOP_LONGER_THAN_WAIT: "the loop lasts {value:.0f} s, a visitor waits {limit:.0f} s: "
    "take fewer items or a higher speed",
}


def add(tools: Any, shared: argparse.ArgumentParser) -> None:
    which = argparse.ArgumentParser(add_help=False)
    which.add_argument(
        "--board", metavar="NAME", help="a board of the settings (default: the only one)"
    )
    parents = [shared, which]
    at = tools.add_parser(
        "at",
        parents=parents,
        help="what shows at a moment, past or future",
        description="Prints and draws what the board shows at TIME: from the kept edition of that "
        "day, or from what is released by now. The board itself is not asked.",
    )
    at.add_argument("moment", type=moment_of, metavar="TIME", help=HELP)
    at.add_argument("--png", type=Path, metavar="FILE", help="draw it into FILE, a pixel a dot")
    at.set_defaults(run=run_at)
    edition = tools.add_parser(
        "edition",
        parents=parents,
        help="the pages of a day's edition, and what was left out",
        description="Lists the kept edition of DAY, or the one that would be made of what is "
        "released by now, with its timing, its warnings and what is left out and why.",
    )
    edition.add_argument(
        "day", nargs="?", type=date.fromisoformat, metavar="DAY", help="default: today"
    )
    edition.set_defaults(run=run_edition)
    recompose = tools.add_parser(
        "recompose",
        parents=parents,
        help="make today's edition anew, now",
        description="Asks the board's process to make today's edition anew, with the settings and "
        "the notices of now. The wish and the new edition are kept as evidence.",
    )
    recompose.set_defaults(run=run_recompose)


def run_at(args: argparse.Namespace) -> int:
    moment: datetime = args.moment
    with closing(_store(args)) as store:
        programme = _programme(args, store)
        edition, kept = programme.edition_at(moment, datetime.now(UTC))
        withdrawn = store.known().withdrawn
        showing = on_air(edition, programme.plan.screen, moment, withdrawn)
        picture = programme.picture(showing, edition, moment)
        print(f"{told(moment)}: {_said(showing, edition)}")
        print(f"until: {told(showing.until)}")
        if edition is not None:
            origin = "kept" if kept else "not made yet: of what is released by now"
            print(f"edition: {edition.id} of {edition.day} ({origin})")
        if showing.state is State.PAGE and edition is not None and showing.page is not None:
            page = edition.pages[showing.page]
            print(f"notice: {page.notice_id}, official since {told(page.published_at)}")
            if page.official_url:
                print(f"source: {page.official_url}")
            print(f"proof: {_proof(store, programme.board.name, showing, edition)}")
    if args.png is not None:
        _write(args.png, png(picture))
        print(f"picture: {args.png}")
    elif showing.state is not State.DARK:
        print(braille(picture))
    return 0


def _said(showing: Showing, edition: Edition | None) -> str:
    if showing.state is State.PAGE and edition is not None and showing.page is not None:
        page = edition.pages[showing.page]
        manner = "scrolls" if page.scrolls else "stands"
        return f"page {showing.page + 1} of {len(edition.pages)}, {manner}: " + " / ".join(
            text for text in (page.heading, page.line) if text
        )
    return {
        State.BLANK: "the blank between two pages",
        State.NEUTRAL: "the neutral page: name of the centre and clock",
        State.DARK: "dark: outside the screen hours",
    }[showing.state]


def _proof(store: TerminalStore, board: str, showing: Showing, edition: Edition) -> str:
    """How far the chain of evidence proves that this page was shown."""
    states = [
        str(entry.facts["state"])
        for entry in store.entries(board, showing.since, max(showing.until, showing.since))
        if entry.kind is Kind.ON_AIR
        and entry.facts.get("edition") == edition.id
        and entry.facts.get("page") == showing.page
    ]
    return ", ".join(dict.fromkeys(states)) or "none in the evidence"


def run_edition(args: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    today = now.astimezone(SHANGHAI).date()
    day: date = args.day or today
    edition: Edition | None = None
    with closing(_store(args)) as store:
        programme = _programme(args, store)
        kept = store.edition(programme.board.name, day)
        if kept is not None:
            edition = Edition.model_validate_json(kept)
        elif day >= today:
            edition = programme.composed(day, cut_over_at(day, programme.plan.cut_over), now)
    if edition is None:
        print(f"{day}: no edition" + (": a day of rest" if day >= today else " is kept"))
        return 0
    origin = "kept" if kept is not None else "not made yet: of what is released by now"
    print(f"edition {edition.id} of {edition.day}, {origin}")
    plan, loop = programme.plan, loop_s(edition.pages)
    print(
        f"from {told(edition.cut_over_at)}; {len(edition.pages)} pages, the loop lasts {loop:.0f} s"
    )
    if programme.board.pitch_mm is not None:
        distance = viewing_distance_m(edition.cell, programme.board.pitch_mm)
        print(
            f"readable from {distance:.0f} m ({edition.cell} dots of {programme.board.pitch_mm} mm)"
        )
    for number, page in enumerate(edition.pages, 1):
        manner = "scrolls" if page.scrolls else "stands"
        form = ", as pixels" if page.as_picture else ""
        texts = " / ".join(text for text in (page.heading, page.line) if text)
        print(f"{number:4} {page.seconds:5.1f} s {manner}{form}  {page.notice_id}: {texts}")
    for notice_id, reason in edition.left_out.items():
        print(f"left out: {notice_id}: {reason}")
    for warned in cautions(edition, plan.surface, plan.pace):
        words = CAUTIONS[warned.caution].format(value=warned.value, limit=warned.limit)
        print(f"warning: {words}")
    if plan.calendar is not None and not plan.calendar.day(day).known:
        print(f"warning: nobody has told the holidays of {day.year}: add them to the table")
    if not plan.calibrated:
        print("warning: the card's speeds are assumed: `mingtang board calibrate` measures them")
    return 0


def run_recompose(args: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    with closing(_store(args)) as store:
        board = _programme(args, store).board.name
        day = now.astimezone(SHANGHAI).date()
        if store.edition(board, day) is None:
            raise Problem(f"board {board} has no edition of {day} yet: there is nothing to replace")
        store.ask_recompose(board, now, getpass.getuser())
    print(f"asked: `mingtang display --board {board}` makes today's edition anew and notes it")
    return 0


def _programme(args: argparse.Namespace, store: TerminalStore) -> Programme:
    settings = settings_of(args, "terminal", "boards")
    board = board_named(settings, args.board)
    measured = store.calibration(board.name)
    return Programme(board, plan_for(settings, board, measured.speeds if measured else None), store)


def _store(args: argparse.Namespace) -> TerminalStore:
    settings = settings_of(args, "terminal", "boards")
    return TerminalStore(terminal_store(settings), create=False)


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as problem:
        raise Problem(f"{path}: {problem.strerror}") from None
