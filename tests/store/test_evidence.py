import json
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlite_utils import Database

from display.evidence import Break, Flaw, Kind, NotAnEntry, first_break, page_facts
from display.trusted_time import Contact, Reading
from kiosk.store.errors import DiskTrouble
from kiosk.store.health import Health
from kiosk.store.migrations import migrations
from kiosk.store.terminal import TerminalStore
from kiosk.sync.instant import to_microseconds

DAY = date(2026, 3, 17)
SECOND = timedelta(seconds=1)
PAGE = {
    "edition_id": "e1",
    "page": 1,
    "notice_id": "n1",
    "due": datetime(2026, 3, 17, 4, tzinfo=UTC),
}


def text_of(*notice_ids: str) -> str:
    pages = [{"notice_id": notice_id} for notice_id in notice_ids]
    made = {"cut_over_at": "2026-03-17T00:30:00Z", "pages": pages, "left_out": {"x": "full"}}
    return json.dumps(made)


def test_an_edition_is_frozen(store, make):
    first, second, third = text_of("n1"), text_of("n2"), text_of("n1", "n2")
    assert store.edition("hall", DAY) is None
    assert store.keep_edition("hall", DAY, "e1", make.noon, first) == first
    assert store.keep_edition("hall", DAY, "e2", make.noon, second) == first
    assert store.edition("hall", DAY) == first
    assert store.keep_edition("corridor", DAY, "e3", make.noon, third) == third
    assert store.edition("hall", DAY + timedelta(days=1)) is None
    assert len(store.entries("hall")) == 1, "what was not kept leaves no entry"


def test_a_further_version_is_kept_above_the_first(store, make):
    first, second = text_of("n1"), text_of("n2")
    store.keep_edition("hall", DAY, "e1", make.noon, first)
    assert store.keep_edition("hall", DAY, "e2", make.noon, second, again=True) == second
    assert store.edition("hall", DAY) == second
    assert store.keep_edition("hall", DAY, "e1", make.noon, first) == second
    assert store.editions("hall", DAY) == (first, second)
    assert store.edition_text("hall", "e1") == first
    assert [entry.facts["version"] for entry in store.entries("hall")] == [1, 2]


def test_an_edition_brings_its_entry_and_its_pictures(store, make):
    text, pictures = text_of("n1", "n2"), [b"\x89PNG one", b"\x89PNG two"]
    store.keep_edition("hall", DAY, "e1", make.noon, text, pictures)
    store.keep_edition("corridor", DAY, "e1", make.noon, text, pictures)
    entry = store.last_entry("hall")
    assert entry is not None
    digests = [sha256(picture).hexdigest() for picture in pictures]
    assert (entry.kind, entry.at) == (Kind.EDITION, make.noon)
    assert entry.facts == {
        "edition": "e1",
        "day": "2026-03-17",
        "cut_over_at": "2026-03-17T00:30:00.000000Z",
        "version": 1,
        "pages": 2,
        "left_out": 1,
        "text": sha256(text.encode()).hexdigest(),
        "pictures": digests,
    }
    assert [store.picture(digest) for digest in digests] == pictures
    assert store.picture("0" * 64) is None


def test_pictures_are_one_a_page(store, make):
    with pytest.raises(ValueError, match="1 pictures of 2 pages"):
        store.keep_edition("hall", DAY, "e1", make.noon, text_of("n1", "n2"), [b"png"])
    with pytest.raises(ValueError, match="not an edition"):
        store.keep_edition("hall", DAY, "e1", make.noon, "{}")
    assert store.edition("hall", DAY) is None
    assert store.boards_with_evidence() == ()


def test_page_records_stay_in_order(store, make):
    store.record("hall", make.noon, Kind.ON_AIR, page_facts(**PAGE, state="sent"))
    store.record("hall", make.noon, Kind.ON_AIR, {"showing": "neutral", "state": "sent"})
    store.record("hall", make.noon + SECOND, Kind.ON_AIR, page_facts(**PAGE, state="acknowledged"))
    store.record("other", make.noon, Kind.ON_AIR, page_facts(**PAGE, state="sent"))
    records = store.page_records("hall")
    assert [(r.state, r.page, r.at, r.due) for r in records] == [
        ("sent", 1, make.noon, make.noon),
        ("acknowledged", 1, make.noon + SECOND, make.noon),
    ]
    assert store.page_records("hall", make.noon + SECOND) == records[1:]


