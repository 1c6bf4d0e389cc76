"""Our raster against the card's: the same page through the real driver, pixel by pixel."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.led import gb2312
from devices.led.board import Colour, Message, Motion, Picture, TextArea
from devices.led.bx_k import BxK
from devices.led.characters import readable
from devices.led.virtual.card import VirtualBoard
from devices.led.virtual.speeds import VIRTUAL_SPEEDS
from display.edition import Edition, Pace, Surface, compose
from display.notice import NoticeKind
from display.player import neutral_areas, page_areas
from display.raster import draw, missing, unrolled
from display.release import Known
from tests.display.builders import DAY, MORNING, WORDS, notice, surface

T = 1000.0
SET_AT = datetime(2026, 11, 23, 8, 59, 50)  # noqa: DTZ001
"""What the card's clock is set to at the second T; it keeps local time without a zone."""
GLYPHS = readable().rows


class DirectLine:
    """A line without a wire: the card has answered when the bytes are sent."""

    baud = 57600

    def __init__(self, card: VirtualBoard) -> None:
        self._card = card
        self._answer = b""

    def send(self, data: bytes, *, timeout_s: float) -> None:
        self._answer += b"".join(self._card.feed(data, T))

    def receive(self, *, timeout_s: float) -> bytes:
        answer, self._answer = self._answer, b""
        return answer

    def discard_input(self) -> int:
        return len(self.receive(timeout_s=0))

    def close(self) -> None:
        """Nothing is open."""


def board(width: int, height: int) -> tuple[BxK, VirtualBoard]:
    card = VirtualBoard(width, height, t=T)
    driver = BxK(DirectLine(card), width=width, height=height, speeds=VIRTUAL_SPEEDS)  # type: ignore[arg-type]
    driver.set_clock(SET_AT)
    return driver, card


def whole_edition(place: Surface) -> Edition:
    kinds = [kind for kind in NoticeKind if kind in WORDS]
    notices = [notice(number, kind=kind) for number, kind in enumerate(kinds)]
    notices += [
        notice(50, title="短讯", tender_no=""),
        notice(51, title="ABC-Z[{}]第1标段" * 9),
        notice(52, closes_at=MORNING + timedelta(days=9)),
    ]
    return compose(
        notices,
        day=DAY,
        cut_over_at=MORNING,
        surface=place,
        pace=Pace(4.0),
        known=Known(),
        words=WORDS,
    )


def agree(areas: Sequence[TextArea], width: int, height: int, seconds: Sequence[float]) -> None:
    driver, card = board(width, height)
    driver.show(Message(tuple(areas), 7200))
    for after in seconds:
        ours = draw(
            areas,
            width=width,
            height=height,
            elapsed_s=after,
            local=SET_AT + timedelta(seconds=after),
            glyphs=GLYPHS,
        )
        assert ours.pixels == card.pixels(T + after), (areas, after)


