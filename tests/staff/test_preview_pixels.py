"""The preview against the virtual board: the same pixels, at the same speed, without a wait."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from devices.led.board import Picture
from devices.led.bx_k import BxK
from devices.led.characters import readable
from devices.led.virtual.card import VirtualBoard
from devices.led.virtual.speeds import VIRTUAL_SPEEDS
from display.edition import Edition
from display.local_time import SHANGHAI
from display.player import message
from display.schedule import State, on_air
from display.screen import Screen
from kiosk.staff.draft import Draft
from kiosk.staff.edition.ground import read_ground
from kiosk.staff.edition.making import Made, make
from kiosk.staff.edition.preview import Player, Stage, page_begins, pages_only, rgb
from tests.display.test_raster import DirectLine
from tests.staff.edition_store import DAY, HOUR, NOW, Bench, notice

T = 1000.0
"""The card's clock when a page is told."""


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    at = Bench(tmp_path)
    at.receive(
        notice("n1", 5),
        notice("n2", 6, title="短讯", tender_no=""),
        notice("n3", 7, title="ABC-Z[{}]第1标段" * 9),
        notice("n4", 50, opens_at=NOW + DAY, room="3 楼 302"),
        notice("n5", 60, closes_at=NOW + 9 * DAY),
    )
    yield at
    at.store.close()


def made_of(at: Bench, speed: float = 4.0) -> Made:
    ground = read_ground(at.store, at.settings, at.board, NOW)
    draft = Draft("lobby", ground.in_force)
    draft.change(characters_per_second=speed)
    found = make(ground, draft.arrangement)
    assert found.edition is not None
    return found


class Shown:
    """What the virtual board shows of an edition, told by the real driver, moment by moment."""

    def __init__(self, made: Made, width: int = 192, height: int = 32) -> None:
        self.made = made
        self.card = VirtualBoard(width, height, t=T)
        line = DirectLine(self.card)
        self.driver = BxK(line, width=width, height=height, speeds=VIRTUAL_SPEEDS)  # type: ignore[arg-type]
        self._told: object = None

    def pixels(self, after_s: float) -> bytes:
        """`after_s` seconds after the edition's cut-over."""
        made, edition = self.made, self.made.edition
        assert edition is not None
        moment = edition.cut_over_at + timedelta(seconds=after_s)
        showing = on_air(edition, Screen(), moment, {})
        told = showing.state, showing.since
        if told != self._told:
            self._told = told
            surface, centre = made.plan.surface, made.plan.centre
            self.driver.show(
                message(showing, edition, surface, showing.since, centre, with_clock=True)
            )
        return self.card.pixels(T + (moment - showing.since).total_seconds())


def length_s(edition: Edition) -> float:
    return (page_begins(edition, len(edition.pages)) - edition.cut_over_at).total_seconds()


def test_a_whole_edition_is_seen_as_the_board_shows_it_pixel_by_pixel(bench: Bench) -> None:
    made = made_of(bench)
    edition = made.edition
    assert edition is not None and len(edition.pages) >= 6
    assert {page.scrolls for page in edition.pages} == {True, False}
    player, board = Player(), Shown(made)
    # The preview was opened at any second of this program, and is looked at in its own frames.
    player.load(pages_only(edition), edition.cut_over_at, 77.0)
    after_s, pages, looked = 0.0, set(), 0
    while after_s < length_s(edition) + 3:
        seen = player.look(made.stage, 77.0 + after_s)
        assert seen.picture.pixels == board.pixels(after_s), (after_s, seen.showing)
        pages.add(seen.page)
        looked += 1
        after_s += 0.109375
    assert pages == set(range(len(edition.pages))) and looked > 300


