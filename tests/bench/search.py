"""The terminal's store at 100,000 and at 1,000,000 titles of 37 characters in the mean.

The corpora are built once, into build/bench, and kept as long as corpus and schema fit: about ten
minutes of a core, some more for tantivy's index, and 4 GB. The rest takes about five minutes, of
which recall takes two. Each query is timed five times and the shortest time counts, by the clock
and in time of the core; p99 of a hundred is the slowest. Beside it: tantivy with the same queries,
LIKE, and a plain search for the query in every text (the truth for recall).
"""

import random
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta
from pathlib import Path

from display.notice import Category, Notice, NoticeKind
from kiosk.store.bigrams import compact, fold, pairs
from kiosk.store.filters import Filters
from kiosk.store.question import searched_texts
from kiosk.store.terminal import TerminalStore
from tests.bench.measuring import Took, best, percentile
from tests.bench.search_corpus import (
    APART,
    CORPUS,
    FOLDER,
    NOW,
    PARTS,
    SEED,
    SELDOM,
    Built,
    notices,
    store_path,
)

SMALL = 100_000
LARGE = 1_000_000
PAGE = 20
MANY = 2000
NOTHING_MORE = Filters(NOW)
FILTERS = (
    Filters(NOW, category=Category.LAND),
    Filters(NOW, kind=NoticeKind.AWARD),
    Filters(NOW, region="顺城区"),
    Filters(NOW, since=NOW - timedelta(days=30)),
    Filters(NOW, open_now=True),
)
PINYIN = ("zhaobiao", "fushun", "gzzj", "daolu", "wanghuaqu")


def run() -> dict[str, float]:
    queries = _queries()
    figures: dict[str, float] = {"titles_small": SMALL, "titles_large": LARGE}
    small, built = store_path(SMALL)
    figures |= _ingest(built)
    figures |= _small(small, queries)
    large, _ = store_path(LARGE)
    figures |= _large(large, queries)
    figures |= _tantivy(queries)
    return figures | _full_text()


def _ingest(built: Built) -> dict[str, float]:
    """What was measured when the corpus of 100,000 was built."""
    return {
        "ingest_per_s": built.per_s,
        "ingest_per_cpu_s": built.per_cpu_s,
        "merge_s": built.merge_s,
    }


def _small(path: Path, queries: list[str]) -> dict[str, float]:
    with TerminalStore(path) as store:
        conn = store._database.conn
        first = _first_pages(store, queries)
        counted = _times(lambda q: store.count(q, NOTHING_MORE), queries)
        facets = _times(lambda q: store.facets(q, NOTHING_MORE), queries)
        spoken = _times(lambda q: store.facets(q, NOTHING_MORE), PINYIN)
        like = [best(lambda q=q: _like(conn, q), 1) for q in queries[:20]]
        index, text = _index_bytes(conn)
    figures = {
        "index_ratio": index / text,
        "store_bytes_per_title": path.stat().st_size / SMALL,
        **_figures("first_page", "", first, queries),
        **_figures("count", "", counted, queries),
        **_figures("facets", "", facets, queries),
        **_figures("facets_pinyin", "", spoken, PINYIN),
        **_figures("like", "", like, queries[:20]),
    }
    figures["like_to_first_page_p99"] = figures["like_p99_ms"] / figures["first_page_p99_ms"]
    return figures


def _large(path: Path, queries: list[str]) -> dict[str, float]:
    apart = [" ".join(APART), " ".join(reversed(APART)), "".join(APART)]
    with TerminalStore(path) as store:
        filtered = [
            best(lambda q=q, f=f: store.search(q, f, limit=PAGE))
            for q, f in zip(queries, _turns(queries), strict=True)
        ]
        counted = _times(lambda q: store.count(q, NOTHING_MORE), queries)
        figures = {
            **_figures("first_page", "_1m", _first_pages(store, queries), queries),
            **_figures("first_page_filtered", "_1m", filtered, queries),
            **_figures("pinyin", "_1m", _first_pages(store, PINYIN), PINYIN),
            **_figures("seldom_together", "_1m", _first_pages(store, apart), apart),
            **_figures("count", "_1m", counted, queries),
        }
        return figures | _recall(store, [*queries, *apart])


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


def _turns(queries: Sequence[str]) -> list[Filters]:
    """One filter for each query, in turn."""
    return [FILTERS[n % len(FILTERS)] for n in range(len(queries))]


def _times(action: Callable[[str], object], queries: Sequence[str]) -> list[Took]:
    return [best(lambda q=q: action(q)) for q in queries]


def _first_pages(store: TerminalStore, queries: Sequence[str]) -> list[Took]:
    return _times(lambda q: store.search(q, NOTHING_MORE, limit=PAGE), queries)