def test_each_board_has_its_own_chain(store, make):
    for number in range(5):
        for board in ("hall", "corridor"):
            made = store.record(board, make.noon, Kind.ALARM, {"what": number})
            assert store.last_entry(board) == made
    for board in ("hall", "corridor"):
        assert [entry.number for entry in store.entries(board)] == [1, 2, 3, 4, 5]
        assert first_break(store.stretch(board)) is None
    assert store.boards_with_evidence() == ("corridor", "hall")


def test_entries_are_found_by_time_and_come_by_number(store, make):
    for seconds in (0, 9, 3, 4):
        store.record("hall", make.noon + seconds * SECOND, Kind.CLOCK, {"s": seconds})
    store.record("hall", make.noon, Kind.LINK, {"state": "lost"})

    def numbers(since, until):
        return [e.number for e in store.entries("hall", since, until)]

    assert numbers(make.noon + 3 * SECOND, None) == [2, 3, 4]
    assert numbers(None, make.noon + 9 * SECOND) == [1, 3, 4, 5]
    assert numbers(make.noon + 3 * SECOND, make.noon + 4 * SECOND) == [3]
    assert store.numbers("hall", make.noon, make.noon + SECOND) == (1, 5)
    assert store.numbers("hall", make.noon + timedelta(days=1)) is None
    assert [e.number for e in store.entries("hall", kind=Kind.LINK)] == [5]
    later = store.entries("hall", make.noon + SECOND, kind=Kind.CLOCK)
    assert [e.number for e in later] == [2, 3, 4]
    newest = store.last_entry("hall", Kind.CLOCK)
    assert newest is not None
    assert newest.number == 4
    assert first_break(store.entries("hall", make.noon + 3 * SECOND), from_the_first=False) is None


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE evidence SET facts = '{}'",
        "DELETE FROM evidence",
        "INSERT OR REPLACE INTO evidence SELECT board, 1, 0, kind, facts, digest FROM evidence",
        "INSERT INTO evidence SELECT board, number + 2, at, kind, facts, digest FROM evidence",
        "UPDATE editions SET text = ''",
        "DELETE FROM editions",
        "INSERT OR REPLACE INTO editions SELECT board, day, version, '', made_at, '' FROM editions",
        "UPDATE pictures SET png = x'00'",
        "DELETE FROM pictures",
        "INSERT OR REPLACE INTO pictures SELECT digest, x'00' FROM pictures",
    ],
)
def test_evidence_is_only_added_to(store, make, tmp_path, statement):
    store.keep_edition("hall", DAY, "e1", make.noon, text_of("n1"), [b"png"])
    with (
        closing(sqlite3.connect(tmp_path / "terminal.db")) as database,
        pytest.raises(sqlite3.IntegrityError, match="only added to"),
    ):
        database.execute(statement)


def test_a_chain_changed_behind_the_triggers_is_found(store, make, tmp_path):
    for number in range(5):
        store.record("hall", make.noon, Kind.ALARM, {"what": number})
    with closing(sqlite3.connect(tmp_path / "terminal.db")) as database:
        database.execute("DROP TRIGGER evidence_no_update")
        database.execute("UPDATE evidence SET facts = '{\"what\":7}' WHERE number = 3")
        database.commit()
        assert first_break(store.stretch("hall")) == Break(3, Flaw.DIGEST)
        database.execute("UPDATE evidence SET facts = '{' WHERE number = 3")
        database.commit()
    with pytest.raises(NotAnEntry, match="entry 3 of board hall"):
        first_break(store.stretch("hall"))


