"""The terminal's store at 100,000 and at 1,000,000 titles of 37 characters in the mean.

The corpora are built once, into build/bench. Each query is timed three times and the middle time
counts; p99 of a hundred is the slowest. Beside it: tantivy with the same queries, LIKE, and a
plain search for the query in every text (the truth for recall).
"""

import random
import shutil
import sqlite3
import statistics
import sys
from collections.abc import Callable, Iterable
from datetime import timedelta
from pathlib import Path

from display.notice import Category, Notice, NoticeKind
from kiosk.store.bigrams import compact, fold, phrase
from kiosk.store.question import searched_texts
from kiosk.store.terminal import TerminalStore
from tests.bench.measuring import milliseconds, percentile
from tests.bench.search_corpus import APART, FOLDER, NOW, PARTS, SELDOM, notices, store_path

SMALL = 100_000
LARGE = 1_000_000
PAGE = 20
FILTERS: tuple[dict[str, object], ...] = (
    {"category": Category.LAND},
    {"kind": NoticeKind.AWARD},
    {"region": "顺城区"},
    {"since": NOW - timedelta(days=30)},
    {"open_now": True},
)
PINYIN = ("zhaobiao", "fushun", "gzzj", "daolu", "wanghuaqu")


def run() -> dict[str, float]:
    queries = _queries()
    figures: dict[str, float] = {"titles_small": SMALL, "titles_large": LARGE}
    small, rate = store_path(SMALL)
    figures |= _ingest(rate)
    figures |= _small(small, queries)
    large, _ = store_path(LARGE)
    figures |= _large(large, queries)
    figures |= _tantivy(queries)
    return figures | _full_text()


def _small(path: Path, queries: list[str]) -> dict[str, float]:
    with TerminalStore(path) as store:
        conn = store._database.conn
        first = [_middle(lambda q=q: store.search(q, at=NOW, limit=PAGE)) for q in queries]
        counted = [milliseconds(lambda q=q: store.count(q, at=NOW)) for q in queries]
        facets = [milliseconds(lambda q=q: store.facets(q, at=NOW)) for q in queries]
        like = [milliseconds(lambda q=q: _like(conn, q)) for q in queries[:20]]
        index, text = _index_bytes(conn)
    _tell("facets", facets, queries)
    return {
        "index_ratio": index / text,
        "store_bytes_per_title": path.stat().st_size / SMALL,
        "first_page_p99_ms": percentile(first, 0.99),
        "count_p99_ms": percentile(counted, 0.99),
        "facets_p99_ms": percentile(facets, 0.99),
        "like_p99_ms": percentile(like, 0.99),
        "like_to_first_page_p99": percentile(like, 0.99) / percentile(first, 0.99),
    }


def _large(path: Path, queries: list[str]) -> dict[str, float]:
    apart = [" ".join(APART), " ".join(reversed(APART)), "".join(APART)]
    with TerminalStore(path) as store:
        first = [_middle(lambda q=q: store.search(q, at=NOW, limit=PAGE)) for q in queries]
        filtered = [
            _middle(lambda q=q, n=n: store.search(q, at=NOW, limit=PAGE, **FILTERS[n % 5]))
            for n, q in enumerate(queries)
        ]
        seldom = [_middle(lambda q=q: store.search(q, at=NOW, limit=PAGE)) for q in apart]
        pinyin = [_middle(lambda q=q: store.search(q, at=NOW, limit=PAGE)) for q in PINYIN]
        counted = [milliseconds(lambda q=q: store.count(q, at=NOW)) for q in queries]
        recall, false = _recall(store, [*queries, *apart])
    for name, values, asked in (
        ("first page", first, queries),
        ("filtered", filtered, queries),
        ("seldom together", seldom, apart),
        ("pinyin", pinyin, PINYIN),
    ):
        _tell(name, values, asked)
    return {
        "first_page_p50_ms_1m": percentile(first, 0.5),
        "first_page_p90_ms_1m": percentile(first, 0.9),
        "first_page_p99_ms_1m": percentile(first, 0.99),
        "first_page_filtered_p99_ms_1m": percentile(filtered, 0.99),
        "pinyin_p99_ms_1m": percentile(pinyin, 0.99),
        "seldom_together_p99_ms_1m": percentile(seldom, 0.99),
        "count_p99_ms_1m": percentile(counted, 0.99),
        "recall": recall,
        "false_hits": false,
    }


def _ingest(rate: float | None) -> dict[str, float]:
    """The rate of the corpus of 100,000, measured when it was built."""
    path = FOLDER / "search-ingest.txt"
    if rate is not None:
        path.write_text(f"{rate}\n", encoding="ascii")
    return {"ingest_per_s": float(path.read_text(encoding="ascii"))}


def _queries() -> list[str]:
    """A hundred of one to eight characters."""
    chance = random.Random(2)
    titles = [notice.title for notice in notices(2000)]
    frequent = ["工", "道", "项", "标", "区", "抚顺", "招标", "道路", "工程", "公告"]
    rare = [*SELDOM, "龘道", "甪"]
    absent = ["魑", "魅", "魍魉", "饕餮", "zzzz", "火星", "道火", "招饕", "9Q9", "不存在的"]
    across = [_slice(title, chance, 2) for title in titles[:10]]
    codes = [
        "FSGC-2026",
        "000462",
        "0462",
        "fsgc2026",
        "ＦＳＧＣ",
        "GC-2026",
        "26-00",
        "99",
        "4",
        "1234",
    ]
    both = [f"{chance.choice(PARTS)[:3]} {chance.choice(PARTS)[:3]}" for _ in range(10)]
    slices = [_slice(title, chance, chance.randint(1, 8)) for title in titles[10:50]]
    return frequent + rare + absent + across + codes + both + slices