def test_no_step_of_a_scrolling_line_is_left_out(bench: Bench) -> None:
    made = made_of(bench)
    edition = made.edition
    assert edition is not None
    page = next(n for n, one in enumerate(edition.pages) if one.scrolls)
    begins_s = (page_begins(edition, page) - edition.cut_over_at).total_seconds() + 2
    player, board = Player(), Shown(made)
    player.load(pages_only(edition), edition.cut_over_at, 0.0)
    seen = []
    for number in range(60):
        after_s = begins_s + number / 64
        picture = player.look(made.stage, after_s).picture
        assert picture.pixels == board.pixels(after_s)
        seen.append(picture.pixels)
    assert len(set(seen)) == 60, "at 64 dots a second, each look is a dot further"


def columns(picture: bytes, width: int, top: int) -> tuple[bytes, ...]:
    """The columns of a line of 16 dots."""
    rows = [picture[y * width : (y + 1) * width] for y in range(top, top + 16)]
    return tuple(bytes(row[x] for row in rows) for x in range(width))


def moved(first: bytes, then: bytes, width: int = 192) -> int:
    """How many columns the lower line went to the left between two looks."""
    before, after = columns(first, width, 16), columns(then, width, 16)
    dark = bytes(16)
    for shift in range(1, width - 32):
        kept = before[shift:]
        if after[: width - shift] == kept and any(column != dark for column in kept):
            return shift
    raise AssertionError("the line has nothing in common with itself")


@pytest.mark.parametrize("speed", [2.0, 4.0, 5.5, 6.0])
def test_the_text_moves_as_fast_as_on_the_board(bench: Bench, speed: float) -> None:
    made = made_of(bench, speed)
    edition = made.edition
    assert edition is not None
    page = max(
        (n for n, one in enumerate(edition.pages) if one.scrolls),
        key=lambda n: len(edition.pages[n].line),
    )
    begins_s = (page_begins(edition, page) - edition.cut_over_at).total_seconds()
    player, board = Player(), Shown(made)
    player.load(pages_only(edition), edition.cut_over_at, 0.0)
    from_s = begins_s + 192 / edition.pixels_per_second
    dots = {"preview": 0, "board": 0}
    steps, step_s = 16, 0.25
    for number in range(steps):
        one, two = from_s + number * step_s, from_s + (number + 1) * step_s
        dots["board"] += moved(board.pixels(one), board.pixels(two))
        dots["preview"] += moved(
            player.look(made.stage, one).picture.pixels,
            player.look(made.stage, two).picture.pixels,
        )
    measured = dots["preview"] / (steps * step_s)
    assert measured == pytest.approx(dots["board"] / (steps * step_s), rel=0.02)
    assert measured == pytest.approx(edition.pixels_per_second, rel=0.02)
    assert edition.pixels_per_second == pytest.approx(speed * edition.cell, rel=0.02)


def test_a_card_that_takes_pixels_is_sent_the_very_bytes_of_the_preview(tmp_path: Path) -> None:
    at = Bench(tmp_path, card="frame")
    at.receive(notice("n1", 5), notice("n2", 6, title="浉河区㙍镇道路招标公告"))
    made = made_of(at)
    edition = made.edition
    assert edition is not None and all(page.as_picture for page in edition.pages)
    player = Player()
    for number in range(len(edition.pages)):
        begins = page_begins(edition, number)
        player.load(pages_only(edition), begins, 0.0)
        showing = on_air(edition, Screen(), begins, {})
        told = message(
            showing, edition, made.plan.surface, begins, made.plan.centre, with_clock=True
        )
        assert told.picture is not None and not told.areas
        assert player.look(made.stage, 0.5).picture == told.picture
    at.store.close()