def test_records_of_older_programs_become_chains(tmp_path, make):
    """The tables are those of the program before the chain."""
    path = tmp_path / "terminal.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as old:
        older = Database(old)
        names = [step.name for step in migrations.pending(older)]
        migrations.apply(older, stop_before="chained_evidence")
        assert "chained_evidence" in names
        noon = to_microseconds(make.noon)
        for day, edition_id, made_at in (
            ("17", "e1", noon),
            ("16", "e0", noon + 2),
            ("18", "e2", noon + 10),
            ("19", "e3", noon + 99),
        ):
            old.execute(
                "INSERT INTO editions VALUES ('hall', ?, ?, ?, ?)",
                [f"2026-03-{day}", edition_id, made_at, text_of("n1")],
            )
        for at, edition_id, state in (
            (1, "e1", "sent"),
            (2, "e1", "acknowledged"),
            (3, "e2", "refused"),
        ):
            old.execute(
                "INSERT INTO page_records (board, at, due, edition_id, page, notice_id, state)"
                " VALUES ('hall', ?, ?, ?, 0, 'n1', ?)",
                [noon + at, noon, edition_id, state],
            )
    with TerminalStore(path) as store:
        entries = store.entries("hall")
        assert first_break(entries) is None
        assert [(e.kind, e.facts["edition"]) for e in entries] == [
            (Kind.EDITION, "e1"),
            (Kind.ON_AIR, "e1"),
            (Kind.EDITION, "e0"),
            (Kind.ON_AIR, "e1"),
            (Kind.EDITION, "e2"),
            (Kind.ON_AIR, "e2"),
            (Kind.EDITION, "e3"),
        ]
        assert all(entry.facts["converted"] for entry in entries)
        assert [r.state for r in store.page_records("hall")] == ["sent", "acknowledged", "refused"]
        assert [r.due for r in store.page_records("hall")] == [make.noon] * 3
        assert store.edition("hall", date(2026, 3, 18)) == text_of("n1")
    with closing(sqlite3.connect(path)) as database:
        tables = {name for (name,) in database.execute("SELECT name FROM sqlite_master")}
    assert not {"page_records", "editions_before"} & tables


WRITER = """
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from display.evidence import Kind
from kiosk.store.terminal import TerminalStore
noon = datetime(2026, 3, 17, 4, tzinfo=UTC)
with TerminalStore(Path(sys.argv[1])) as store:
    print("ready", flush=True)
    for number in range(int(sys.argv[3])):
        store.record("hall", noon, Kind.ALARM, {"by": sys.argv[2], "count": number})
        print(number, flush=True)
"""


def writer(path: Path, name: str, count: int) -> "subprocess.Popen[str]":
    arguments = [sys.executable, "-c", WRITER, str(path), name, str(count)]
    started = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert started.stdout is not None
    assert started.stdout.readline() == "ready\n"
    return started


def test_two_processes_write_one_chain(store, tmp_path):
    writers = [writer(tmp_path / "terminal.db", name, 60) for name in ("display", "technician")]
    assert [process.communicate(timeout=30) and process.returncode for process in writers] == [0, 0]
    entries = store.entries("hall")
    assert first_break(entries) is None
    for name in ("display", "technician"):
        assert [e.facts["count"] for e in entries if e.facts["by"] == name] == list(range(60))


def test_a_killed_writer_leaves_a_whole_chain(store, tmp_path, make):
    """Whatever a writer was told is recorded is there; killed at moments in many records."""
    for turn in range(4):
        before = len(store.entries("hall"))
        process = writer(tmp_path / "terminal.db", f"turn {turn}", 10_000)
        assert process.stdout is not None
        told = [process.stdout.readline() for _ in range(5 + 7 * turn)][-1]
        process.kill()
        rest = process.communicate(timeout=30)[0].splitlines()
        last = int(rest[-1] if rest and rest[-1].isdecimal() else told)
        entries = store.entries("hall")
        assert first_break(entries) is None
        assert len(entries) - before in (last + 1, last + 2)
    assert store.record("hall", make.noon, Kind.ALARM, {}).number == len(entries) + 1


def test_a_full_disk_leaves_a_whole_chain(store, make):
    store.record("hall", make.noon, Kind.ALARM, {"what": 0})
    connection = store._database.conn
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(DiskTrouble):
        store.keep_edition("hall", DAY, "e1", make.noon, text_of("n1"), [bytes(200_000)])
    assert store.edition("hall", DAY) is None
    with pytest.raises(DiskTrouble):
        for number in range(1000):
            store.record("hall", make.noon, Kind.ALARM, {"what": "x" * 200, "count": number})
    kept = store.entries("hall")
    assert first_break(kept) is None
    connection.execute("PRAGMA max_page_count = 1000000")
    assert store.record("hall", make.noon, Kind.ALARM, {}).number == kept[-1].number + 1


