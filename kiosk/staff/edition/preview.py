"""预览: the pixels that a board is sent, at the speed at which it shows them (pure).

What is drawn is the message that the station gives to the board's driver: see
`display.player.message`. Coded text is drawn by `display.raster`, as the card draws it; a page that
goes out as pixels is those pixels. A card shows a page from the moment on at which it gets it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from devices.led.board import Message, Motion, Picture
from display import raster
from display.edition import Edition, Surface
from display.local_time import SHANGHAI
from display.player import NEUTRAL_REFRESH_S, message
from display.raster import Glyphs
from display.schedule import GAP, Showing, State
from kiosk.staff.edition.timeline import Ask, OnAir

COLOURS = ((30, 16, 14), (255, 52, 36), (64, 255, 72), (255, 214, 40))
"""Red, green and blue of a dot: dark, and of the three colours of `devices.led.board.Picture`."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One look at the preview."""

    moment: datetime
    showing: Showing
    edition: Edition | None
    picture: Picture

    @property
    def page(self) -> int | None:
        """The page on air, or the one that comes after the blank."""
        return self.showing.page


class Stage:
    """Draws what one board is told."""

    def __init__(self, surface: Surface, centre: str, glyphs: Glyphs) -> None:
        """`centre`: its name, for the neutral page."""
        self.surface = surface
        self._centre, self._glyphs = centre, glyphs
        self._dark = Picture(surface.width, surface.height, bytes(surface.width * surface.height))
        self._told: tuple[object, Edition | None, Message | None] = (None, None, None)
        self._drawn: tuple[object, Picture] = (None, self._dark)

    def picture(self, showing: Showing, edition: Edition | None, moment: datetime) -> Picture:
        """The board's pixels at a moment within `showing`; the same object while nothing moves.

        Raises ValueError for characters that no font has, and FontMissing.
        """
        told = self._message(showing, edition, moment)
        if told is None:
            return self._dark
        if told.picture is not None and not told.areas:
            return told.picture
        elapsed_s = (moment - _sent_at(showing, moment)).total_seconds()
        local = moment.astimezone(SHANGHAI).replace(tzinfo=None)
        moved = tuple(
            int(elapsed_s * area.pixels_per_second)
            for area in told.areas
            if area.motion is not Motion.STATIC
        )
        if self._drawn[0] != moved:
            drawn = raster.draw(
                told.areas,
                width=self.surface.width,
                height=self.surface.height,
                elapsed_s=elapsed_s,
                local=local,
                glyphs=self._glyphs,
            )
            self._drawn = moved, drawn
        return self._drawn[1]

    def warm(self, edition: Edition) -> None:
        """Draw every page once, so that no later look has to open a font. Raises as `picture`."""
        for number in range(len(edition.pages)):
            since = edition.cut_over_at
            showing = Showing(State.PAGE, since, since + timedelta(seconds=1), number)
            self.picture(showing, edition, since)

    def _message(
        self, showing: Showing, edition: Edition | None, moment: datetime
    ) -> Message | None:
        """What the station sends; None for a board that is dark."""
        if showing.state is State.DARK:
            return None
        at = _sent_at(showing, moment)
        key = showing.state, showing.page, at
        if self._told[0] != key or self._told[1] is not edition:
            told = message(showing, edition, self.surface, at, self._centre, with_clock=True)
            self._told, self._drawn = (key, edition, told), (None, self._dark)
        return self._told[2]


def _sent_at(showing: Showing, moment: datetime) -> datetime:
    """When the board is told; the neutral page again and again, with its clock."""
    if showing.state is not State.NEUTRAL:
        return showing.since
    return moment - timedelta(seconds=moment.timestamp() % NEUTRAL_REFRESH_S)


class Player:
    """Goes through the pages, or through the moments of a time line, at real speed.

    `now_s` counts seconds and never goes back; between two looks the player does nothing.
    """

    def __init__(self) -> None:
        self._ask: Ask | None = None
        self._begins: datetime | None = None
        self._since_s = 0.0
        self.playing = True

    @property
    def ready(self) -> bool:
        """Whether there is anything to look at."""
        return self._ask is not None

    def load(self, ask: Ask, moment: datetime, now_s: float) -> None:
        """Go on from a moment, of what `ask` tells."""
        self._ask, self._begins, self._since_s = ask, moment, now_s

    def clear(self) -> None:
        """Nothing to look at."""
        self._ask = self._begins = None
        self.playing = True

    def moment(self, now_s: float) -> datetime:
        """Which moment is looked at. ValueError before `load`."""
        if self._begins is None:
            raise ValueError("nothing is loaded")
        passed_s = now_s - self._since_s if self.playing else 0.0
        return self._begins + timedelta(seconds=passed_s)

    def play(self, now_s: float) -> None:
        """Go on."""
        self._since_s, self.playing = now_s, True

    def pause(self, now_s: float) -> None:
        """Stand still."""
        if self.playing and self._begins is not None:
            self._begins = self.moment(now_s)
        self.playing = False

    def look(self, stage: Stage, now_s: float) -> Seen:
        """What is seen now. Raises as `Stage.picture`; ValueError before `load`."""
        moment = self.moment(now_s)
        found = self._counts(moment)
        showing = found.showing(moment)
        picture = stage.picture(showing, found.edition, moment)
        return Seen(moment, showing, found.edition, picture)

    def step(self, pages: int, now_s: float) -> None:
        """To the beginning of the next page, or of the one before; neutral and dark have none."""
        moment = self.moment(now_s)
        found = self._counts(moment)
        showing, edition = found.showing(moment), found.edition
        if showing.page is None or edition is None:
            return
        on_air = showing.state is State.PAGE
        if pages > 0:
            self._go(showing.until + GAP if on_air else showing.until, now_s)
            return
        begins = showing.since - GAP if on_air else showing.since
        to = begins - timedelta(seconds=edition.pages[showing.page - 1].seconds)
        first = edition.cut_over_at + GAP
        self._go(to if to >= first else page_begins(edition, len(edition.pages) - 1), now_s)

    def show_page(self, edition: Edition, page: int, now_s: float) -> None:
        """To the beginning of a page."""
        self._go(page_begins(edition, page), now_s)

    def _go(self, moment: datetime, now_s: float) -> None:
        self._begins, self._since_s = moment, now_s

    def _counts(self, moment: datetime) -> OnAir:
        if self._ask is None:
            raise ValueError("nothing is loaded")
        return self._ask(moment)


def page_begins(edition: Edition, page: int) -> datetime:
    """When a page is first on air, unless others leave the edition before."""
    passed = sum(
        (GAP + timedelta(seconds=one.seconds) for one in edition.pages[:page]), timedelta()
    )
    return edition.cut_over_at + passed + GAP


def pages_only(edition: Edition) -> Ask:
    """The edition's pages round and round, whatever the hours of the screen."""
    return lambda _moment: OnAir(edition)


def rgb(picture: Picture) -> bytes:
    """Three bytes a dot, row after row from the top left."""
    out = bytearray(3 * len(picture.pixels))
    for channel in range(3):
        table = bytes(colour[channel] for colour in COLOURS) + bytes(252)
        out[channel::3] = picture.pixels.translate(table)
    return bytes(out)
