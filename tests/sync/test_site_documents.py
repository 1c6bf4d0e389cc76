"""Documents of a building's feed, and the terminal's table of them."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from kiosk.store.site import Site
from kiosk.store.terminal import TerminalStore
from kiosk.sync.contract import Change, Page, Revision, UnreadableDocument
from kiosk.sync.instant import utc_now
from kiosk.sync.site import (
    Building,
    Guide,
    Room,
    SiteDocument,
    Step,
    document_id,
    read_site_document,
    room_named,
    site_document,
    way_to,
)

SITE = "site-main"
GUIDE = Guide(
    key="a", title="登记", subject="投标人", order=2, steps=(Step(title="一", text="二"),)
)
ROOM = Room(key="302", name="3 楼 302", also=("第二开标室",), floor="3 楼", way="2 号电梯")
BUILDING = Building(opening_minutes=90, openings_note="走东侧。")


@pytest.mark.parametrize("document", [GUIDE, ROOM, BUILDING, Building()], ids=repr)
def test_written_and_read_again(document: SiteDocument) -> None:
    written = site_document(document)
    assert read_site_document({**written, "_rev": "1-a"}) == document
    assert written["_id"] == document_id(document)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"_id": "guide:b"}, "key"),
        ({"steps": []}, "steps"),
        ({"key": "A b"}, "key"),
        ({"type": "house"}, "union_tag"),
        ({"title": "x" * 101}, "title"),
    ],
)
def test_what_is_not_as_it_should_be_is_named_without_its_text(
    change: dict[str, Any], named: str
) -> None:
    with pytest.raises(UnreadableDocument, match=named) as caught:
        read_site_document({**site_document(GUIDE), **change})
    assert "登记" not in str(caught.value)


ROOMS = (
    ROOM,
    Room(key="303", name="3 楼 303", also=("第三开标室", "303"), floor="3 楼", way="步梯"),
    Room(key="hall", name="开标室", floor="1 楼", way="大厅内"),
)


@pytest.mark.parametrize(
    ("written", "key", "way"),
    [
        ("3 楼 302", "302", "2 号电梯"),
        ("３楼３０２", "302", "2 号电梯"),
        (" 3楼302 ", "302", "2 号电梯"),
        ("第二开标室", "302", "3 楼　2 号电梯"),
        ("某某中心第二开标室（远程）", "302", "3 楼　2 号电梯"),
        ("开标室", "hall", "1 楼　大厅内"),
        ("本中心 303 会议室", "303", "3 楼　步梯"),
        ("本中心 1303 会议室", "", ""),
        ("本中心 3031 会议室", "", ""),
        ("本中心 1303、303 会议室", "303", "3 楼　步梯"),
        ("第二开标室或第三开标室", "", ""),
        ("9 楼", "", ""),
        ("", "", ""),
    ],
)
def test_the_room_that_a_notice_means(written: str, key: str, way: str) -> None:
    found = room_named(ROOMS, written)
    assert (found.key if found else "") == key
    assert way_to(ROOMS, written) == way


@pytest.fixture
def store(tmp_path: Path) -> Any:
    with TerminalStore(tmp_path / "terminal.db") as opened:
        yield opened


def apply(
    store: TerminalStore,
    *told: tuple[str, int, dict[str, Any] | None],
    channel: str = SITE,
    epoch: str = "e1",
) -> Any:
    changes = [
        Change.model_validate(
            {
                "seq": f"{number}-{epoch}",
                "id": id,
                "changes": (Revision(rev=f"{number}-a"),),
                "deleted": document is None,
                "doc": document,
            }
        )
        for id, number, document in told
    ]
    page = Page(results=tuple(changes), last_seq=f"9-{epoch}", pending=0, epoch=epoch,
                server_time=utc_now())  # fmt: skip
    return store.apply_page(channel, page, now=utc_now())


def told(document: SiteDocument, number: int = 1) -> tuple[str, int, dict[str, Any]]:
    return document_id(document), number, site_document(document)


def test_stored_replaced_and_removed_with_the_feed(store: TerminalStore) -> None:
    assert store.site() == Site()
    before = store.content_version()
    early = GUIDE.model_copy(update={"key": "z", "order": 1})
    apply(store, told(GUIDE), told(early), told(ROOM), told(BUILDING))
    assert store.content_version() != before
    assert store.site() == Site(BUILDING, (ROOM,), (early, GUIDE))
    changed = GUIDE.model_copy(update={"title": "新"})
    apply(store, told(changed, 2), told(ROOM.model_copy(update={"way": "旧"}), 1))
    assert store.site().guides == (early, changed)
    assert store.site().rooms == (ROOM,)
    apply(store, ("guide:a", 3, None), ("building:this", 2, None))
    assert store.site() == Site(rooms=(ROOM,), guides=(early,))


def test_a_new_history_that_names_a_document_no_more_removes_it(store: TerminalStore) -> None:
    apply(store, told(GUIDE), told(ROOM))
    apply(store, told(ROOM), epoch="e2")
    assert store.site() == Site(rooms=(ROOM,))


def test_what_cannot_be_read_takes_off_what_it_replaces_and_blocks_nothing(
    store: TerminalStore,
) -> None:
    apply(store, told(GUIDE))
    applied = apply(store, ("guide:a", 2, {**site_document(GUIDE), "steps": []}), told(ROOM))
    assert applied.skipped == ("guide:a",)
    assert store.site() == Site(rooms=(ROOM,))
    apply(store, told(GUIDE, 3))
    assert store.site().guides == (GUIDE,)


def test_what_another_version_stored_is_left_out(store: TerminalStore, tmp_path: Path) -> None:
    apply(store, told(GUIDE), told(ROOM))
    with sqlite3.connect(tmp_path / "terminal.db") as database:
        database.execute(
            "UPDATE site_documents SET doc = json_set(doc, '$.steps', 7) WHERE id = 'guide:a'"
        )
    database.close()
    assert store.site() == Site(rooms=(ROOM,))


def test_only_the_buildings_own_feed_speaks_of_it(store: TerminalStore) -> None:
    for channel in ("control", "public-420500"):
        assert apply(store, told(GUIDE), channel=channel).skipped == ("guide:a",)
    assert store.site() == Site()