def test_a_wish_to_recompose_stands_until_it_is_done(store, make):
    assert store.recompose_asked("hall") is None
    store.ask_recompose("hall", make.noon, "李**")
    store.ask_recompose("hall", make.noon + SECOND, "赵**")
    asked = store.recompose_asked("hall")
    assert asked == make.noon + SECOND
    assert store.recompose_asked("corridor") is None
    store.ask_recompose("hall", make.noon + 2 * SECOND, "李**")
    store.recompose_done("hall", asked)
    assert store.recompose_asked("hall") == make.noon + 2 * SECOND, "a newer wish stays"
    store.recompose_done("hall", make.noon + 2 * SECOND)
    assert store.recompose_asked("hall") is None
    told = [(e.kind, e.facts["by"]) for e in store.entries("hall")]
    assert told == [(Kind.RECOMPOSE, name) for name in ("李**", "赵**", "李**")]


def test_health_is_the_newest_word_of_each_part(store, make):
    before = store.content_version()
    assert store.health() == ()
    store.tell_health("sync", make.noon, {"state": "ok"})
    store.tell_health("display hall", make.noon, {"state": "lost"})
    store.tell_health("display hall", make.noon + SECOND, {"state": "通"})
    assert store.health() == (
        Health("display hall", make.noon + SECOND, {"state": "通"}),
        Health("sync", make.noon, {"state": "ok"}),
    )
    assert store.content_version() == before


def test_a_contact_corrects_a_moment_from_a_clock_that_ran_ahead(store, make):
    store.remember_moment(make.noon + timedelta(days=400))
    store.heard_server(Reading(make.noon), make.noon)
    assert store.last_moment() == make.noon
    store.heard_server(Reading(make.noon), make.noon + timedelta(hours=1))
    assert store.last_moment() == make.noon


def test_the_content_version_moves_with_content_only(store, make):
    before = store.content_version()
    store.heard_server(Reading(make.noon), make.noon)
    store.apply_page(make.channel, make.page(), now=make.noon)
    assert store.content_version() == before
    store.apply_page(make.channel, make.page(make.live(make.notice("n1"))), now=make.noon)
    assert store.content_version() > before


def test_the_highest_moment_only_rises(store, make):
    assert store.last_moment() is None
    for seconds, highest in ((0, 0), (9, 9), (3, 9)):
        store.remember_moment(make.noon + timedelta(seconds=seconds))
        assert store.last_moment() == make.noon + timedelta(seconds=highest)


def test_contact_keeps_both_clocks(store, make):
    assert store.contact() is None
    reading = Reading(make.noon, "boot", 71.5)
    store.heard_server(reading, make.noon + timedelta(seconds=2.5))
    assert store.contact() == Contact(reading, make.noon + timedelta(seconds=2.5))


def test_board_items_are_current_and_newest_first(store, make):
    second = timedelta(seconds=1)
    store.apply_page(
        make.channel,
        make.page(
            make.live(make.notice("old", published_at=make.noon - second)),
            make.live(make.notice("new", valid_until=make.noon + second)),
            make.live(make.notice("ended", valid_until=make.noon)),
            make.live(make.notice("future", published_at=make.noon + second)),
        ),
        now=make.noon,
    )
    assert [n.id for n in store.board_items(make.noon, 10)] == ["new", "old"]
    assert [n.id for n in store.board_items(make.noon, 1)] == ["new"]
    summary = store.summary(make.noon)
    assert (summary.notices, summary.current, summary.withdrawn) == (3, 2, 0)
    assert summary.newest == make.noon


def test_processes_write_at_the_same_time(store, make, tmp_path):
    failures: list[Exception] = []

    def write(writer: int) -> None:
        try:
            with TerminalStore(tmp_path / "terminal.db") as own:
                for i in range(60):
                    own.remember_moment(make.noon + timedelta(seconds=2 * i + writer))
                    own.heard_server(Reading(make.noon), make.noon + timedelta(hours=1))
        except Exception as problem:  # noqa: BLE001 - handed to the test
            failures.append(problem)

    threads = [threading.Thread(target=write, args=(n,)) for n in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert store.last_moment() == make.noon + timedelta(seconds=120)


def test_another_connection_sees_that_something_changed(store, make, tmp_path):
    with TerminalStore(tmp_path / "terminal.db", create=False) as reader:
        before = reader.data_version()
        assert reader.data_version() == before
        store.apply_page(make.channel, make.page(make.live(make.notice())), now=make.noon)
        assert reader.data_version() != before
        assert reader.notice("n1") is not None
