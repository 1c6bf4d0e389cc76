import threading
from datetime import date, timedelta

from display.trusted_time import Contact, Reading
from kiosk.store.terminal import TerminalStore


def test_an_edition_is_frozen(store, make):
    day = date(2026, 3, 17)
    assert store.edition("hall", day) is None
    assert store.keep_edition("hall", day, "e1", make.noon, "{1}") == "{1}"
    assert store.keep_edition("hall", day, "e2", make.noon, "{2}") == "{1}"
    assert store.edition("hall", day) == "{1}"
    assert store.keep_edition("corridor", day, "e3", make.noon, "{3}") == "{3}"
    assert store.edition("hall", day + timedelta(days=1)) is None


def test_page_records_stay_in_order(store, make):
    second = timedelta(seconds=1)
    common = {"edition_id": "e1", "page": 1, "notice_id": "n1", "due": make.noon}
    store.record_page("hall", make.noon, state="sent", **common)
    store.record_page("hall", make.noon + second, state="acknowledged", **common)
    store.record_page("other", make.noon, state="sent", **common)
    records = store.page_records("hall")
    assert [(r.state, r.page, r.at, r.due) for r in records] == [
        ("sent", 1, make.noon, make.noon),
        ("acknowledged", 1, make.noon + second, make.noon),
    ]
    assert store.page_records("hall", make.noon + second) == records[1:]


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
