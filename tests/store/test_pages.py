import copy
import sqlite3
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kiosk.store import connection
from kiosk.store.errors import Busy, Damaged, DiskTrouble, NotReady
from kiosk.store.filters import Filters
from kiosk.store.migrations import migrations, read_skipped_again
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import CONTROL, DOCUMENT_VERSION, Change, Revision


def _content(store: TerminalStore, make) -> object:
    """What the store shows, apart from places and moments of learning."""
    found = store.search("", Filters(make.noon), limit=1000).notices
    known = store.known().withdrawn
    marks = {n.id: store.search(n.title, Filters(make.noon)).notices for n in found}
    return sorted((n.id, store.notice(n.id)) for n in found), sorted(known), sorted(marks)


EVENTS = st.lists(st.sampled_from(["edit", "withdraw", "delete"]), min_size=1, max_size=4)


def _history(make, events_by_id: list[list[str]]) -> list[tuple[str, Change]]:
    """Write what a server's feeds would carry, in its order."""
    history: list[tuple[str, Change]] = []
    for i, events in enumerate(events_by_id):
        id = f"n{i}"
        number, withdrawals, is_live = 1, 0, True
        history.append((make.channel, make.live(make.notice(id, f"公告{i}第1版"), 1)))
        for event in events:
            number += 1
            if event == "edit":
                notice = make.notice(
                    id,
                    f"公告{i}第{number}版",
                    body="正文" * number,
                    published_at=make.noon - timedelta(seconds=number),
                )
                history.append((make.channel, make.live(notice, number)))
                is_live = True
            else:
                history.append((make.channel, make.gone(id, number)))
                if event == "withdraw" and is_live:
                    withdrawals += 1
                    change = make.withdrawal(id, number - 1, withdrawals)
                    history.append((CONTROL, change))
                is_live = False
    return history


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(EVENTS, min_size=1, max_size=3), st.data())
def test_any_order_and_repetition_of_pages_ends_the_same(make, events, data):
    history = _history(make, events)
    shuffled = data.draw(st.permutations(history))
    repeats = data.draw(st.lists(st.sampled_from(history), max_size=5))
    cuts = data.draw(st.integers(1, 3))
    with TemporaryDirectory() as folder:
        with TerminalStore(Path(folder) / "a.db") as straight:
            for channel in (CONTROL, make.channel):
                changes = [change for name, change in history if name == channel]
                straight.apply_page(channel, make.page(*changes), now=make.noon)
            expected = _content(straight, make)
        with TerminalStore(Path(folder) / "b.db") as mixed:
            order = [*shuffled, *repeats]
            for channel in (CONTROL, make.channel):
                first = make.page(pending=0)
                mixed.apply_page(channel, first, now=make.noon)
            for start in range(0, len(order), cuts):
                for channel, change in order[start : start + cuts]:
                    mixed.apply_page(channel, make.page(change), now=make.noon)
            assert _content(mixed, make) == expected


def test_page_and_cursor_are_stored_together(store, make):
    assert store.cursor(make.channel) is None
    page = make.page(make.live(make.notice()), last=4)
    assert store.apply_page(make.channel, page, now=make.noon).changed == 1
    assert store.cursor(make.channel) == "4-e1"
    again = make.page(make.live(make.notice(title="别的题目")), last=4)
    assert store.apply_page(make.channel, again, now=make.noon).changed == 0
    assert store.notice("n1") == make.notice()


def test_a_document_that_cannot_be_read_is_skipped(store, make):
    whole = make.live(make.notice("whole"))
    broken = make.live(make.notice("broken"))
    broken = broken.model_copy(update={"doc": {**(broken.doc or {}), "kind": "poem"}})
    bare = make.live(make.notice("bare")).model_copy(update={"doc": None})
    surrogate = make.live(make.notice("surrogate"))
    surrogate = surrogate.model_copy(update={"doc": {**(surrogate.doc or {}), "title": "\ud800"}})
    other = make.live(make.notice("other"))
    other = other.model_copy(update={"doc": {**(other.doc or {}), "type": "guide"}})
    applied = store.apply_page(
        make.channel, make.page(broken, bare, surrogate, other, whole), now=make.noon
    )
    assert applied.skipped == ("broken", "bare", "surrogate", "other")
    assert store.notice("whole") is not None
    assert store.cursor(make.channel) == "9-e1"


