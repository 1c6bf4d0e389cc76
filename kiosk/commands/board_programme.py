"""`mingtang board at|edition|recompose`: what a board shows and why, without touching it."""

import argparse
import getpass
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from devices.led.board import Picture
from display.edition import Edition, cautions
from display.evidence import Entry, Kind
from display.local_time import SHANGHAI
from display.pictures import braille, png
from display.schedule import Showing, State, cut_over_at, end_of, on_air
from display.timing import Caution, loop_s, viewing_distance_m
from kiosk.boards.in_force import Decided
from kiosk.boards.keeper import Kept, only_one
from kiosk.boards.plan import plan_for
from kiosk.boards.programme import Programme, ran_out_at
from kiosk.commands.display import board_named
from kiosk.commands.moments import HELP, day_of, now_or_moment, told
from kiosk.commands.running import Problem, settings_of, terminal_store
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import site_channel

CAUTIONS = {
    Caution.TOO_FAST: "scrolls at {value:g} characters/s: above {limit:g} few can follow",
    Caution.FEW_VISIBLE: "only {value:.1f} characters are seen at once: {limit:g} or more wanted",
    Caution.LOOP_LONGER_THAN_WAIT: "the loop lasts {value:.0f} s, a visitor waits {limit:.0f} s: "
    "take fewer items or a higher speed",
}
UNREADABLE = (
    "the kept edition cannot be read by this program: `mingtang board evidence --check` tells "
    "whether it was changed"
)
SAME_SHOWING = timedelta(seconds=2)
"""A page that was told this near to the moment reckoned now is the same showing."""


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
        "day, or from what is released by now; of the past also what the board was told, which "
        "counts where both differ. The board itself is not asked.",
    )
    at.add_argument("moment", type=now_or_moment, metavar="TIME", help=f"now, {HELP}")
    at.add_argument("--png", type=Path, metavar="FILE", help="draw it into FILE, a pixel a dot")
    at.set_defaults(run=run_at)
    edition = tools.add_parser(
        "edition",
        parents=parents,
        help="the pages of a day's edition, and what was left out",
        description="Lists the kept edition of DAY, or the one that would be made of what is "
        "released by now, with its timing, its warnings and what is left out and why.",
    )
    edition.add_argument("day", nargs="?", type=day_of, metavar="DAY", help="default: today")
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
    now = datetime.now(UTC)
    with _programme(args, now, moment) as programme:
        store, board = programme.store, programme.board.name
        edition, kept = _edition_at(programme, moment, now)
        if programme.neutral:
            print("staff asked for the neutral page; it was not ended by then")
            edition = None
        withdrawn = programme.withdrawn(edition)
        showing = on_air(edition, programme.plan.screen, moment, withdrawn)
        past = moment <= now
        if past:
            noted = showing
            if showing.state is State.BLANK:
                # Blanks are not noted: what was told last is what was on air before.
                just_before = showing.since - timedelta.resolution
                noted = on_air(edition, programme.plan.screen, just_before, withdrawn)
            print(*_recorded(store, board, moment, noted, edition), sep="\n")
        print(f"{told(moment)}{', as planned' if past else ''}: {_said(showing, edition)}")
        print(f"until: {told(showing.until)}")
        if edition is not None:
            origin = "kept" if kept else "not made yet: of what is released by now"
            print(f"edition: {edition.id} of {edition.day} ({origin})")
        if showing.state is State.PAGE and edition is not None and showing.page is not None:
            page = edition.pages[showing.page]
            print(f"notice: {page.notice_id}, official since {told(page.published_at)}")
            if page.official_url:
                print(f"source: {page.official_url}")
            if past:
                print(f"proof: {_proof(store, board, showing, edition)}")
        picture = _drawn(programme, showing, edition, moment, past=past)
    if picture is None:
        print("no picture: what the board showed then is not known from the evidence")
    elif args.png is not None:
        _write(args.png, png(picture))
        print(f"picture: {args.png}")
    elif any(picture.pixels):
        print(braille(picture))
    return 0


def _drawn(
    programme: Programme,
    showing: Showing,
    edition: Edition | None,
    moment: datetime,
    *,
    past: bool,
) -> Picture | None:
    """Of the past what the board was told, else what it will be; None: nobody knows."""
    try:
        if past:
            return programme.told_picture(moment)
        return programme.picture(showing, edition, moment)
    except ValidationError:
        raise Problem(UNREADABLE) from None
    except ValueError as problem:
        raise Problem(
            f"it cannot be drawn, it was made for a board of another size: {problem}"
        ) from None


def _edition_at(
    programme: Programme, moment: datetime, now: datetime
) -> tuple[Edition | None, bool]:
    try:
        return programme.edition_at(moment, now)
    except ValidationError:
        raise Problem(UNREADABLE) from None


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