def _figures(
    name: str, size: str, times: Sequence[Took], queries: Iterable[str]
) -> dict[str, float]:
    slowest = sorted(zip((took.wall for took in times), queries, strict=True), reverse=True)[:5]
    told = ", ".join(f"{query} {value:.2f} ms" for value, query in slowest)
    print(f"{name}{size}, slowest: {told}", file=sys.stderr)
    walls, cpus = [took.wall for took in times], [took.cpu for took in times]
    return {
        f"{name}_p50_ms{size}": percentile(walls, 0.5),
        f"{name}_p99_ms{size}": percentile(walls, 0.99),
        f"{name}_p99_cpu_ms{size}": percentile(cpus, 0.99),
    }


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


def _recall(store: TerminalStore, queries: list[str]) -> dict[str, float]:
    """Compare first pages, with and without a filter, with a search in every text.

    Latin words are also pinyin: what they find besides is no false hit, and the page is longer.
    """
    every = list(notices(LARGE))
    texts = [_text(notice) for notice in every]
    expected = found = false = 0
    filters = [*([NOTHING_MORE] * len(queries)), *_turns(queries)]
    for query, asked in zip([*queries, *queries], filters, strict=True):
        words = [fold(word) for word in query.split()]
        wanted: list[str] = []
        for number, text in enumerate(texts):
            if all(word in text for word in words) and _fits(every[number], asked):
                wanted.append(f"n{number}")
                if len(wanted) == PAGE:
                    break
        is_spoken = any(word.isascii() and word.isalpha() for word in words)
        hits = store.search(query, asked, limit=MANY if is_spoken else PAGE)
        got = [] if hits.by_sound else [notice.id for notice in hits.notices]
        expected += len(wanted)
        found += len(set(wanted) & set(got))
        false += 0 if is_spoken else len(set(got) - set(wanted))
        if got != wanted and not (is_spoken and set(wanted) <= set(got)):
            print(f"differs: {query}: {len(got)} for {len(wanted)}", file=sys.stderr)
    return {"recall": found / expected, "false_hits": false}


def _fits(notice: Notice, asked: Filters) -> bool:
    return (
        asked.category in (None, notice.category)
        and asked.kind in (None, notice.kind)
        and asked.region in (None, notice.region)
        and (asked.since is None or notice.published_at >= asked.since)
        and (not asked.open_now or (notice.closes_at is not None and notice.closes_at > NOW))
    )


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
    corpus = f"{CORPUS} {SEED} {LARGE}"
    if not done.exists() or done.read_text(encoding="ascii") != corpus:
        done.unlink(missing_ok=True)
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
        done.write_text(corpus, encoding="ascii")
    index = tantivy.Index(schema, path=str(folder))
    searcher = index.searcher()

    def ask(query: str) -> object:
        parts = []
        for word in map(fold, query.split()):
            parts_of_word = [word] if len(word) == 1 else list(pairs(word))
            part = (
                tantivy.Query.term_query(schema, "text", parts_of_word[0])
                if len(parts_of_word) == 1
                else tantivy.Query.phrase_query(schema, "text", parts_of_word)
            )
            parts.append((tantivy.Occur.Must, part))
        return searcher.search(
            tantivy.Query.boolean_query(parts), PAGE, count=False, order_by_field="age"
        ).hits

    return _figures("tantivy", "_1m", _times(ask, queries), queries)


def _cut(text: str) -> str:
    """Pairs in a row, then the characters: for a phrase of pairs or for one character."""
    return " ".join([*pairs(text), *dict.fromkeys(text)])


def _full_text() -> dict[str, float]:
    path, built = store_path(SMALL, bodies=True)
    chance = random.Random(3)
    bodies = [notice.body for notice in notices(200, bodies=True)]
    queries = [_slice(body, chance, chance.randint(2, 8)) for body in bodies[:80]]
    queries += [
        "饕餮",
        "不存在的",
        "锅炉脱硫",
        *(f"{a} {b}" for a, b in zip(PARTS, PARTS[7:], strict=False)),
    ]
    queries = queries[:100]
    with TerminalStore(path) as store:
        first = _first_pages(store, queries)
        counted = _times(lambda q: store.count(q, NOTHING_MORE), queries)
        facets = [best(lambda q=q: store.facets(q, NOTHING_MORE), 1) for q in queries]
        (index,) = store._database.conn.execute(
            "SELECT sum(length(block)) FROM body_index_data"
        ).fetchone()
        (kept,) = store._database.conn.execute(
            "SELECT sum(length(text)) FROM body_texts"
        ).fetchone()
        (text,) = store._database.conn.execute(
            "SELECT sum(length(CAST(body AS BLOB))) FROM bodies"
        ).fetchone()
    return {
        **_figures("fulltext", "_100k", first, queries),
        **_figures("fulltext_count", "_100k", counted, queries),
        **_figures("fulltext_facets", "_100k", facets, queries),
        "fulltext_index_ratio": index / text,
        "fulltext_index_and_text_ratio": (index + kept) / text,
        "ingest_with_bodies_per_s": built.per_s,
        "ingest_with_bodies_per_cpu_s": built.per_cpu_s,
    }
