"""A database of the version whose places were seconds with a slot opens without loss."""

import copy
from datetime import timedelta

from kiosk.store import connection
from kiosk.store.migrations import migrations
from kiosk.store.terminal import TerminalStore
from kiosk.sync.instant import to_microseconds

STEP = "close_places_and_filter_tokens"


def _older_program():
    older = copy.copy(migrations)
    names = [migration.name for migration in migrations._migrations]
    older._migrations = list(migrations._migrations)[: names.index(STEP)]
    return older


def _write(store: TerminalStore, notice, slot: int) -> None:
    conn = store._database.conn
    moment = to_microseconds(notice.published_at)
    place = moment // 1_000_000 << 20 | slot
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
    conn.execute("INSERT INTO notice_index (rowid, title) VALUES (?, ?)", [place, "招标 标公"])
    conn.execute(
        "INSERT INTO documents (id, channel, epoch, number, round, state)"
        " VALUES (?, 'c', 'e1', 3, 1, 'live')",
        [notice.id],
    )


def test_nothing_is_lost_and_everything_is_found(tmp_path, make, monkeypatch):
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
        patch.setattr(connection, "migrations", _older_program())
        with TerminalStore(path) as store:
            for slot, notice in enumerate(notices):
                _write(store, notice, slot * 7919 % (1 << 20))
    with TerminalStore(path) as store:
        assert [store.notice(n.id) for n in notices] == notices
        shown = store.search("公告", at=make.noon, limit=100).notices
        assert {n.id for n in shown} == {n.id for n in notices}
        times = [n.published_at for n in shown]
        assert times == sorted(times, reverse=True)
        assert [n.id for n in store.search("正文第7", at=make.noon).notices] == ["n7"]
        assert [n.id for n in store.search("FS12", at=make.noon).notices] == ["n12"]
        assert store.count("hepinglu", at=make.noon, region="望花区") == 40
        store.apply_page("c", make.page(make.gone("n7", 4)), now=make.noon)
        assert store.notice("n7") is None
        assert store.count("", at=make.noon) == 39
    with TerminalStore(path, create=False) as store:
        assert store.count("公告", at=make.noon) == 39
