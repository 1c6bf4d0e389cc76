"""What a board was, is or will be told to show, without touching it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from devices.led.board import Picture, TextArea
from devices.led.characters import readable
from display import raster
from display.edition import Edition, compose
from display.evidence import Entry, Kind, Proof
from display.local_time import SHANGHAI
from display.player import MARGIN_S, neutral_areas, page_areas
from display.schedule import Showing, State, cut_over_at, end_of
from display.todays_edition import Plan
from kiosk.boards.source import MOST_ITEMS
from kiosk.evidence.summary import known_until
from kiosk.settings import BoardSettings
from kiosk.store.terminal import TerminalStore

PROVEN = (Proof.ACKNOWLEDGED, Proof.READ_BACK)


@dataclass(frozen=True, slots=True)
class Programme:
    """What one board is to show, from the settings and the terminal's store."""

    board: BoardSettings
    plan: Plan
    store: TerminalStore
    neutral: bool = False
    """Staff held the neutral page at the moment in question."""

    def edition_at(self, moment: datetime, now: datetime) -> tuple[Edition | None, bool]:
        """The edition that counts at `moment`, and whether it is kept (else: as it would be).

        For a day without one it is made from what is released here at `now`; None on
        a day of rest, and before the cut-over. Raises pydantic's ValidationError for a kept text
        that this program cannot read.
        """
        day = moment.astimezone(SHANGHAI).date()
        made = [Edition.kept(text) for text in self.store.editions(self.board.name, day)]
        begun = [edition for edition in made if edition.cut_over_at <= moment]
        if made:
            return (begun[-1] if begun else None), True
        due = cut_over_at(day, self.plan.cut_over)
        if moment < due or end_of(day) <= now:
            return None, False
        return self.composed(day, due, now), False

    def composed(self, day: date, due: datetime, now: datetime) -> Edition | None:
        """The edition of `day` as it would be made of what is released at `now`."""
        calendar = self.plan.calendar
        if calendar is not None and not calendar.day(day).working:
            return None
        known = min(due, now)
        return compose(
            (n for n in self.store.board_items(known, MOST_ITEMS) if n.published_at <= known),
            projects=[
                notice
                for notice in self.store.projects_opening(cut_over_at(day, time(0)), end_of(day))
                if notice.published_at <= known
            ],
            day=day,
            cut_over_at=due,
            surface=self.plan.surface,
            pace=self.plan.pace,
            known=self.store.known(),
            words=self.plan.words,
            choices=self.plan.choices,
            arranged=self.plan.arranged,
        )

    def withdrawn(self, edition: Edition | None) -> Mapping[str, datetime]:
        """When each notice left the edition's pages, also those that came back corrected."""
        gone = {} if edition is None else self.store.withdrawals_since(edition.cut_over_at)
        return {**self.store.known().withdrawn, **gone}

    def published_after(self, edition: Edition, now: datetime) -> int:
        """How many notices of this board's zone were published after the edition was made."""
        zone = self.plan.surface.zone
        return sum(
            edition.cut_over_at < notice.published_at <= now
            and (not notice.zones or zone in notice.zones)
            for notice in self.store.board_items(now, MOST_ITEMS)
        )

    def told_picture(self, moment: datetime) -> Picture | None:
        """The pixels of what the board was told last before `moment`, by the evidence.

        None if that is not known: nothing noted, a technician's text, a page that ran out, a line
        that was lost since, or a program that began anew.
        Raises as `edition_at` and `picture` do.
        """
        board = self.board.name
        entry = self.store.entry_at(board, moment, Kind.ON_AIR)
        technician = self.store.entry_at(board, moment, Kind.TECHNICIAN)
        if entry is None or (technician is not None and technician.number > entry.number):
            return None
        if line_dropped(self.store, entry, moment) is not None:
            return None
        ended = ran_out_at(self.store, board, entry)
        state = State(str(entry.facts["showing"]))
        if entry.facts["state"] not in PROVEN or (ended is not None and ended < moment):
            return None
        edition, page = None, None
        if state is State.PAGE:
            text = self.store.edition_text(board, str(entry.facts["edition"]))
            if text is None:
                return None
            edition, page = Edition.kept(text), int(entry.facts["page"])
        return self.picture(Showing(state, entry.at, moment, page), edition, moment)

    def picture(self, showing: Showing, edition: Edition | None, moment: datetime) -> Picture:
        """The board's pixels at `moment`, within `showing`.

        ValueError for an edition that was made for a board of another size.
        """
        surface, elapsed_s = self.plan.surface, 0.0
        areas: tuple[TextArea, ...] = ()
        if showing.state is State.NEUTRAL:
            areas = neutral_areas(surface, self.plan.centre, with_clock=True)
        elif showing.state is State.PAGE and edition is not None and showing.page is not None:
            areas = page_areas(edition.pages[showing.page], edition, surface)
            elapsed_s = (moment - showing.since).total_seconds()
        return raster.draw(
            areas,
            width=surface.width,
            height=surface.height,
            elapsed_s=elapsed_s,
            local=moment.astimezone(SHANGHAI).replace(tzinfo=None),
            glyphs=readable().rows,
        )


def line_dropped(store: TerminalStore, entry: Entry, moment: datetime) -> Entry | None:
    """The entry by which, up to and with `moment`, what the board was told is not known any more.

    Raises StoreError, NotAnEntry.
    """
    after = moment + timedelta.resolution
    return known_until(entry, store.entries(entry.board, entry.at, after, kind=Kind.LINK))


def ran_out_at(store: TerminalStore, board: str, entry: Entry) -> datetime | None:
    """When the page that an ON_AIR entry tells of was gone from the card at the latest.

    None for what is no page, and for a page whose edition is not kept.
    """
    if entry.facts.get("showing") != State.PAGE:
        return None
    text = store.edition_text(board, str(entry.facts["edition"]))
    if text is None:
        return None
    page = Edition.kept(text).pages[int(entry.facts["page"])]
    return entry.at + timedelta(seconds=page.seconds + MARGIN_S)