def _recorded(
    store: TerminalStore, board: str, moment: datetime, showing: Showing, edition: Edition | None
) -> Iterator[str]:
    """What the chain of evidence says of a moment of the past, and whether it says otherwise."""
    entry = store.entry_at(board, moment, Kind.ON_AIR)
    if entry is None:
        yield "the board was told: nothing is recorded up to then"
        return
    facts = entry.facts
    what = str(facts.get("showing"))
    if what == State.PAGE:
        page = int(facts["page"]) + 1
        what = f"page {page} of edition {facts['edition']}, notice {facts['notice']}"
    unproven = ", the clock not being proven" if facts.get("unproven") is True else ""
    yield (
        f"the board was told: {what}, at {told(entry.at)}{unproven}: {facts.get('state')} "
        f"(entry {entry.number})"
    )
    technician = store.entry_at(board, moment, Kind.TECHNICIAN)
    if technician is not None and technician.number > entry.number:
        done = technician.facts
        text = f" “{done['text']}”" if "text" in done else ""
        yield (
            f"then a technician: {done.get('action')}{text}, at {told(technician.at)}: "
            f"{done.get('state')} (entry {technician.number})"
        )
    if (ended := ran_out_at(store, board, entry)) is not None and ended < moment:
        yield f"that page ran out by {told(ended)}: the card then shows its own neutral page"
    link = store.entry_at(board, moment, Kind.LINK)
    if link is not None and link.number > entry.number:
        yield (
            f"the line: {link.facts.get('state')} at {told(link.at)}, nothing was told after that "
            f"(entry {link.number})"
        )
    if not _agrees(entry, showing, edition):
        yield (
            "these differ: the settings or the notices were others then, or the program did not "
            "run; what the board was told counts"
        )


def _agrees(entry: Entry, showing: Showing, edition: Edition | None) -> bool:
    """Whether what was told last is what the schedule says now."""
    facts = entry.facts
    if facts.get("showing") != State.PAGE:
        return facts.get("showing") == showing.state
    if edition is None or facts["edition"] != edition.id:
        return False
    due = datetime.fromisoformat(facts["due"])
    return (
        showing.state is State.PAGE
        and facts["page"] == showing.page
        and abs(due - showing.since) < SAME_SHOWING
    )


def run_edition(args: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    today = now.astimezone(SHANGHAI).date()
    day: date = args.day or today
    edition: Edition | None = None
    with _programme(args, now, end_of(day) - timedelta.resolution) as programme:
        kept = programme.store.edition(programme.board.name, day)
        if kept is not None:
            try:
                edition = Edition.kept(kept)
            except ValidationError:
                raise Problem(UNREADABLE) from None
        elif day >= today:
            edition = programme.composed(day, cut_over_at(day, programme.plan.cut_over), now)
        withdrawn = programme.withdrawn(edition)
        later = programme.published_after(edition, now) if edition is not None else 0
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
        left = withdrawn.get(page.notice_id)
        mark = f"  [withdrawn at {told(left)}]" if left is not None else ""
        print(f"{number:4} {page.seconds:5.1f} s {manner}{form}  {page.notice_id}: {texts}{mark}")
    if edition.arranged is not None:
        made = edition.arranged
        print(
            f"arrangement {made.digest[:16]}: by {made.proposed_by}, approved by {made.approved_by}"
        )
    for notice_id, reason in edition.left_out.items():
        others = [n for n, page in enumerate(edition.pages, 1) if page.notice_id == notice_id]
        # A notice of an opening of today has a page of its own besides.
        what = f"its notice's page (page {others[0]} shows its opening): " if others else ""
        print(f"left out: {notice_id}: {what}{reason}")
    if later:
        print(f"published after the cut-over: {later}, for the next edition")
    pace = plan.pace
    if kept is not None and edition.pixels_per_second:
        speed = edition.pixels_per_second / edition.cell
        pace = replace(pace, characters_per_second=speed)
    for warned in cautions(edition, plan.surface, pace):
        words = CAUTIONS[warned.caution].format(value=warned.value, limit=warned.limit)
        print(f"warning: {words}")
    if plan.calendar is not None and not plan.calendar.day(day).known:
        print(f"warning: nobody has told the holidays of {day.year}: add them to the table")
    if not plan.calibrated and edition.pixels_per_second in plan.surface.speeds:
        print("warning: the card's speeds are assumed: `mingtang board calibrate` measures them")
    return 0


def run_recompose(args: argparse.Namespace) -> int:
    now = datetime.now(UTC)
    with _programme(args, now, now) as programme:
        store, board = programme.store, programme.board.name
        day = now.astimezone(SHANGHAI).date()
        if store.edition(board, day) is None:
            raise Problem(f"board {board} has no edition of {day} yet: there is nothing to replace")
        store.ask_recompose(board, now, getpass.getuser())
        runs = _is_kept(args, board)
    when = "makes today's edition anew now" if runs else "does so when it is started today"
    print(f"asked: `mingtang display --board {board}` {when}, and notes it")
    return 0


def _is_kept(args: argparse.Namespace, board: str) -> bool:
    """Whether a `mingtang display` runs for the board."""
    try:
        with only_one(terminal_store(settings_of(args, "terminal")).parent, board):
            return False
    except Kept:
        return True


@contextmanager
def _programme(args: argparse.Namespace, now: datetime, moment: datetime) -> Iterator[Programme]:
    """Of the board that is meant, under the arrangement that is in force at `moment`, as far as
    is decided `now`; its store is open meanwhile."""
    settings = settings_of(args, "terminal", "boards")
    board = board_named(settings, args.board)
    with closing(TerminalStore(terminal_store(settings), create=False)) as store:
        measured = store.calibration(board.name)
        read = Decided(store, site_channel(settings.centre.site)).read(board.name)
        speeds = measured.speeds if measured else None
        plan = plan_for(
            settings, board, speeds, in_force=read.standing(board.name, now).in_force_at(moment)
        )
        yield Programme(board, plan, store, read.neutral_at(board.name, moment))


def _write(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as problem:
        raise Problem(f"{path}: {problem.strerror}") from None