def _slice(title: str, chance: random.Random, length: int) -> str:
    start = chance.randrange(len(title) - length + 1)
    return title[start : start + length]


def _middle(action: Callable[[], object]) -> float:
    return statistics.median(milliseconds(action) for _ in range(3))


def _tell(name: str, values: Iterable[float], queries: Iterable[str]) -> None:
    slowest = sorted(zip(values, queries, strict=True), reverse=True)[:5]
    told = ", ".join(f"{query} {value:.2f} ms" for value, query in slowest)
    print(f"{name}, slowest: {told}", file=sys.stderr)


def _like(conn: sqlite3.Connection, query: str) -> object:
    return conn.execute(
        "SELECT doc FROM notices WHERE doc LIKE ? ORDER BY place DESC LIMIT 20", [f"%{query}%"]
    ).fetchall()


def _index_bytes(conn: sqlite3.Connection) -> tuple[int, int]:
    """Bytes of the index's pages, and of title, number, buyer and agent in UTF-8."""
    (index,) = conn.execute(
        "SELECT (SELECT sum(length(block)) FROM notice_index_data)"
        " + (SELECT sum(length(term) + 12) FROM notice_index_idx)"
    ).fetchone()
    text = sum(len(text.encode()) for notice in notices(SMALL) for text in searched_texts(notice))
    return index, text


def _recall(store: TerminalStore, queries: list[str]) -> tuple[float, float]:
    """Compare the first pages with a search in every text; shares found, and found wrongly."""
    texts = [_text(notice) for notice in notices(LARGE)]
    expected = found = false = 0
    for query in queries:
        words = [fold(word) for word in query.split()]
        wanted: list[str] = []
        for number, text in enumerate(texts):
            if all(word in text for word in words):
                wanted.append(f"n{number}")
                if len(wanted) == PAGE:
                    break
        got = [notice.id for notice in store.search(query, at=NOW, limit=PAGE).notices]
        expected += len(wanted)
        found += len(set(wanted) & set(got))
        false += len(set(got) - set(wanted))
        if got != wanted:
            print(f"differs: {query}: {len(got)} for {len(wanted)}", file=sys.stderr)
    return found / expected, false


def _text(notice: Notice) -> str:
    lines = "\n".join(map(fold, searched_texts(notice)))
    return f"{lines}\n{compact(fold(notice.tender_no))}"


def _tantivy(queries: list[str]) -> dict[str, float]:
    import tantivy

    schema = (
        tantivy.SchemaBuilder()
        .add_text_field("text", tokenizer_name="whitespace", index_option="position")
        .add_integer_field("age", indexed=True, fast=True)
        .add_text_field("id", stored=True, tokenizer_name="raw")
        .build()
    )
    folder = FOLDER / f"tantivy-{LARGE}"
    done = folder.with_suffix(".done")
    if not done.exists():
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        index = tantivy.Index(schema, path=str(folder))
        writer = index.writer(200_000_000)
        for number, notice in enumerate(notices(LARGE)):
            document = tantivy.Document()
            for text in _text(notice).split("\n"):
                document.add_text("text", _cut(text))
            document.add_integer("age", LARGE - number)
            document.add_text("id", notice.id)
            writer.add_document(document)
            if number % 100_000 == 0:
                print(f"tantivy: {number} of {LARGE}", file=sys.stderr)
        writer.commit()
        writer.wait_merging_threads()
        done.touch()
    index = tantivy.Index(schema, path=str(folder))
    searcher = index.searcher()

    def ask(query: str) -> object:
        parts = []
        for word in map(fold, query.split()):
            pairs = [word] if len(word) == 1 else phrase(word)
            part = (
                tantivy.Query.term_query(schema, "text", pairs[0])
                if len(pairs) == 1
                else tantivy.Query.phrase_query(schema, "text", pairs)
            )
            parts.append((tantivy.Occur.Must, part))
        return searcher.search(
            tantivy.Query.boolean_query(parts), PAGE, count=False, order_by_field="age"
        ).hits

    times = [_middle(lambda q=q: ask(q)) for q in queries]
    _tell("tantivy", times, queries)
    return {
        "tantivy_p50_ms_1m": percentile(times, 0.5),
        "tantivy_p99_ms_1m": percentile(times, 0.99),
    }


def _cut(text: str) -> str:
    """Pairs in a row, then the characters: for a phrase of pairs or for one character."""
    pairs = phrase(text)
    return " ".join([*pairs, *dict.fromkeys(text)])


def _full_text() -> dict[str, float]:
    path, rate = store_path(SMALL, bodies=True)
    chance = random.Random(3)
    bodies = [notice.body for notice in notices(200, bodies=True)]
    queries = [_slice(body, chance, chance.randint(2, 8)) for body in bodies[:80]]
    queries += [
        "饕餮",
        "不存在的",
        "锅炉脱硫",
        *(f"{a} {b}" for a, b in zip(PARTS, PARTS[7:], strict=False)),
    ]
    with TerminalStore(path) as store:
        times = [_middle(lambda q=q: store.search(q, at=NOW, limit=PAGE)) for q in queries[:100]]
        (index,) = store._database.conn.execute(
            "SELECT sum(length(block)) FROM body_index_data"
        ).fetchone()
        (text,) = store._database.conn.execute(
            "SELECT sum(length(CAST(body AS BLOB))) FROM bodies"
        ).fetchone()
    _tell("full text", times, queries[:100])
    figures = {
        "fulltext_p99_ms_100k": percentile(times, 0.99),
        "fulltext_index_ratio": index / text,
    }
    return figures if rate is None else figures | {"ingest_with_bodies_per_s": rate}