def _unreadable(change: Change) -> Change:
    return change.model_copy(update={"doc": {**(change.doc or {}), "kind": "poem"}})


def test_an_unreadable_update_takes_the_older_text_off(store, make, files_text):
    old = make.live(make.notice("a", "龘靐公告", body="鱻麤"), 1)
    store.apply_page(make.channel, make.page(old, make.live(make.notice("b"))), now=make.noon)
    version = store.content_version()
    update = _unreadable(make.live(make.notice("a"), 2))
    applied = store.apply_page(make.channel, make.page(update), now=make.noon)
    assert (applied.skipped, applied.changed, applied.removed_text) == (("a",), 1, True)
    assert store.content_version() > version
    assert [n.id for n in store.search("", Filters(make.noon)).notices] == ["b"]
    assert store.purge()
    assert "鱻麤".encode() not in files_text()
    again = store.apply_page(make.channel, make.page(old, update), now=make.noon)
    assert (again.skipped, again.changed) == (("a",), 0)
    assert store.notice("a") is None
    better = make.live(make.notice("a", "更正后的公告"), 3)
    store.apply_page(make.channel, make.page(better), now=make.noon)
    store.apply_page(make.channel, make.page(update, better, old), now=make.noon)
    assert [n.id for n in store.search("更正", Filters(make.noon)).notices] == ["a"]


def test_an_update_without_a_readable_revision_takes_the_older_text_off(store, make):
    old = make.live(make.notice("a"), 4)
    update = make.live(make.notice("a")).model_copy(update={"changes": (Revision(rev="new"),)})
    store.apply_page(make.channel, make.page(old, update), now=make.noon)
    store.apply_page(make.channel, make.page(update, update, old), now=make.noon)
    assert store.notice("a") is None
    readable = make.live(make.notice("a", "更正后的公告"), 5)
    store.apply_page(make.channel, make.page(readable), now=make.noon)
    assert store.notice("a") is not None


def test_an_unreadable_document_elsewhere_takes_the_older_text_off(store, make):
    store.apply_page(make.channel, make.page(make.live(make.notice("a"), 2)), now=make.noon)
    older, newer = (_unreadable(make.live(make.notice("a"), number)) for number in (1, 3))
    store.apply_page("site-main", make.page(older), now=make.noon)
    assert store.notice("a") is not None
    store.apply_page("site-main", make.page(newer), now=make.noon)
    assert store.notice("a") is None


def test_an_unreadable_control_entry_takes_nothing_off(store, make):
    store.apply_page(make.channel, make.page(make.live(make.notice("a"))), now=make.noon)
    store.apply_page(CONTROL, make.page(make.live(make.notice("a"), 2)), now=make.noon)
    assert store.notice("a") is not None


def test_an_unreadable_update_of_a_withdrawal_leaves_the_notice_withdrawn(store, make):
    live = make.page(make.live(make.notice("a")))
    store.apply_page(make.channel, live, now=make.noon)
    store.apply_page(CONTROL, make.page(make.withdrawal("a", 1)), now=make.noon)
    update = make.withdrawal("a", 1, 2)
    update = update.model_copy(update={"doc": {**(update.doc or {}), "notice_id": 7}})
    assert store.apply_page(CONTROL, make.page(update), now=make.noon).skipped == ("withdrawal:a",)
    store.apply_page(make.channel, live, now=make.noon)
    assert store.notice("a") is None
    assert set(store.known().withdrawn) == {"a"}


