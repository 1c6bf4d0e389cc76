"""Order of the sections, paging over them, filters, counts of choices."""

import random
import threading
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from display.notice import Category, NoticeKind
from kiosk.store import counting, rows
from kiosk.store.filters import Filters
from kiosk.store.pinyin_readings import readings
from kiosk.store.question import understand
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import Change

DAY = timedelta(days=1)
HALF_SECOND = timedelta(seconds=0.5)
REGIONS = ("望花区", "顺城区", "")
KINDS = (NoticeKind.TENDER, NoticeKind.AWARD, NoticeKind.OPENING_RECORD)
TITLES = ("东山路道路", "道路招标公告", "桥梁", "路灯 zhaobiao")
QUERIES = ("", "道", "道路", "桥梁", "招标公告", "路 公告", "zhaobiao", "lud", "dao", "28", "无")
CATEGORIES = (Category.CONSTRUCTION, Category.LAND)


def _ids(hits) -> list[str]:
    return [notice.id for notice in hits.notices]


def _all_pages(store, query: str, at, limit: int) -> list[str]:
    seen: list[str] = []
    before = None
    while True:
        hits = store.search(query, Filters(at), limit=limit, before=before)
        seen += _ids(hits)
        before = hits.next
        if before is None:
            return seen


@pytest.fixture
def three_sections(store, make):
    def aged(days: int, id: str, title: str, **more: str) -> Change:
        return make.live(make.notice(id, title, published_at=make.noon - days * DAY, **more))

    changes = [
        make.live(make.notice("body", "道路养护", body="见项目FS-2026-1号文件。")),
        aged(1, "title", "FS-2026-1号补充"),
        make.live(
            make.notice("number", "道路", tender_no="FS-2026-1", published_at=make.noon - 2 * DAY)
        ),
        make.live(
            make.notice("older", "路", tender_no="FS-2026-1", published_at=make.noon - 3 * DAY)
        ),
        make.live(
            make.notice("other", "道路二", tender_no="FS-2026-19", published_at=make.noon - 4 * DAY)
        ),
        make.live(
            make.notice("body2", "桥", body="参见FS-2026-1。", published_at=make.noon - 5 * DAY)
        ),
    ]
    store.apply_page(make.channel, make.page(*changes), now=make.noon)
    return store


@pytest.mark.parametrize("limit", [1, 2, 3, 10])
def test_the_exact_number_comes_first_then_fields_then_bodies(three_sections, make, limit: int):
    order = ["number", "older", "title", "other", "body", "body2"]
    assert _all_pages(three_sections, "fs-2026-1", make.noon, limit) == order
    assert three_sections.count("fs-2026-1", Filters(make.noon)) == len(order)
    assert three_sections.count("fs-2026-1", Filters(make.noon), cap=3) == 3
    first_four = order[:4]
    assert _all_pages(three_sections, "fs20261", make.noon, limit) == first_four


def test_words_may_stand_partly_in_the_body(three_sections, make):
    assert _ids(three_sections.search("养护 文件", Filters(make.noon))) == ["body"]
    assert _ids(three_sections.search("件 文件", Filters(make.noon))) == ["body"]
    assert _ids(three_sections.search("桥 参", Filters(make.noon))) == []


def test_what_sounds_alike_is_found_only_where_nothing_else_is(store, make):
    store.apply_page(
        make.channel,
        make.page(make.live(make.notice("a", "人民广场维修")), make.live(make.notice("b", "广厂"))),
        now=make.noon,
    )
    alike = store.search("人民广厂", Filters(make.noon))
    assert (_ids(alike), alike.by_sound) == (["a"], True)
    assert store.count("人民广厂", Filters(make.noon)) == 1
    exact = store.search("广厂", Filters(make.noon))
    assert (_ids(exact), exact.by_sound) == (["b"], False)


