"""Editions: official words, at a readable pace, only what the gate releases."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.led import gb2312
from display.edition import Edition, Pace, compose
from display.glyphs import SUBSTITUTES, for_board
from display.notice import Notice, NoticeKind
from display.release import Known
from display.timing import (
    dwell_s,
    nearest_speed,
    pixels_per_second,
    readable_speeds,
    scroll_s,
)
from tests.display.builders import DAY, MORNING, WORDS, notice, surface


def make(*notices: Notice, known: Known | None = None, **pace: object) -> Edition:
    return compose(
        notices,
        day=DAY,
        cut_over_at=MORNING,
        surface=surface(),
        pace=Pace(4.0, **pace),  # type: ignore[arg-type]
        known=known or Known(),
        words=WORDS,
    )


def test_a_page_says_what_the_notice_says() -> None:
    closes = MORNING + timedelta(days=3)
    page = make(notice(7, closes_at=closes)).pages[0]
    assert page.heading == "招标公告 11-23 07:30"
    assert page.line == "第7号道路维修工程施工招标公告　编号 FSGC-2026-0007　投标截止 11-26 08:30"
    assert page.scrolls
    assert page.published_at == MORNING - timedelta(hours=1)
    assert page.official_url == "https://example.cn/7"


def test_only_released_notices_of_the_moment_get_in() -> None:
    made = make(
        notice(1),
        notice(2, published_at=MORNING + timedelta(seconds=1)),
        notice(3, valid_until=MORNING),
        notice(4, zones=("experts_corridor",)),
        notice(5),
        known=Known(withdrawn={"n5": MORNING}),
    )
    assert [page.notice_id for page in made.pages] == ["n1"]
    assert "第2号" not in made.model_dump_json()


def test_short_text_stands_and_long_text_scrolls_for_exactly_its_way() -> None:
    standing = make(notice(1, title="短标题", tender_no="")).pages[0]
    assert not standing.scrolls
    assert standing.seconds == dwell_s(len(standing.heading + standing.line), slow=False)
    scrolling = make(notice(1)).pages[0]
    width = gb2312.cells(scrolling.line) * 8
    assert scrolling.seconds == pytest.approx((192 + width) / 64)


def test_a_very_long_title_becomes_several_pages_and_no_number_is_torn() -> None:
    title = "关于" + "城市道路维修" * 40 + "编号ABC-2026-000123456789（第二次）"
    made = make(notice(1, title=title, tender_no=""))
    assert len(made.pages) > 1
    assert "".join(page.line for page in made.pages) == title
    assert sum("ABC-2026-000123456789" in page.line for page in made.pages) == 1
    assert all(page.seconds <= 45 for page in made.pages)


def test_characters_that_the_font_lacks_never_reach_the_board() -> None:
    made = make(notice(1, title="囍龘工程"), notice(2, title="二〇二六年㎡•工程\\{hour}"))
    assert set(made.left_out) == {"n1"}
    assert "龘" in made.left_out["n1"]
    assert made.pages[0].line.startswith("二○二六年平方米·工程＼｛hour｝")


def test_the_edition_is_limited_and_says_what_was_left_out() -> None:
    made = make(*[notice(number) for number in range(5)], items=3)
    assert [page.notice_id for page in made.pages] == ["n0", "n1", "n2"]
    assert set(made.left_out) == {"n3", "n4"}


def test_equal_editions_have_equal_ids_and_survive_json() -> None:
    first, second = make(notice(1)), make(notice(1))
    assert first.id == second.id != make(notice(2)).id
    assert Edition.model_validate_json(first.model_dump_json()) == first
    assert Edition.model_validate_json(first.model_dump_json()).id == first.id


def test_award_candidates_tell_the_end_of_their_publicity() -> None:
    until = MORNING + timedelta(days=3)
    page = make(notice(1, kind=NoticeKind.CANDIDATES, objections_until=until)).pages[0]
    assert page.line.endswith("公示至 11-26 08:30")


@given(st.text(max_size=60))
def test_no_text_is_composed_that_the_driver_would_refuse(title: str) -> None:
    made = make(notice(1, title=title.strip() or "空"))
    for page in made.pages:
        assert not gb2312.missing(page.line)
        assert not set(page.line) & set("\\{}\n")


def test_substitutes_are_in_the_font() -> None:
    assert not [form for form in SUBSTITUTES.values() if gb2312.missing(form)]
    assert for_board("〇•\\") == "○·＼"
    assert for_board("5½米 10²") == "5½米 10²", "numbers keep their value, or stay away"


@pytest.mark.parametrize("speed", [1.9, 6.1, 0, -4])
def test_speeds_that_nobody_can_read_are_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="characters per second"):
        pixels_per_second(speed, 16)


def test_pace_arithmetic() -> None:
    assert pixels_per_second(4.0, 16) == 64
    assert pixels_per_second(4.0, 32) == 128
    assert nearest_speed(60.0, (128.0, 64.0, 48.0)) == 64.0
    assert scroll_s(640, 192, 64) == 13
    assert dwell_s(4, slow=False) == 5
    assert dwell_s(40, slow=False) == 12
    assert dwell_s(40, slow=True) == 18
    assert dwell_s(400, slow=True) == 30


@pytest.mark.parametrize(
    ("width", "height", "cell", "lines"),
    [(192, 32, 16, 2), (192, 64, 24, 2), (256, 64, 32, 2), (160, 48, 16, 2), (128, 16, 16, 1)],
)
def test_at_least_eight_characters_are_seen_at_once(
    width: int, height: int, cell: int, lines: int
) -> None:
    made = surface(width, height)
    assert (made.cell, made.lines) == (cell, lines)
    assert width >= 8 * cell


@pytest.mark.parametrize("width", [128, 192, 1408, 1472, 2048])
@pytest.mark.parametrize("speed", [2.0, 4.0, 6.0])
def test_any_width_makes_pages_that_die_in_a_minute(width: int, speed: float) -> None:
    title = "城市道路维修工程" * 40
    made = compose(
        [notice(1, title=title, tender_no="")], day=DAY, cut_over_at=MORNING,
        surface=surface(width), pace=Pace(speed), known=Known(), words=WORDS,
    )  # fmt: skip
    assert title in "".join(page.line for page in made.pages)
    assert len(made.pages) < 30
    for page in made.pages:
        assert page.seconds <= 45
        assert page.scrolls or surface(width).text_width(page.line) <= width


def test_a_narrow_board_keeps_the_official_time_in_the_line() -> None:
    made = compose(
        [notice(1)], day=DAY, cut_over_at=MORNING, surface=surface(128), pace=Pace(4.0),
        known=Known(), words=WORDS,
    )  # fmt: skip
    assert made.pages[0].heading == "招标公告"
    assert made.pages[0].line.startswith("11-23 07:30 ")


def test_speeds_that_nobody_reads_are_never_chosen() -> None:
    assert readable_speeds((256.0, 96.0, 32.0, 16.0), 16) == (96.0, 32.0)
    with pytest.raises(ValueError, match="people can read"):
        readable_speeds((256.0, 200.0), 16)


@pytest.mark.parametrize(
    "whole",
    [
        "￥12,000,000.00元",
        "２０２６－１２３４５６",
        "2026年11月23日09时30分",
        "99.5%",
        "a.b@example.cn",
        "FSGC-2026-0001",
    ],
)
def test_amounts_dates_and_codes_are_never_torn(whole: str) -> None:
    for filling in range(190, 215):
        made = make(notice(1, title="字" * filling + whole + "字" * 40, tender_no=""))
        assert any(whole in page.line for page in made.pages), filling
