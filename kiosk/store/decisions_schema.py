"""The table of decisions, and the number that tells that one of them, or an account, is new."""

from sqlite_utils import Database

from display.decisions import milliseconds_of

NEXT_VERSION = (
    "INSERT OR REPLACE INTO facts (name, value) VALUES ('decisions',"
    " coalesce((SELECT value FROM facts WHERE name = 'decisions'), 0) + 1)"
)
"""Also done by the triggers, when an account or the centre's keys come or go: then other words
count."""


def create_decisions(db: Database) -> None:
    """Make the table and the triggers."""
    db.conn.execute(
        "CREATE TABLE decisions (id TEXT PRIMARY KEY, channel TEXT NOT NULL,"
        " board TEXT NOT NULL, state TEXT NOT NULL"
        " CHECK (state IN ('own', 'accepted', 'refused')),"
        " reason TEXT NOT NULL, doc TEXT NOT NULL,"
        " signature TEXT NOT NULL, proven INTEGER NOT NULL)"
    )
    db.conn.execute("CREATE INDEX decisions_by_board ON decisions (channel, board)")
    for what, row in (("INSERT", "NEW"), ("DELETE", "OLD")):
        db.conn.execute(
            f"CREATE TRIGGER accounts_{what.lower()} AFTER {what} ON site_documents"
            f" WHEN {row}.type IN ('staff', 'keys') BEGIN {NEXT_VERSION}; END"
        )


def tell_when_taken(db: Database) -> None:
    """Add `taken_at`, microseconds by the server's clock; of what came before, the id's time."""
    db.conn.execute("ALTER TABLE decisions ADD COLUMN taken_at INTEGER")
    for (id,) in db.conn.execute("SELECT id FROM decisions WHERE state = 'accepted'").fetchall():
        taken = milliseconds_of(id) * 1000
        db.conn.execute("UPDATE decisions SET taken_at = ? WHERE id = ?", [taken, id])