def test_pause_pages_and_the_way_round(bench: Bench) -> None:
    made = made_of(bench)
    edition = made.edition
    assert edition is not None
    last = len(edition.pages) - 1
    player = Player()
    player.load(pages_only(edition), edition.cut_over_at, 10.0)
    assert player.look(made.stage, 10.0).showing.state is State.BLANK
    player.step(1, 10.1)
    assert (player.look(made.stage, 10.1).page, player.moment(10.1)) == (0, page_begins(edition, 0))
    player.step(1, 12.0)
    assert player.moment(12.0) == page_begins(edition, 1)
    player.pause(13.0)
    still = player.look(made.stage, 13.0)
    assert player.look(made.stage, 99.0).picture is still.picture
    assert player.moment(99.0) == page_begins(edition, 1) + timedelta(seconds=1)
    player.step(-1, 99.0)
    assert player.moment(120.0) == page_begins(edition, 0)
    player.step(-1, 120.0)
    assert player.look(made.stage, 121.0).page == last
    player.play(130.0)
    assert player.moment(131.0) == page_begins(edition, last) + timedelta(seconds=1)
    player.step(1, 131.0)
    assert player.look(made.stage, 131.0).page == 0


def test_while_nothing_moves_nothing_is_drawn(bench: Bench) -> None:
    made = made_of(bench)
    edition = made.edition
    assert edition is not None
    standing = next(n for n, page in enumerate(edition.pages) if not page.scrolls)
    player = Player()
    player.load(pages_only(edition), page_begins(edition, standing), 0.0)
    first = player.look(made.stage, 0.0).picture
    assert all(player.look(made.stage, s / 30).picture is first for s in range(60))


def test_the_time_line_tells_what_the_board_shows_then(bench: Bench) -> None:
    made = made_of(bench)
    line, edition = made.timeline, made.edition
    assert edition is not None
    tomorrow = NOW + DAY
    before = edition.cut_over_at - timedelta(seconds=1)
    assert line.at(before).showing(before).state is State.NEUTRAL
    begun = line.at(edition.cut_over_at)
    assert begun.edition == edition
    moment = edition.cut_over_at + timedelta(hours=3, seconds=17)
    player = Player()
    player.load(line.at, moment, 0.0)
    seen = player.look(made.stage, 0.0)
    showing = on_air(edition, made.plan.screen, moment, {})
    assert (seen.showing.state, seen.page) == (showing.state, showing.page)
    saturday = tomorrow + 3 * DAY
    assert saturday.astimezone(SHANGHAI).isoweekday() == 6
    assert line.at(saturday).showing(saturday).state is State.NEUTRAL
    midnight = (tomorrow + DAY).astimezone(SHANGHAI).replace(hour=0, minute=30)
    assert line.at(midnight).showing(midnight).state is State.NEUTRAL, "never yesterday's edition"
    now = line.at(NOW + HOUR)
    assert now.edition is not None and now.edition.day == NOW.astimezone(SHANGHAI).date()


def test_the_neutral_page_has_the_clock_of_the_moment(bench: Bench) -> None:
    made = made_of(bench)
    moment = (NOW + DAY).astimezone(SHANGHAI).replace(hour=3, minute=7)
    player = Player()
    player.load(made.timeline.at, moment, 0.0)
    at_seven = player.look(made.stage, 0.0).picture
    assert player.look(made.stage, 20.0).picture.pixels == at_seven.pixels
    assert player.look(made.stage, 61.0).picture.pixels != at_seven.pixels
    board = Shown(made)
    board.driver.set_clock(moment.replace(tzinfo=None))
    showing = on_air(None, Screen(), moment, {})
    told = message(showing, None, made.plan.surface, moment, made.plan.centre, with_clock=True)
    board.driver.show(told)
    assert board.card.pixels(T) == at_seven.pixels


def test_dots_become_colours() -> None:
    assert rgb(Picture(2, 2, bytes((0, 1, 2, 3)))) == bytes(
        (30, 16, 14, 255, 52, 36, 64, 255, 72, 255, 214, 40)
    )


def test_a_stage_is_dark_when_the_screen_is(bench: Bench) -> None:
    made = made_of(bench)
    stage = Stage(made.plan.surface, made.plan.centre, readable().rows)
    showing = on_air(None, Screen((None,) * 7), NOW, {})
    assert showing.state is State.DARK
    assert not any(stage.picture(showing, None, NOW).pixels)
