"""Boards of several kinds and zones: each shows what it can and what belongs there."""

import dataclasses
from datetime import UTC

import pytest

from devices.led import gb2312
from devices.led.board import Capabilities, Message, Motion, Picture
from devices.led.characters import readable
from display import raster
from display.edition import Edition, Pace, Surface, compose
from display.notice import Zone
from display.player import message, neutral_areas
from display.release import Known
from display.schedule import State, on_air
from display.screen import Screen
from kiosk.boards.plan import plan_for
from kiosk.settings import BoardSettings, Centre, Settings
from tests.display.builders import DAY, MORNING, WORDS, MemorySource, RecordingBoard, notice
from tests.display.test_station import Bench

RARE = "浉河区㙍镇龘苑小区改造工程"


def settings(*boards: BoardSettings) -> Settings:
    centre = Centre(name="抚顺市公共资源交易中心", region="210400", site="fushun")
    return Settings(centre=centre, boards=boards)


def board(card: str = "frame", name: str = "lobby", zone: Zone = Zone.LOBBY) -> BoardSettings:
    return BoardSettings(
        name=name, zone=zone.value, card=card, port="loop://", width=192, height=32
    )


def surface(card: str = "frame") -> Surface:
    made = board(card)
    return plan_for(settings(made), made).surface


def make(where: Surface, *titles: str) -> Edition:
    return compose(
        [notice(number, title=title) for number, title in enumerate(titles)],
        day=DAY,
        cut_over_at=MORNING,
        surface=where,
        pace=Pace(4.0),
        known=Known(),
        words=WORDS,
    )


def test_on_a_card_that_takes_pixels_alone_everything_stands_and_nothing_is_lost() -> None:
    made = make(surface(), "城市道路维修工程" * 6)
    assert made.pixels_per_second == 0
    assert len(made.pages) > 2
    assert not any(page.scrolls for page in made.pages)
    assert all(page.as_picture and 5 <= page.seconds <= 30 for page in made.pages)
    text = "".join(page.line for page in made.pages)
    assert text.startswith("城市道路维修工程" * 6)
    assert "FSGC-2026-0000" in text
    assert sum("FSGC-2026-0000" in page.line for page in made.pages) == 1, "no code is torn"


def test_a_rare_character_is_drawn_as_pixels_where_the_card_takes_them() -> None:
    assert gb2312.missing(RARE)
    drawn, coded = make(surface(), RARE), make(surface("bx-k"), RARE)
    assert RARE in "".join(page.line for page in drawn.pages)
    assert drawn.left_out == {}
    assert coded.pages == ()
    assert "浉" in coded.left_out["n0"]


def test_a_card_of_both_kinds_takes_text_where_it_can_and_pixels_where_it_must() -> None:
    both = dataclasses.replace(
        surface(), speeds=surface("bx-k").speeds, coded_text=True, lacking=gb2312.missing
    )
    made = make(both, "道路维修工程施工招标公告", RARE)
    forms = {page.notice_id: page.as_picture for page in made.pages}
    assert forms == {"n0": False, "n1": True}
    for index, page in enumerate(made.pages):
        told = message(
            _showing(made, index), made, both, MORNING, "抚顺市公共资源交易中心", with_clock=False
        )
        assert (told.picture is not None) is page.as_picture
        assert bool(told.areas) is not page.as_picture


def _showing(made: Edition, page: int):  # type: ignore[no-untyped-def]
    moment = MORNING
    while (showing := on_air(made, Screen(), moment, {})).page != page or (
        showing.state is not State.PAGE
    ):
        moment = showing.until
    return showing


def test_a_character_that_no_font_has_is_left_out_and_named() -> None:
    made = make(surface(), "工程\U000f0000")
    assert made.pages == ()
    assert "\U000f0000" in made.left_out["n0"]


class PictureBoard(RecordingBoard):
    capabilities = Capabilities((), 0, coded_text=False, pictures=True)


@pytest.mark.parametrize("minutes", [0, 5])
def test_a_picture_board_shows_pages_and_a_neutral_clock(minutes: int) -> None:
    made = board()
    bench = Bench(MemorySource(notice(1)), PictureBoard(), plan_for(settings(made), made))
    bench.run(3 + 60 * minutes)
    shown = bench.last
    assert shown.areas == ()
    assert isinstance(shown.picture, Picture)
    bench.source.withdrawn["n1"] = bench.at
    bench.source.version += 1
    bench.run(35)
    local = bench.at.astimezone(UTC)
    neutral = bench.last.picture
    assert neutral is not None
    areas = bench.plan.surface, bench.plan.centre
    expected = [
        raster.draw(
            message(
                on_air(None, Screen(), bench.at, {}),
                None,
                dataclasses.replace(areas[0], draw=None),
                bench.at,
                areas[1],
                with_clock=True,
            ).areas,
            width=192,
            height=32,
            elapsed_s=0,
            local=local.replace(tzinfo=None, hour=(local.hour + 8) % 24, minute=minute),
            glyphs=readable().rows,
        )
        for minute in (local.minute, local.minute - 1)
    ]
    assert neutral in expected


def texts(messages: list[Message]) -> str:
    return " ".join(area.text for message in messages for area in message.areas)


def test_each_board_shows_the_items_of_its_zone() -> None:
    source = MemorySource(
        notice(1),
        notice(2, zones=("lobby",)),
        notice(3, zones=("experts_corridor", "opening_area")),
    )
    boards = [board("bx-k"), board("bx-k", "corridor", Zone.EXPERTS_CORRIDOR)]
    shown = {}
    for made in boards:
        bench = Bench(source, made=plan_for(settings(*boards), made))
        bench.run(60)
        shown[made.name] = {n for n in (1, 2, 3) if f"第{n}号" in texts(bench.board.messages)}
    assert shown == {"lobby": {1, 2}, "corridor": {1, 3}}
    assert {name for name, _ in source.editions} == {"lobby", "corridor"}


def test_a_neutral_name_that_does_not_fit_scrolls_with_the_clock_below() -> None:
    narrow = dataclasses.replace(surface("bx-k"), width=128)
    name, clock = neutral_areas(narrow, "抚顺市公共资源交易中心", with_clock=True)
    assert (name.motion, name.pixels_per_second) == (Motion.LEFT, 64.0)
    assert clock.y == name.y + 16
    fits, _ = neutral_areas(surface("bx-k"), "抚顺市公共资源交易中心", with_clock=True)
    assert fits.motion is Motion.STATIC
    still = dataclasses.replace(surface("frame"), width=128)
    cut, _ = neutral_areas(still, "抚顺市公共资源交易中心", with_clock=True)
    assert cut.text == "抚顺市公共资源交"
