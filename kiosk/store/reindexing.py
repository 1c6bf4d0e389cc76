"""Giving all notices new places, and making the search index anew.

Works for every earlier form of places, columns and index. Rows are read and written oldest
first, so nothing has to move, and nothing is lost: the caller holds the transaction.
"""

from sqlite_utils import Database

from display.notice import Notice
from kiosk.store import rows, search_index
from kiosk.sync.instant import to_microseconds


def old_index(database: Database) -> None:
    """Make the table that the first version searched in; `index_anew` drops it again."""
    database.conn.execute(
        "CREATE VIRTUAL TABLE notice_index USING fts5(title, content='', columnsize=0)"
    )


def index_anew(database: Database) -> None:
    """Write the notices and bodies anew and index them; the old index goes."""
    conn = database.conn
    for table in ("notice_terms", "notice_index", "body_index"):
        conn.execute(f"DROP TABLE IF EXISTS {table}")
    conn.execute("ALTER TABLE notices RENAME TO old_notices")
    conn.execute("ALTER TABLE bodies RENAME TO old_bodies")
    _create_tables(database)
    before: tuple[int, int] | None = None
    found = conn.execute(
        "SELECT place, channel, epoch, number, doc FROM old_notices ORDER BY published_at, place"
    )
    for old, channel, epoch, number, doc in found:
        notice = Notice.model_validate_json(doc)
        moment = to_microseconds(notice.published_at)
        place = rows.place_between(moment, before, None)
        rows.insert(database, place, notice, channel=channel, epoch=epoch, number=number)
        conn.execute(
            "INSERT INTO bodies (place, body, blocks)"
            " SELECT ?, body, blocks FROM old_bodies WHERE place = ?",
            (place, old),
        )
        before = (place, moment)
    conn.execute("DROP TABLE old_notices")
    conn.execute("DROP TABLE old_bodies")
    _create_indexes(database)
    search_index.create(database)
    search_index.fill(database)


def _create_tables(database: Database) -> None:
    conn = database.conn
    conn.execute(
        "CREATE TABLE notices (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
        " channel TEXT NOT NULL, epoch TEXT NOT NULL, number INTEGER NOT NULL,"
        " kind TEXT NOT NULL, category TEXT NOT NULL, tender_no TEXT NOT NULL, number_key TEXT,"
        " region TEXT NOT NULL, published_at INTEGER NOT NULL, valid_until INTEGER,"
        " opens_at INTEGER, closes_at INTEGER, doc TEXT NOT NULL,"
        " is_plain INTEGER NOT NULL)"
    )
    conn.execute("CREATE TABLE bodies (place INTEGER PRIMARY KEY, body TEXT NOT NULL, blocks BLOB)")


def _create_indexes(database: Database) -> None:
    for name, columns in (
        ("notices_by_kind", "kind"),
        ("notices_by_tender", "tender_no) WHERE (tender_no <> ''"),
        ("notices_by_number", "number_key) WHERE (number_key IS NOT NULL"),
        ("notices_by_publication", "published_at"),
        ("notices_by_opening", "opens_at) WHERE (opens_at IS NOT NULL"),
        ("notices_by_closing", "closes_at) WHERE (closes_at IS NOT NULL"),
    ):
        database.conn.execute(f"CREATE INDEX {name} ON notices ({columns})")