@pytest.mark.parametrize(
    "title",
    [
        "东山路道路改造",
        "东 山\u200b路道路\n改造",
        "东\u2f2d路道路改造",
        "东山路道路改\u2fa1造东山路道路改造",
    ],
)
def test_words_are_found_in_fields_that_are_written_otherwise(store, make, title: str):
    for id, other in (("a", title), ("b", "东山路改造道路")):
        store.apply_page(make.channel, make.page(make.live(make.notice(id, other))), now=make.noon)
    for query in ("山路道路", "山路道路改造"):
        hits = store.search(query, Filters(make.noon))
        assert (_ids(hits), hits.by_sound) == (["a"], False)
        assert store.count(query, Filters(make.noon)) == 1


def test_revisions_in_one_page_leave_nothing_behind(store, make):
    first, second, third = (make.notice("a", f"{word}工程") for word in ("道路", "桥梁", "隧道"))
    page = make.page(make.live(first), make.live(make.notice("b", "道路工程")))
    store.apply_page(make.channel, page, now=make.noon)
    page = make.page(make.live(second, 2), make.live(third, 3), make.gone("b", 2))
    older = make.notice("c", "涵洞工程", published_at=make.noon - DAY)
    results = (*page.results, make.live(older), make.gone("c", 2))
    page = page.model_copy(update={"results": results})
    store.apply_page(make.channel, page, now=make.noon)
    for query, ids in (("道路", []), ("桥梁", []), ("隧道", ["a"]), ("涵洞", []), ("工程", ["a"])):
        assert _ids(store.search(query, Filters(make.noon))) == ids
        # Counted in the index alone.
        assert store.count(query, Filters(make.noon)) == len(ids)
    store.apply_page(make.channel, make.page(make.gone("a", 4)), now=make.noon)
    assert store.count("工程", Filters(make.noon)) == 0


def test_a_body_is_compared_by_characters_not_by_bytes(store, make):
    # The bytes of the word stand in the middle of these four characters.
    across = "\u5341\uef90\u398d\u4e65"
    assert "道路改".encode("utf-16-le") in across.encode("utf-16-le")
    changes = [
        make.live(make.notice("a", "甲", body=f"道路。路改。{across}")),
        make.live(make.notice("b", "乙", body="道路\n改造")),
    ]
    store.apply_page(make.channel, make.page(*changes), now=make.noon)
    assert _ids(store.search("道路改", Filters(make.noon))) == ["b"]
    assert set(_ids(store.search("道路", Filters(make.noon)))) == {"a", "b"}


@pytest.fixture(scope="module")
def mixed(tmp_path_factory, make):
    chance = random.Random(4)
    with TerminalStore(tmp_path_factory.mktemp("mixed") / "terminal.db") as store:
        changes = []
        for number in range(300):
            closes = make.noon + chance.choice([-3, -1, 1, 2, 9, 80, 400]) * DAY
            notice = make.notice(
                f"n{number:03}",
                chance.choice(["东山路道路", "道路招标公告", "桥梁", "路灯 zhaobiao"])
                + str(number),
                kind=chance.choice(KINDS),
                category=chance.choice(CATEGORIES),
                region=chance.choice(REGIONS),
                published_at=make.noon - number * DAY / 10,
                closes_at=chance.choice([None, closes]),
                body=chance.choice(["", "正文里有桥梁和招标公告"]),
            )
            changes.append(make.live(notice))
        store.apply_page(make.channel, make.page(*changes), now=make.noon)
        yield store


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.sampled_from(
        ["", "道", "道路", "桥梁", "招标公告", "路 公告", "zhaobiao", "lud", "dao", "28", "无"]
    ),
    st.sampled_from([None, *CATEGORIES]),
    st.sampled_from([None, *KINDS]),
    st.sampled_from([None, "望花区", "顺城区"]),
    st.booleans(),
    st.sampled_from([None, 5, 20]),
    st.sampled_from([3, 999]),
    st.sampled_from([5, 1000]),
)
def test_filters_and_their_counts_agree_with_the_notices(
    mixed, make, query, category, kind, region, open_now, days, cap, looked_at
):
    at = make.noon
    since = None if days is None else at - days * DAY
    found = mixed.search(query, Filters(at), limit=5000).notices

    def left(without: str = "") -> list:
        return [
            n
            for n in found
            if (without == "category" or category in (None, n.category))
            and (without == "kind" or kind in (None, n.kind))
            and (without == "region" or region in (None, n.region))
            and (without == "open" or not open_now or (n.closes_at and n.closes_at > at))
            and (since is None or n.published_at >= since)
        ]

    asked = {"category": category, "kind": kind, "region": region}
    asked |= {"open_now": open_now, "since": since}
    hits = mixed.search(query, Filters(at, **asked), limit=5000)
    assert _ids(hits) == [n.id for n in left()]
    assert mixed.count(query, Filters(at, **asked)) == len(left())
    with patch.object(counting, "_LOOKED_AT", looked_at):
        facets = mixed.facets(query, Filters(at, **asked), cap=cap)
    for name, counted, value in (
        ("category", facets.categories, lambda n: n.category),
        ("kind", facets.kinds, lambda n: n.kind),
        ("region", facets.regions, lambda n: n.region),
    ):
        expected: dict = {}
        for notice in left(name):
            if value(notice):
                expected[value(notice)] = expected.get(value(notice), 0) + 1
        assert counted == {value: min(cap, number) for value, number in expected.items()}, name
    expected_open = sum(1 for n in left("open") if n.closes_at and n.closes_at > at)
    assert facets.open_now == min(cap, expected_open)


