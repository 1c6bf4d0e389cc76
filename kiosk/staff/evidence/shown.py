"""What a board showed at a moment of the past, by its record."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import ValidationError

from devices.led.board import Picture
from display.edition import Arranged, Edition, Page
from display.evidence import Entry, Kind, Proof
from display.journal import TEST_CARD
from display.pictures import png
from display.schedule import State
from kiosk.boards.in_force import Decided
from kiosk.boards.plan import plan_for
from kiosk.boards.programme import Programme, line_dropped
from kiosk.evidence.led_picture import strips
from kiosk.settings import Settings, SettingsError
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import site_channel


@dataclass(frozen=True, slots=True)
class Shown:
    """What is known of one moment."""

    moment: datetime
    entry: Entry | None = None
    """Of what the board was told last; None: nothing is recorded up to then."""
    page: Page | None = None
    pages: int = 0
    """Of its edition."""
    arranged: Arranged | None = None
    drawn: bytes = b""
    """PNG of the LEDs; empty where it is not known what they showed."""
    in_settings: bool = True
    """Whether the board is one of this terminal's settings, which tell its size."""
    test_by: str = ""
    """Who had the test card shown then, in place of all that; empty: nobody."""
    dropped: Entry | None = None
    """With which, after `entry`, it ended that it is known what the board shows; None: it did not.
    """

    @property
    def state(self) -> State | None:
        """Page, neutral or dark; None for what cannot be read."""
        told = None if self.entry is None else self.entry.facts.get("showing")
        return State(told) if told in list(State) else None


def shown_at(
    store: TerminalStore, settings: Settings, board: str, moment: datetime, now: datetime
) -> Shown:
    """What `board` showed at `moment`, which is not after `now`. Raises StoreError, NotAnEntry."""
    entry = store.entry_at(board, moment, Kind.ON_AIR)
    set_up = next((each for each in settings.boards if each.name == board), None)
    if entry is None:
        return Shown(moment, in_settings=set_up is not None)
    test = _test_card_at(store, board, moment, entry)
    dropped = line_dropped(store, test or entry, moment)
    if test is not None:
        return Shown(moment, test, test_by=str(test.facts.get("by")), dropped=dropped)
    edition = _edition_of(store, board, entry)
    page = None
    if edition is not None:
        number = entry.facts.get("page")
        if isinstance(number, int) and 0 <= number < len(edition.pages):
            page = edition.pages[number]
    drawn = b""
    if set_up is not None:
        try:
            measured = store.calibration(board)
            read = Decided(store, site_channel(settings.centre.site)).read(board)
            plan = plan_for(
                settings,
                set_up,
                measured.speeds if measured else None,
                in_force=read.standing(board, now).in_force_at(moment),
            )
            picture = Programme(set_up, plan, store).told_picture(moment)
        except (SettingsError, ValueError):
            # Another size, or an edition of a later program: its words are told all the same.
            picture = None
        drawn = b"" if picture is None else _leds(picture)
    return Shown(
        moment,
        entry,
        page,
        len(edition.pages) if edition is not None else 0,
        edition.arranged if edition is not None else None,
        drawn,
        set_up is not None,
        dropped=dropped,
    )


def _test_card_at(store: TerminalStore, board: str, moment: datetime, told: Entry) -> Entry | None:
    """The entry of the test card, if that was the last thing that the board took."""
    entry = store.entry_at(board, moment, Kind.TECHNICIAN)
    if entry is None or entry.number < told.number or entry.facts.get("action") != TEST_CARD:
        return None
    return entry if entry.facts.get("state") in (Proof.ACKNOWLEDGED, Proof.READ_BACK) else None


def _edition_of(store: TerminalStore, board: str, entry: Entry) -> Edition | None:
    if entry.facts.get("showing") != State.PAGE:
        return None
    text = store.edition_text(board, str(entry.facts.get("edition")))
    if text is None:
        return None
    try:
        return Edition.kept(text)
    except ValidationError:
        return None


def _leds(picture: Picture) -> bytes:
    drawn, _, _ = next(strips(png(picture), picture.width, 0))
    return drawn
