"""The schema of the terminal's database, step by step.

`notices.place` orders by time (see `kiosk.store.rows`). Newest first is the order of the table
and of the index, so a search reads only the rows it shows. Times are microseconds since 1970 UTC.
"""

from sqlite_utils import Database, Migrations

from kiosk.store.decisions_schema import create_decisions, tell_when_taken
from kiosk.store.evidence_schema import convert_records, create_chain
from kiosk.store.reindexing import index_anew, old_index
from kiosk.sync.contract import DOCUMENT_VERSION

migrations = Migrations("terminal")


@migrations()
def feeds_and_notices(db: Database) -> None:
    db.conn.execute(
        "CREATE TABLE feeds (channel TEXT PRIMARY KEY, epoch TEXT NOT NULL, cursor TEXT,"
        " round INTEGER NOT NULL, rebuilding INTEGER NOT NULL)"
    )
    db.conn.execute(
        "CREATE TABLE documents (id TEXT NOT NULL, channel TEXT NOT NULL, epoch TEXT NOT NULL,"
        " number INTEGER NOT NULL, round INTEGER NOT NULL,"
        " state TEXT NOT NULL CHECK (state IN ('live', 'deleted', 'withheld')),"
        " PRIMARY KEY (id, channel))"
    )
    db.conn.execute("CREATE INDEX documents_by_round ON documents (channel, round)")
    db.conn.execute(
        "CREATE TABLE notices (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE,"
        " channel TEXT NOT NULL, epoch TEXT NOT NULL, number INTEGER NOT NULL,"
        " kind TEXT NOT NULL, category TEXT NOT NULL, tender_no TEXT NOT NULL,"
        " published_at INTEGER NOT NULL, valid_until INTEGER, opens_at INTEGER,"
        " doc TEXT NOT NULL)"
    )
    db.conn.execute("CREATE INDEX notices_by_kind ON notices (kind)")
    db.conn.execute("CREATE INDEX notices_by_category ON notices (category)")
    db.conn.execute("CREATE INDEX notices_by_tender ON notices (tender_no) WHERE tender_no <> ''")
    db.conn.execute(
        "CREATE INDEX notices_by_opening ON notices (opens_at) WHERE opens_at IS NOT NULL"
    )
    db.conn.execute("CREATE TABLE bodies (place INTEGER PRIMARY KEY, body TEXT NOT NULL)")
    db.conn.execute(
        "CREATE TABLE withdrawals (notice_id TEXT PRIMARY KEY, epoch TEXT NOT NULL,"
        " number INTEGER NOT NULL, withdrawn_at INTEGER NOT NULL, learned_at INTEGER NOT NULL)"
    )
    db.conn.execute("CREATE TABLE facts (name TEXT PRIMARY KEY, value NOT NULL)")


@migrations()
def search_index(db: Database) -> None:
    old_index(db)


@migrations()
def evidence(db: Database) -> None:
    db.conn.execute(
        "CREATE TABLE editions (board TEXT NOT NULL, day TEXT NOT NULL, edition_id TEXT NOT NULL,"
        " made_at INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY (board, day))"
    )
    db.conn.execute(
        "CREATE TABLE page_records (number INTEGER PRIMARY KEY AUTOINCREMENT,"
        " board TEXT NOT NULL, at INTEGER NOT NULL, due INTEGER NOT NULL,"
        " edition_id TEXT NOT NULL, page INTEGER NOT NULL, notice_id TEXT NOT NULL,"
        " state TEXT NOT NULL)"
    )
    db.conn.execute("CREATE INDEX page_records_by_time ON page_records (board, at)")


@migrations()
def skipped_documents(db: Database) -> None:
    db.conn.execute(
        "CREATE TABLE skipped (id TEXT NOT NULL, channel TEXT NOT NULL, PRIMARY KEY (id, channel))"
    )