def test_a_program_that_reads_more_reads_the_skipped_documents_again(tmp_path, make, monkeypatch):
    path = tmp_path / "terminal.db"
    guide = make.live(make.notice("a", "将来才读得懂的公告"), 2)
    other = "site-main"
    with TerminalStore(path) as store:
        page = make.page(make.live(make.notice("a"), 1), make.live(make.notice("b"), 1))
        store.apply_page(make.channel, page, now=make.noon)
        store.apply_page(other, make.page(make.live(make.notice("c"))), now=make.noon)
        store.apply_page(make.channel, make.page(_unreadable(guide)), now=make.noon)
    with TerminalStore(path) as store:
        assert store.cursor(make.channel) is not None
    newer = copy.copy(migrations)
    newer._migrations = list(migrations._migrations)
    read_skipped_again(newer, DOCUMENT_VERSION + 1)
    monkeypatch.setattr(connection, "migrations", newer)
    with TerminalStore(path) as store:
        assert (store.cursor(make.channel), store.cursor(other)) == (None, "9-e1")
        assert {n.id for n in store.search("", Filters(make.noon)).notices} == {"b", "c"}
        whole = make.page(make.live(make.notice("b"), 1), guide)
        store.apply_page(make.channel, whole, now=make.noon)
        assert store.notice("a") is not None
        assert store.notice("b") is not None
    with TerminalStore(path) as store:
        assert store.cursor(make.channel) is not None
    read_skipped_again(newer, DOCUMENT_VERSION + 2)
    with TerminalStore(path) as store:
        assert store.cursor(make.channel) is not None


def test_skipped_documents_that_a_round_does_not_name_are_forgotten(store, make):
    broken = _unreadable(make.live(make.notice("a")))
    store.apply_page(make.channel, make.page(broken), now=make.noon)
    store.expire_cursor(make.channel)
    store.apply_page(make.channel, make.page(make.live(make.notice("b"))), now=make.noon)
    count = store._database.conn.execute("SELECT count(*) FROM skipped").fetchone()
    assert count == (0,)


def test_a_withdrawal_hides_at_once_and_keeps_the_backlog_out(store, make):
    store.apply_page(make.channel, make.page(make.live(make.notice("a"))), now=make.noon)
    learned = make.noon + timedelta(seconds=7)
    both = make.page(make.withdrawal("a", 1), make.withdrawal("b", 2))
    store.apply_page(CONTROL, both, now=learned)
    later = make.page(make.live(make.notice("a")), make.live(make.notice("b"), 2), pending=5)
    store.apply_page(make.channel, later, now=make.noon)
    store.apply_page(CONTROL, both, now=learned + timedelta(hours=1))
    assert store.search("", Filters(make.noon)).notices == ()
    assert store.notice("a") is None
    assert store.known().withdrawn == {"a": learned, "b": learned}
    higher = make.page(make.live(make.notice("b", "更正后的公告"), 3))
    store.apply_page(make.channel, higher, now=make.noon)
    assert [n.id for n in store.search("更正", Filters(make.noon)).notices] == ["b"]
    assert set(store.known().withdrawn) == {"a"}


def test_a_new_epoch_replaces_the_old_rows_only_when_it_is_complete(store, make):
    old = make.page(
        make.live(make.notice("kept", "旧版一"), 7), make.live(make.notice("lost", "旧版二"), 7)
    )
    store.apply_page(make.channel, old, now=make.noon)
    store.expire_cursor(make.channel)
    assert store.cursor(make.channel) is None
    first = make.page(make.live(make.notice("kept", "新版一"), 1), pending=1, epoch="e2", last=1)
    store.apply_page(make.channel, first, now=make.noon)
    assert {n.title for n in store.search("", Filters(make.noon)).notices} == {"新版一", "旧版二"}
    assert store.summary(make.noon).channels == {make.channel: False}
    last = make.page(make.live(make.notice("new", "新版三"), 1), epoch="e2", last=2)
    store.apply_page(make.channel, last, now=make.noon)
    assert {n.title for n in store.search("", Filters(make.noon)).notices} == {"新版一", "新版三"}
    assert store.search("旧版", Filters(make.noon)).notices == ()
    assert store.summary(make.noon).channels == {make.channel: True}


