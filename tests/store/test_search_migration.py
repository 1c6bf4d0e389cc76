"""A database of a version that had other places and another index opens without loss."""

import copy
import sqlite3
from datetime import timedelta

import pytest

from kiosk.store import connection
from kiosk.store.filters import Filters
from kiosk.store.migrations import migrations
from kiosk.store.terminal import TerminalStore
from kiosk.sync.instant import to_microseconds

STEPS = {
    "seconds with a slot": "close_places_and_filter_tokens",
    "seconds": "threes_and_texts_of_bodies",
}
"""By what a place was: the step that such a database has not seen."""


def _older_program(places: str):
    older = copy.copy(migrations)
    names = [migration.name for migration in migrations._migrations]
    older._migrations = list(migrations._migrations)[: names.index(STEPS[places])]
    return older


def _make_tables_of_seconds(conn: sqlite3.Connection) -> None:
    conn.execute("ALTER TABLE notices ADD COLUMN number_key TEXT")
    conn.execute("ALTER TABLE notices ADD COLUMN region TEXT NOT NULL DEFAULT ''")
    conn.execute("ALTER TABLE notices ADD COLUMN closes_at INTEGER")
    conn.execute("CREATE INDEX notices_by_publication ON notices (published_at)")
    conn.execute("DROP TABLE notice_index")
    for name, detail in (("notice_index", "none"), ("body_index", "full")):
        conn.execute(
            f"CREATE VIRTUAL TABLE {name} USING fts5(tokens, content='', columnsize=0,"
            f" detail={detail})"
        )
    conn.execute("CREATE VIRTUAL TABLE notice_terms USING fts5vocab(notice_index, row)")


def _write(store: TerminalStore, notice, slot: int, places: str) -> None:
    conn = store._database.conn
    moment = to_microseconds(notice.published_at)
    place = moment // 1_000_000 << 20 | slot
    column = "title"
    if places == "seconds":
        place, column = moment // 1_000_000 + slot % 100_000, "tokens"
    without_body = notice.model_copy(update={"body": ""})
    conn.execute(
        "INSERT INTO notices (place, id, channel, epoch, number, kind, category, tender_no,"
        " published_at, valid_until, opens_at, doc)"
        " VALUES (?, ?, 'c', 'e1', 3, ?, ?, ?, ?, ?, ?, ?)",
        [
            place,
            notice.id,
            notice.kind,
            notice.category,
            notice.tender_no,
            moment,
            None,
            None,
            without_body.model_dump_json(exclude_defaults=True),
        ],
    )
    if notice.body:
        conn.execute("INSERT INTO bodies (place, body) VALUES (?, ?)", [place, notice.body])
    conn.execute(f"INSERT INTO notice_index (rowid, {column}) VALUES (?, ?)", [place, "招标 标公"])
    conn.execute(
        "INSERT INTO documents (id, channel, epoch, number, round, state)"
        " VALUES (?, 'c', 'e1', 3, 1, 'live')",
        [notice.id],
    )


@pytest.mark.parametrize("places", STEPS)
def test_nothing_is_lost_and_everything_is_found(tmp_path, make, monkeypatch, places: str):
    notices = [
        make.notice(
            f"n{i}",
            f"和平路公告{i}",
            body=f"正文第{i}段" if i % 3 else "",
            tender_no=f"FS-{i:02}",
            region="望花区",
            published_at=make.noon - timedelta(seconds=i // 4),
        )
        for i in range(40)
    ]
    path = tmp_path / "terminal.db"
    with monkeypatch.context() as patch:
        patch.setattr(connection, "migrations", _older_program(places))
        with TerminalStore(path) as store:
            if places == "seconds":
                _make_tables_of_seconds(store._database.conn)
            for slot, notice in enumerate(notices):
                _write(store, notice, slot * 7919 % (1 << 20), places)
    with TerminalStore(path) as store:
        assert [store.notice(n.id) for n in notices] == notices
        shown = store.search("公告", Filters(make.noon), limit=100).notices
        assert {n.id for n in shown} == {n.id for n in notices}
        times = [n.published_at for n in shown]
        assert times == sorted(times, reverse=True)
        assert [n.id for n in store.search("正文第7", Filters(make.noon)).notices] == ["n7"]
        assert [n.id for n in store.search("FS12", Filters(make.noon)).notices] == ["n12"]
        assert store.count("hepinglu", Filters(make.noon, region="望花区")) == 40
        store.apply_page("c", make.page(make.gone("n7", 4)), now=make.noon)
        assert store.notice("n7") is None
        assert store.count("", Filters(make.noon)) == 39
    with TerminalStore(path, create=False) as store:
        assert store.count("公告", Filters(make.noon)) == 39
