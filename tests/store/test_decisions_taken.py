"""Decisions that were kept before it was kept when the server took them."""

from datetime import timedelta

from sqlite_utils import Database

from display.decisions import new_id
from kiosk.store.decisions_schema import create_decisions, tell_when_taken
from kiosk.sync.instant import from_microseconds
from tests.display.deciding import NOON


def test_what_was_taken_before_counts_from_the_time_in_its_id() -> None:
    database = Database(memory=True)
    database.conn.execute("CREATE TABLE site_documents (type TEXT)")
    create_decisions(database)
    ids = [new_id(NOON + n * timedelta(minutes=1), bytes(10), ()) for n in range(2)]
    for id, state in zip(ids, ("accepted", "own"), strict=True):
        database.conn.execute(
            "INSERT INTO decisions (id, channel, board, state, reason, doc, signature, proven)"
            " VALUES (?, 'site-main', 'lobby', ?, '', '{}', '', 1)",
            [id, state],
        )
    tell_when_taken(database)
    (taken, own) = database.conn.execute("SELECT taken_at FROM decisions ORDER BY id").fetchall()
    assert (from_microseconds(taken[0]), own[0]) == (NOON, None)
    database.close()
