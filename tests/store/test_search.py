from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from display.notice import Category, Notice, NoticeKind
from kiosk.store.bigrams import compact, fold
from kiosk.store.filters import Filters
from kiosk.store.terminal import TerminalStore

DATA = Path(__file__).parents[3] / "shared" / "data"

WORDS = [
    "东山路",
    "（一期）",
    "(二期)",
    "ＥＰＣ",
    "epc",
    "招标",
    "公告",
    "50%",
    "a_b",
    "“新城”",
    "、",
    '"',
    "·",
]
TITLES = ["".join(WORDS[(i * k) % len(WORDS)] for k in (1, 3, 5)) + f"第{i}号" for i in range(60)]


def _hits(store: TerminalStore, query: str, at: datetime) -> set[str]:
    return {notice.id for notice in store.search(query, Filters(at), limit=5000).notices}


@pytest.fixture(scope="module")
def titled(tmp_path_factory, make):
    with TerminalStore(tmp_path_factory.mktemp("search") / "terminal.db") as store:
        changes = [
            make.live(
                make.notice(
                    f"n{i}", title, buyer=f"买方{i % 7}", tender_no=f"ZB-2026-{i:03}", agent="代理"
                )
            )
            for i, title in enumerate(TITLES)
        ]
        store.apply_page(make.channel, make.page(*changes), now=make.noon)
        yield store


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.one_of(
        st.tuples(st.sampled_from(TITLES), st.integers(0, 20), st.integers(1, 5)).map(
            lambda t: t[0][t[1] : t[1] + t[2]]
        ),
        st.lists(st.sampled_from([*WORDS, "买方3", "zb-2026-01", "号"]), max_size=3).map(" ".join),
        st.text(max_size=8),
        st.text(alphabet='"*()^:-+{} ANDORNOT_%', max_size=12),
    )
)
def test_finds_what_a_comparison_of_texts_finds(titled, make, query: str):
    words = [fold(word) for word in query.split()]
    expected = {
        f"n{i}"
        for i, title in enumerate(TITLES)
        if all(
            any(
                word in fold(field) or compact(word) in compact(fold(field))
                for field in (title, f"买方{i % 7}", f"ZB-2026-{i:03}", "代理")
            )
            for word in words
        )
    }
    assert _hits(titled, query, make.noon) == expected
    assert titled.count(query, Filters(make.noon)) == len(expected)


def test_more_words_than_the_index_takes(titled, make):
    all_of_one = " ".join(dict.fromkeys(TITLES[7]))
    noise = " ".join(chr(0x4E00 + i) for i in range(600))
    assert "n7" in _hits(titled, all_of_one, make.noon)
    assert _hits(titled, f"{TITLES[7]} {noise}", make.noon) == set()


def test_newest_first_page_by_page(store, make):
    notices = [
        make.notice(f"n{i}", f"第{i}号公告", published_at=make.noon - timedelta(seconds=i // 3))
        for i in range(25)
    ]
    page = make.page(*(make.live(n) for n in reversed(notices)))
    store.apply_page(make.channel, page, now=make.noon)
    seen: list[Notice] = []
    before = None
    while True:
        hits = store.search("公告", Filters(make.noon), limit=4, before=before)
        seen += hits.notices
        before = hits.next
        if before is None:
            break
    assert len(seen) == 25
    assert len({n.id for n in seen}) == 25
    times = [n.published_at for n in seen]
    assert times == sorted(times, reverse=True)
    assert store.count("公告", Filters(make.noon), cap=10) == 10


def test_filters(store, make):
    day = timedelta(days=1)
    store.apply_page(
        make.channel,
        make.page(
            make.live(make.notice("old", published_at=make.noon - 9 * day)),
            make.live(make.notice("land", category=Category.LAND, opens_at=make.noon + day)),
            make.live(make.notice("award", kind=NoticeKind.AWARD)),
            make.live(make.notice("later", published_at=make.noon + timedelta(microseconds=1))),
        ),
        now=make.noon,
    )

    def found(query: str, **filters: object) -> set[str]:
        hits = store.search(query, Filters(make.noon, **filters))
        assert store.count(query, Filters(make.noon, **filters)) == len(hits.notices)
        return {n.id for n in hits.notices}

    for query in ("", "道路", "道"):
        assert found(query) == {"old", "land", "award"}
        assert found(query, category=Category.LAND) == {"land"}
        assert found(query, kind=NoticeKind.AWARD) == {"award"}
        assert found(query, since=make.noon - day) == {"land", "award"}
        assert found(query, opens_between=(make.noon + day, make.noon + 2 * day)) == {"land"}
        assert found(query, opens_between=(make.noon, make.noon + day)) == set()


def test_opening_records_wait_for_their_event(store, make):
    record = make.notice("r", kind=NoticeKind.OPENING_RECORD, tender_no="T1")
    store.apply_page(make.channel, make.page(make.live(record)), now=make.noon)
    assert store.search("道路", Filters(make.noon)).notices == ()
    assert store.count("道路", Filters(make.noon)) == 0


def test_bodies_come_only_with_the_single_notice(store, make):
    notice = make.notice(body="第一段\n第二段\n", tender_no="T1")
    store.apply_page(make.channel, make.page(make.live(notice)), now=make.noon)
    assert store.search("道路", Filters(make.noon)).notices[0].body == ""
    assert store.notice("n1") == notice
    assert store.notice("n2") is None
    assert [n.id for n in store.project("T1")] == ["n1"]
    assert store.project("") == ()