@migrations()
def calibrations(db: Database) -> None:
    db.conn.execute(
        "CREATE TABLE calibrations (board TEXT PRIMARY KEY, measured_at INTEGER NOT NULL,"
        " speeds TEXT NOT NULL)"
    )


@migrations()
def chained_evidence(db: Database) -> None:
    create_chain(db)
    convert_records(db)


@migrations()
def health(db: Database) -> None:
    db.conn.execute(
        "CREATE TABLE health (component TEXT PRIMARY KEY, at INTEGER NOT NULL, doc TEXT NOT NULL)"
    )


@migrations()
def blocks_of_bodies(db: Database) -> None:
    db.conn.execute("ALTER TABLE bodies ADD COLUMN blocks BLOB")


@migrations()
def close_places_and_filter_tokens(db: Database) -> None:
    """Places and index are made by `threes_and_texts_of_bodies`, from what was before this too."""


@migrations()
def documents_of_the_site(db: Database) -> None:
    db.conn.execute(
        "CREATE TABLE site_documents (id TEXT NOT NULL, channel TEXT NOT NULL,"
        " type TEXT NOT NULL, doc TEXT NOT NULL, PRIMARY KEY (id, channel))"
    )


@migrations()
def outbox(db: Database) -> None:
    # Without a time: what waits here must not tell when a visitor was there.
    db.conn.execute(
        "CREATE TABLE outbox (id TEXT PRIMARY KEY, type TEXT NOT NULL,"
        " state TEXT NOT NULL CHECK (state IN ('waiting', 'parked')),"
        " reason TEXT NOT NULL DEFAULT '', doc TEXT NOT NULL)"
    )


@migrations()
def files_of_notices(db: Database) -> None:
    # In the order of use, without a time: see `kiosk.store.files`.
    db.conn.execute(
        "CREATE TABLE files (sha256 TEXT PRIMARY KEY, notice_id TEXT NOT NULL,"
        " size INTEGER NOT NULL, state TEXT NOT NULL"
        " CHECK (state IN ('wanted', 'coming', 'here', 'failed', 'left')),"
        " received INTEGER NOT NULL, problem TEXT NOT NULL, used INTEGER NOT NULL)"
    )


@migrations()
def threes_and_texts_of_bodies(db: Database) -> None:
    index_anew(db)


@migrations()
def decisions(db: Database) -> None:
    create_decisions(db)


@migrations()
def pin_tries(db: Database) -> None:
    db.conn.execute("CREATE TABLE pin_tries (subject TEXT PRIMARY KEY, doc TEXT NOT NULL)")


@migrations()
def board_tests(db: Database) -> None:
    db.conn.execute(
        "CREATE TABLE board_tests (board TEXT PRIMARY KEY, id TEXT NOT NULL,"
        " asked_at INTEGER NOT NULL, by_name TEXT NOT NULL, account TEXT NOT NULL,"
        " state TEXT NOT NULL, why TEXT NOT NULL)"
    )


@migrations()
def terminal_adjustments(db: Database) -> None:
    db.conn.execute(
        "CREATE TABLE adjustments (number INTEGER PRIMARY KEY AUTOINCREMENT, at INTEGER NOT NULL,"
        " by_name TEXT NOT NULL, account TEXT NOT NULL, doc TEXT NOT NULL)"
    )


@migrations()
def decisions_taken_at(db: Database) -> None:
    tell_when_taken(db)


def read_skipped_again(migrations: Migrations, version: int) -> None:
    """Add the step that a rise of the document version to `version` needs."""

    @migrations(name=f"documents_of_version_{version}")
    def begin_rounds(db: Database) -> None:
        db.conn.execute(
            "UPDATE feeds SET cursor = NULL, round = round + 1, rebuilding = 1"
            " WHERE channel IN (SELECT channel FROM skipped)"
        )


for _version in range(2, DOCUMENT_VERSION + 1):
    read_skipped_again(migrations, _version)
