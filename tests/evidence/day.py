"""A board's day in a store: an edition with pictures, its showings, a withdrawal, some trouble."""

from datetime import datetime, timedelta

from devices.led.characters import readable
from display.edition import Edition, Pace, compose
from display.evidence import Kind, Proof, moment_text, page_facts
from display.notice import Notice
from display.pictures import png
from display.player import page_areas
from display.raster import unrolled
from display.release import Known
from kiosk.store.terminal import TerminalStore
from tests.display.builders import DAY, MORNING, WORDS, notice, surface

BOARD = "lobby"
SECOND = timedelta(seconds=1)


def some_notices(count: int) -> list[Notice]:
    return [notice(number) for number in range(1, count + 1)]


def edition_of(notices: list[Notice]) -> Edition:
    return compose(
        notices,
        day=DAY,
        cut_over_at=MORNING,
        surface=surface(),
        pace=Pace(4.0, items=len(notices)),
        known=Known(),
        words=WORDS,
    )


def pictures_of(edition: Edition) -> list[bytes]:
    glyphs = readable().rows
    where = surface()
    return [
        png(
            unrolled(
                page_areas(page, edition, where),
                width=where.width,
                height=where.height,
                glyphs=glyphs,
            )
        )
        for page in edition.pages
    ]


def keep(store: TerminalStore, edition: Edition, made_at: datetime = MORNING) -> None:
    text = edition.model_dump_json()
    store.keep_edition(BOARD, edition.day, edition.id, made_at, text, pictures_of(edition))


def show(store: TerminalStore, edition: Edition, at: datetime, page: int, last: Proof) -> None:
    """One page told to the board, and what came of it."""
    notice_id = edition.pages[page].notice_id
    store.record(BOARD, at, Kind.ON_AIR, page_facts(edition.id, page, notice_id, at, Proof.SENT))
    if last is not Proof.SENT:
        facts = page_facts(edition.id, page, notice_id, at, last)
        store.record(BOARD, at + SECOND / 5, Kind.ON_AIR, facts)


def fill(store: TerminalStore, notices: list[Notice], rounds: int) -> Edition:
    """The day from before the cut-over on; every page `rounds` times, 10 s each."""
    made = edition_of(notices)

    def note(after_s: float, kind: Kind, **facts: object) -> None:
        store.record(BOARD, MORNING + after_s * SECOND, kind, facts)

    note(-600, Kind.LINK, state="connected")
    note(-599, Kind.ON_AIR, showing="neutral", state="acknowledged", due=moment_text(MORNING))
    note(-300, Kind.TECHNICIAN, action="show", text="测试文字 Test")
    keep(store, made)
    for count in range(rounds * len(made.pages)):
        page = count % len(made.pages)
        last = (
            Proof.REFUSED if count == 1 else Proof.READ_BACK if count == 2 else Proof.ACKNOWLEDGED
        )
        show(store, made, MORNING + (1 + 10 * count) * SECOND, page, last)
    end = 10 * rounds * len(made.pages)
    note(end + 1, Kind.LINK, state="lost", reason="NoReply")
    note(end + 31, Kind.LINK, state="connected")
    learned_at = moment_text(MORNING + (end + 40) * SECOND)
    gone = made.pages[0].notice_id
    note(end + 42.1, Kind.WITHDRAWAL, notice=gone, learned_at=learned_at, state="acknowledged")
    note(end + 50, Kind.ALARM, what="withdrawal not acknowledged", notice=gone)
    note(end + 60, Kind.ON_AIR, showing="dark", state="acknowledged", due=learned_at)
    return made
