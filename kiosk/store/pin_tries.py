"""What is kept of wrong PINs, so that a new start of the program forgives none."""

from collections.abc import Mapping

from sqlite_utils import Database


def read(database: Database, subject: str) -> str:
    """The text kept for a subject; empty: none."""
    row = database.conn.execute("SELECT doc FROM pin_tries WHERE subject = ?", [subject]).fetchone()
    return "" if row is None else str(row[0])


def put(database: Database, tries: Mapping[str, str]) -> None:
    """Put texts in the place of earlier ones; an empty one is taken away."""
    for subject, doc in tries.items():
        if doc:
            database.conn.execute(
                "INSERT OR REPLACE INTO pin_tries (subject, doc) VALUES (?, ?)", [subject, doc]
            )
        else:
            database.conn.execute("DELETE FROM pin_tries WHERE subject = ?", [subject])