def test_counting_stops_when_told(mixed, make):
    stop = threading.Event()
    assert mixed.facets("道路", Filters(make.noon), stopped=stop.is_set) is not None
    stop.set()
    for query in ("道路", "招标公告"):
        assert mixed.facets(query, Filters(make.noon), stopped=stop.is_set) is None
    assert mixed.count("道路", Filters(make.noon)) > 0


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.integers(0, 12), max_size=25), st.lists(st.integers(0, 24), max_size=5))
def test_places_follow_publication_in_whatever_order_notices_come(make, seconds, removed):
    with TemporaryDirectory() as folder, TerminalStore(Path(folder) / "t.db") as store:
        changes = [
            make.live(
                make.notice(
                    f"n{i}",
                    f"公告{i}",
                    published_at=make.noon + timedelta(seconds=s / 2),
                    body="体",
                )
            )
            for i, s in enumerate(seconds)
        ]
        later = make.noon + DAY
        store.apply_page(make.channel, make.page(*changes[:12]), now=later)
        for number in removed:
            store.apply_page(make.channel, make.page(make.gone(f"n{number}", 2)), now=later)
        store.apply_page(make.channel, make.page(*changes[12:]), now=later)
        shown = store.search("公告", Filters(later), limit=100).notices
        times = [n.published_at for n in shown]
        assert times == sorted(times, reverse=True)
        assert {n.id for n in shown} == {f"n{i}" for i in range(len(seconds)) if i not in removed}
        assert all(store.notice(n.id).body == "体" for n in shown)


@given(st.integers(0, 10**9), st.integers(0, 10**9), st.integers(-5, 10**6), st.integers(1, 10**6))
def test_a_place_lies_between_its_neighbours(moment, distance, place, room):
    before = (place, moment)
    found = rows.place_between(moment + distance, before, place + room)
    assert place < found <= place + room
    assert rows.place_between(moment, None, place) < place


def test_spans_of_codes_and_pinyin():
    def spans(text: str, query: str) -> list[str]:
        found = understand(query, readings).spans(text)
        return [text[start:end] for start, end in found]

    assert spans("关于ＦＳ-２０２６-1号", "fs2026") == ["ＦＳ-２０２６"]
    assert spans("抚顺市道路招标", "fushun zhaob") == ["抚顺", "招标"]
    assert spans("公共资源交易中心", "ggzyjy") == ["公共资源交易"]
    assert spans("道路、排水", "道路 排水") == ["道路", "排水"]


def test_regions_that_are_gone_leave_no_choice(store, make):
    store.apply_page(
        make.channel, make.page(make.live(make.notice("a", region="望花区"))), now=make.noon
    )
    assert store.facets("", Filters(make.noon)).regions == {"望花区": 1}
    store.apply_page(make.channel, make.page(make.gone("a", 2)), now=make.noon)
    assert store.facets("", Filters(make.noon)).regions == {}