@pytest.mark.parametrize(
    ("width", "height"), [(192, 32), (256, 48), (384, 64), (640, 32), (128, 16)]
)
def test_a_whole_edition_is_drawn_as_the_card_draws_it(width: int, height: int) -> None:
    place = surface(width, height)
    edition = whole_edition(place)
    assert len(edition.pages) >= 10 and not edition.left_out
    scrolling = {page.scrolls for page in edition.pages}
    assert scrolling == ({True, False} if width >= 192 else {True})
    for page in edition.pages:
        # Eighths of a second have no rounding; the last moment is in the second pass.
        moments = [0.0, 0.125, 2.5, round(page.seconds * 4) / 8, page.seconds // 1 + 3.25]
        agree(page_areas(page, edition, place), width, height, moments)


@pytest.mark.parametrize(("width", "height"), [(192, 32), (384, 64), (128, 16)])
def test_the_neutral_page_with_its_clock(width: int, height: int) -> None:
    place = surface(width, height)
    areas = neutral_areas(place, "抚顺市公共资源交易中心", with_clock=True)
    agree(areas, width, height, [0.0, 9.5, 10.0, 3600.0])


def test_colours_and_rectangles_anywhere() -> None:
    areas = (
        TextArea(3, 1, 60, 20, "绿{minute}字{", colour=Colour.GREEN),
        TextArea(70, 0, 50, 25, "黄A", colour=Colour.YELLOW, font=24),
        TextArea(5, 26, 101, 20, "走过去", motion=Motion.LEFT, pixels_per_second=40),
    )
    agree(areas, 128, 48, [0.0, 0.625, 1.0, 3.0, 4.5, 60.0])


def test_a_clock_that_is_not_known_leaves_dashes() -> None:
    def drawn(text: str, local: datetime | None) -> Picture:
        areas = [TextArea(0, 0, 128, 16, text)]
        return draw(areas, width=128, height=16, elapsed_s=0, local=local, glyphs=GLYPHS)

    assert drawn("{year}-{hour}:{minute}", None) == drawn("-----" + "--:--", SET_AT)
    assert drawn("{month}{day}", SET_AT.replace(month=3, day=7)) == drawn("0307", None)


def test_a_line_that_scrolls_is_unrolled_in_full_length() -> None:
    heading = TextArea(0, 0, 64, 16, "招标公告")
    line = TextArea(0, 16, 64, 16, "第1号道路维修", motion=Motion.LEFT, pixels_per_second=64)
    picture = unrolled((heading, line), width=64, height=32, glyphs=GLYPHS)
    assert (picture.width, picture.height) == (13 * 8, 32)
    at_once = TextArea(0, 16, 104, 16, line.text)
    assert picture == draw(
        (heading, at_once), width=104, height=32, elapsed_s=0, local=None, glyphs=GLYPHS
    )
    # Every column of it passes the middle of the board, in order.
    for column in range(104):
        now = draw(
            (heading, line),
            width=64,
            height=32,
            elapsed_s=(32 + column) / 64,
            local=None,
            glyphs=GLYPHS,
        )
        for y in range(16, 32):
            assert now.pixels[y * 64 + 32] == picture.pixels[y * 104 + column]


def test_a_short_page_is_unrolled_to_the_board_and_text_that_stands_is_cut_as_there() -> None:
    areas = [TextArea(0, 0, 64, 16, "第1号道路维修"), TextArea(8, 16, 40, 16, "短")]
    picture = unrolled(areas, width=64, height=32, glyphs=GLYPHS)
    assert picture.width == 64
    assert picture == draw(areas, width=64, height=32, elapsed_s=5, local=None, glyphs=GLYPHS)


def test_a_line_that_would_run_over_another_area_is_not_unrolled() -> None:
    moving = TextArea(0, 0, 32, 16, "第1号道路", motion=Motion.LEFT, pixels_per_second=64)
    beside = TextArea(32, 0, 32, 16, "旁")
    with pytest.raises(ValueError, match="overlap"):
        unrolled([moving, beside], width=64, height=16, glyphs=GLYPHS)


@pytest.mark.parametrize(
    ("area", "said"),
    [
        (TextArea(0, 0, 65, 16, "字"), "area 0: 65x16 at 0,0 is outside the board of 64x16"),
        (TextArea(-1, 0, 10, 16, "字"), "outside"),
        (TextArea(0, 1, 10, 16, "字"), "outside"),
        (TextArea(0, 0, 0, 16, "字"), "outside"),
        (TextArea(0, 0, 10, 16, "字", font=24), "area 0: 16 px are too low for font 24"),
        (TextArea(0, 0, 10, 16, "字", motion=Motion.LEFT), r"area 0: it scrolls at 0.0"),
        (TextArea(0, 0, 10, 16, "字\u0301\n\u0301"), r"no font has '\\*u?.*U\+0301.*U\+000A"),
    ],
)
def test_what_cannot_be_drawn_is_refused(area: TextArea, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        draw([area], width=64, height=16, elapsed_s=0, local=None, glyphs=GLYPHS)
    with pytest.raises(ValueError, match=said):
        unrolled([area], width=64, height=16, glyphs=GLYPHS)


def test_nothing_was_shown_before_it_was_put_on_air() -> None:
    with pytest.raises(ValueError, match="elapsed"):
        draw([], width=64, height=16, elapsed_s=-0.1, local=None, glyphs=GLYPHS)


def test_a_page_of_nothing_is_dark() -> None:
    empty = TextArea(0, 0, 64, 16, "", motion=Motion.LEFT, pixels_per_second=8)
    for areas in ([], [empty]):
        picture = draw(areas, width=64, height=16, elapsed_s=3, local=None, glyphs=GLYPHS)
        assert picture == unrolled(areas, width=64, height=16, glyphs=GLYPHS)
        assert picture == Picture(64, 16, bytes(64 * 16))


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=12), st.sampled_from((16, 24, 32)))
def test_a_text_is_drawn_as_wide_as_it_is_counted_unless_characters_are_missing(
    text: str, font: int
) -> None:
    lacking = missing(text, glyphs=GLYPHS)
    assert lacking == missing(text, glyphs=GLYPHS, font=font)
    assert len(set(lacking)) == len(lacking) and set(lacking) <= set(gb2312.missing(text))
    area = TextArea(0, 0, 8, font, text, font=font, motion=Motion.LEFT, pixels_per_second=1)
    if lacking:
        with pytest.raises(ValueError, match="no font has"):
            unrolled([area], width=8, height=font, glyphs=GLYPHS)
        return
    picture = unrolled([area], width=8, height=font, glyphs=GLYPHS)
    assert picture.width == max(8, gb2312.cells(text) * font // 2)


def test_a_picture_card_lacks_less_than_a_font_card() -> None:
    text = "朱镕基、陶喆、㙍€\\"
    assert gb2312.missing(text) == "镕喆㙍€\\"
    assert missing(text, glyphs=GLYPHS) == ""
    assert missing("公\n😀公😀", glyphs=GLYPHS) == "\n😀"
