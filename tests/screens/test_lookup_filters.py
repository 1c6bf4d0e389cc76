"""What narrows a lookup down, and what is offered when nothing is found."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from display.notice import Category, NoticeKind
from kiosk import words
from kiosk.home.model import today
from kiosk.lookup.filters import (
    CATEGORIES,
    COUNT_CAP,
    KINDS,
    MENUS,
    PERIODS,
    Chosen,
    Counts,
    chip_text,
    choices,
    named,
    number_text,
)
from kiosk.lookup.model import MOST_WAYS, LookupModel, loosened, shortened
from kiosk.store.filters import Filters

AT = datetime(2026, 11, 23, 1, 12, tzinfo=UTC)
ZH = words.load("zh")
COUNTS = Counts(
    known=True,
    categories={"construction": 12},
    kinds={"tender": 7, "award": COUNT_CAP + 1},
    regions={"望花区": 3, "顺城区": 9},
)


def test_every_choice_has_a_word_in_both_languages() -> None:
    for language in ("zh", "en"):
        said = words.load(language)
        for menu in MENUS:
            assert chip_text(menu, Chosen(), said)
            assert all(choice.text for choice in choices(menu, Chosen(), Counts(), said))
    assert set(KINDS) == set(NoticeKind)
    assert set(CATEGORIES) <= set(Category)


def test_choices_become_the_stores_filters() -> None:
    assert Chosen().filters(AT) == Filters(AT)
    chosen = Chosen("land", "award", "month", "望花区", open_now=True, openings=True)
    found = chosen.filters(AT)
    assert (found.category, found.kind) == (Category.LAND, NoticeKind.AWARD)
    assert (found.region, found.open_now) == ("望花区", True)
    assert found.opens_between == today(AT)
    assert found.since == today(AT)[1] - timedelta(days=30)


@pytest.mark.parametrize("period", PERIODS)
def test_a_period_ends_with_today_and_begins_at_a_midnight(period: str) -> None:
    since = Chosen(period=period).filters(AT).since
    assert isinstance(since, datetime)
    assert today(since)[0] == since
    assert today(AT)[1] - since == timedelta(days=PERIODS[period])


def test_a_menu_tells_how_many_and_leaves_out_what_finds_nothing() -> None:
    kinds = choices("kind", Chosen(kind="award"), COUNTS, ZH)
    assert [(each.text, each.count, each.chosen) for each in kinds] == [
        ("全部类型", "", False),
        ("招标公告", "7", False),
        ("中标结果", "99+", True),
    ]
    regions = choices("region", Chosen(), COUNTS, ZH)
    assert [each.value for each in regions] == ["", "顺城区", "望花区"]
    assert [each.count for each in choices("period", Chosen(), COUNTS, ZH)] == [""] * 4


def test_what_is_chosen_stays_in_its_menu_even_when_it_finds_nothing() -> None:
    for menu, value in (("kind", "contract"), ("region", "东洲区")):
        lines = choices(menu, Chosen(**{menu: value}), COUNTS, ZH)
        assert [each.value for each in lines if each.chosen] == [value]


def test_while_nobody_knows_the_counts_every_choice_is_offered_without_one() -> None:
    lines = choices("kind", Chosen(), Counts(), ZH)
    assert len(lines) == 1 + len(KINDS)
    assert not any(each.count for each in lines)
    assert number_text(0, ZH) == "0"


def test_filters_in_force_are_named_and_can_be_lifted_one_by_one() -> None:
    chosen = Chosen("procurement", "award", "year", "望花区", open_now=True, openings=True)
    names = named(chosen, ZH)
    assert [said for _, said in names] == [
        "政府采购", "中标结果", "近一年", "望花区", "可参与", "今日开标",
    ]  # fmt: skip
    for name, _ in names:
        assert chosen
        chosen = chosen.without(name)
    assert not chosen


def test_ways_out_shorten_the_words_and_lift_the_filters() -> None:
    model = LookupModel()
    model.query, model.chosen = "浑河道路", Chosen("land", "award", "year")
    assert model.ways_out(ZH) == [], "nothing was asked yet"
    model.take([], None, 1)
    ways = model.ways_out(ZH)
    assert len(ways) == MOST_WAYS
    assert ways[0] == ("query", "只查“浑河”")
    assert ways[1] == ("category", "不限“土地使用权”")
    model.take_way_out("category")
    assert model.chosen == Chosen("", "award", "year")
    model.stored = 0
    assert model.ways_out(ZH) == [], "a terminal without notices has nothing to offer"


@pytest.mark.parametrize(
    ("query", "shorter"),
    [("浑河 道路", "浑河"), ("老旧小区改造", "老旧小"), ("道路", ""), ("道", ""), ("", ""),
     ("fsgc", "fsg"), ("fsg", ""), ("  浑河  道路  排水 ", "浑河 道路")],
)  # fmt: skip
def test_a_query_is_shortened_by_its_last_words_or_half(query: str, shorter: str) -> None:
    assert shortened(query) == shorter


@pytest.mark.parametrize(
    ("query", "pieces", "loose"),
    [
        ("浑河道路", ["浑河", "道路"], "浑河 道路"),
        ("浑河道路", [], "浑河 道路"),
        ("老旧小区改造", ["老旧小区", "改造"], "老旧小区 改造"),
        ("大伙房水库维修", ["大伙房水库", "维修"], "大伙房水库 维修"),
        ("大伙房水库", [], ""),
        ("浑河", ["浑河"], ""),
        ("浑河 道路", ["浑河", "道路"], ""),
        ("FSGC-2026", [], ""),
        ("浑河(北)", ["(", "浑河"], "浑河 (北)"),
        ("", ["浑河"], ""),
    ],
)
def test_words_chosen_one_after_the_other_may_stand_apart(
    query: str, pieces: list[str], loose: str
) -> None:
    assert loosened(query, pieces) == loose


@given(st.text("浑河道路a1( "), st.lists(st.text("浑河道路a1(", max_size=4), max_size=4))
def test_a_loosened_query_says_the_same_in_the_same_order(query: str, pieces: list[str]) -> None:
    loose = loosened(query, pieces)
    assert not loose or loose.replace(" ", "") == "".join(query.split())
    assert not loose or loose.split() != query.split()