def test_a_cursor_that_expired_within_an_epoch_sweeps_too(store, make):
    page = make.page(make.live(make.notice("a")), make.live(make.notice("b")))
    store.apply_page(make.channel, page, now=make.noon)
    store.expire_cursor(make.channel)
    store.apply_page(make.channel, make.page(make.live(make.notice("a"))), now=make.noon)
    assert [n.id for n in store.search("", Filters(make.noon)).notices] == ["a"]


def test_a_withdrawal_that_a_new_epoch_does_not_know_is_read_again(store, make):
    page = make.page(make.live(make.notice("a")))
    store.apply_page(CONTROL, make.page(make.withdrawal("a", 1)), now=make.noon)
    store.apply_page(make.channel, page, now=make.noon)
    new = make.page(make.live(make.notice("a")), epoch="e2")
    store.apply_page(make.channel, new, now=make.noon)
    assert store.notice("a") is None
    store.apply_page(CONTROL, make.page(epoch="e2"), now=make.noon)
    assert store.known().withdrawn == {}
    assert store.cursor(make.channel) is None
    store.apply_page(make.channel, new, now=make.noon)
    assert store.notice("a") is not None


def test_withdrawn_text_is_gone_from_the_files(store, make, files_text):
    title = "龘靐齉爩公告"
    others = [make.live(make.notice(f"o{i}", f"其他公告{i}")) for i in range(300)]
    notice = make.live(make.notice("a", title, body="鱻麤" * 3000, buyer="灪籲中心"))
    store.apply_page(make.channel, make.page(*others, notice), now=make.noon)
    words = [word.encode() for word in ("龘", "靐", "鱻麤", "灪")]
    assert all(word in files_text() for word in words)
    store.apply_page(CONTROL, make.page(make.withdrawal("a", 1)), now=make.noon)
    assert store.purge()
    assert [word for word in words if word in files_text()] == []
    assert store.count("公告", Filters(make.noon)) == 300


def test_purge_waits_for_readers_and_is_not_forgotten(store, make, tmp_path, monkeypatch):
    store.apply_page(make.channel, make.page(make.live(make.notice("a"))), now=make.noon)
    reader = sqlite3.connect(tmp_path / "terminal.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM notices").fetchone()
    store.apply_page(CONTROL, make.page(make.withdrawal("a", 1)), now=make.noon)
    store._database.conn.execute("PRAGMA busy_timeout = 10")
    assert not store.purge()
    reader.close()
    assert store.purge()


def test_a_full_disk_loses_nothing(store, make):
    store.apply_page(make.channel, make.page(make.live(make.notice("a")), last=1), now=make.noon)
    pages = store._database.conn.execute("PRAGMA page_count").fetchone()[0]
    store._database.conn.execute(f"PRAGMA max_page_count = {pages}")
    big = make.page(make.live(make.notice("b", body="长" * 100_000)), last=2)
    with pytest.raises(DiskTrouble):
        store.apply_page(make.channel, big, now=make.noon)
    assert store.cursor(make.channel) == "1-e1"
    assert store.notice("a") is not None
    store._database.conn.execute("PRAGMA max_page_count = 1000000")
    store.apply_page(make.channel, big, now=make.noon)
    assert store.notice("b") is not None


def test_a_locked_database_is_busy(tmp_path, make, monkeypatch):
    monkeypatch.setattr(connection, "BUSY_TIMEOUT_S", 0.02)
    with TerminalStore(tmp_path / "terminal.db") as store:
        other = sqlite3.connect(tmp_path / "terminal.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Busy):
            store.apply_page(make.channel, make.page(make.live(make.notice())), now=make.noon)
        assert store.search("", Filters(make.noon)).notices == ()
        other.close()
        store.apply_page(make.channel, make.page(make.live(make.notice())), now=make.noon)


def test_opening_what_is_not_there_or_not_a_database(tmp_path):
    with pytest.raises(NotReady):
        TerminalStore(tmp_path / "none.db", create=False)
    (tmp_path / "noise.db").write_bytes(b"noise " * 1000)
    with pytest.raises(Damaged):
        TerminalStore(tmp_path / "noise.db")
    sqlite3.connect(tmp_path / "empty.db").close()
    with pytest.raises(NotReady):
        TerminalStore(tmp_path / "empty.db", create=False)
