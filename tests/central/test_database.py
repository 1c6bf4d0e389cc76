import json
import sqlite3

import pytest

from kiosk.central import database as central_database
from kiosk.central.database import (
    DATABASE_NAME,
    BusyDatabase,
    UnusableDatabase,
    open_database,
)
from kiosk.central.ingest import import_files
from kiosk.central.withdrawal import withdraw


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Connections wait for a lock for as good as no time."""
    monkeypatch.setattr(central_database, "_BUSY_TIMEOUT_S", 0.02)


def _has_no_sql(problem: BaseException) -> bool:
    return not any(word in str(problem) for word in ("SQL", "SELECT", "INSERT", "BEGIN", "sqlite"))


def test_another_writer_makes_it_busy_and_what_was_stored_stays(hasty, centre):
    centre.take(centre.portal("a"))
    lock = sqlite3.connect(centre.folder / "db" / DATABASE_NAME, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    with pytest.raises(BusyDatabase, match="another process is writing") as caught:
        withdraw(centre.database, "a", now=centre.clock())
    assert _has_no_sql(caught.value)
    with pytest.raises(BusyDatabase, match=r"central\.db"):
        centre.take(centre.portal("b"))
    lock.close()
    assert centre.take(centre.portal("b")).added == 1
    assert withdraw(centre.database, "a", now=centre.clock()).was_public


def test_a_full_disk_in_mid_import_is_named_and_the_same_import_finishes_later(centre):
    records = [centre.portal(f"r{i}", content_text=f"鱻麤{i}" * 200) for i in range(600)]
    text = "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
    path = centre.folder / "many.ndjson"
    path.write_text(text, encoding="utf-8")
    with centre.database.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()

    def limit(size: int) -> None:
        with centre.database.reading() as connection:
            connection.exec_driver_sql(f"PRAGMA max_page_count = {size}")

    limit(pages + 400)
    with pytest.raises(UnusableDatabase, match="disk is full") as caught:
        import_files(centre.database, [path], channel=centre.channel, now=centre.clock())
    assert not isinstance(caught.value, BusyDatabase)
    assert _has_no_sql(caught.value)
    assert "鱻麤" not in str(caught.value)
    limit(10**6)
    report = import_files(centre.database, [path], channel=centre.channel, now=centre.clock())
    assert report.unchanged == 200
    assert (report.added, report.refused) == (400, 0)


def test_opening_what_cannot_be_opened(tmp_path):
    (tmp_path / DATABASE_NAME).write_bytes(b"noise " * 1000)
    with pytest.raises(UnusableDatabase, match="is no database") as caught:
        open_database(tmp_path, [])
    assert _has_no_sql(caught.value)
    (tmp_path / "file").write_text("")
    with pytest.raises(UnusableDatabase, match="cannot be made"):
        open_database(tmp_path / "file", [])


def test_another_programs_database_is_refused_in_plain_words(tmp_path):
    foreign = sqlite3.connect(tmp_path / DATABASE_NAME)
    foreign.execute("CREATE TABLE channels (colour TEXT)")
    foreign.close()
    with pytest.raises(UnusableDatabase, match="did not do as asked") as caught:
        open_database(tmp_path, [])
    assert _has_no_sql(caught.value)


def test_programming_errors_keep_their_own_name(tmp_path):
    opened = open_database(tmp_path, [])
    with pytest.raises(ZeroDivisionError), opened.writing():
        _ = 1 // 0
    opened.close()
